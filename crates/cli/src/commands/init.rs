use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use emulator::LLAMA3_8B;
use jobs_core::nearest::unknown;
use serde_json::json;

use crate::args::InitArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::model::layers_of;
use crate::output::show;
use crate::trainers::{Trainer, modules};

const STUDY: &str = include_str!("../../templates/study.toml");
const EMULATED: &str = include_str!("../../templates/emulator.toml");

/// Evaluations per full run in the generated file.
const EVALUATIONS: u64 = 25;
/// Decoder layers of the model, where neither `--layers` nor `--model` is given.
const LAYERS: u64 = 32;
/// Steps of a full run of the built-in emulators.
const EMULATED_STEPS: u64 = 625;
/// The dimensions of programs that can adapt some layers only.
const LAYER_DIMENSIONS: &str = r#"[[dimension]]
name = "lora_layers"              # how many of the {layers} decoder layers carry an adapter
kind = "integer"
low = 1
high = {layers}

[[dimension]]
name = "lora_front_layers"        # true: the first layers, false: the last layers
kind = "boolean"

"#;

/// `jobs init`
pub(super) fn run(args: &InitArgs, path: &Path, as_json: bool) -> anyhow::Result<()> {
    let layers = args.layers.map_or(LAYERS, u64::from);
    for (name, value) in [("full-steps", args.full_steps), ("total-runs", args.total_runs), ("layers", layers)] {
        if value == 0 {
            return Err(Kind::Input.error(format_args!("--{name} is 0, expected at least 1")));
        }
    }
    let study = match &args.emulator {
        Some(task) => emulated(args, task)?,
        None => own(args, path)?,
    };
    let mut files = vec![(path.to_owned(), study)];
    if args.emulator.is_none() {
        files.push((path.with_file_name("train.py"), filled(args, path, &Trainer::script(args.trainer))?));
        if let Some((name, text)) = args.trainer.and_then(Trainer::settings) {
            files.push((path.with_file_name(name), filled(args, path, text)?));
        }
    }
    if let Some((there, _)) = files.iter().find(|(p, _)| p.exists()) {
        return Err(Kind::Input.error(format_args!(
            "{} exists and is not overwritten; use --study to name another file",
            there.display()
        )));
    }
    for (file, text) in &files {
        create(file, text).map_err(|e| Kind::Other.error(format_args!("{}: {e}", file.display())))?;
    }
    // report names that make an invalid space now, not in the next command
    if let Err(e) = LoadedStudy::read(path) {
        files.iter().for_each(|(file, _)| drop(fs::remove_file(file)));
        return Err(e);
    }
    let written: Vec<String> = files.iter().map(|(p, _)| p.display().to_string()).collect();
    show(as_json, &json!({ "written": written }), || {
        let next = match args.emulator {
            Some(_) => "Next: `jobs run`, and meanwhile `jobs status` or `jobs report`.",
            None if files.len() > 2 => {
                "Next: adapt these files to your model and data, then `jobs check`, `jobs plan` and `jobs run`."
            }
            None => "Next: adapt both files to your model and data, then `jobs check`, `jobs plan` and `jobs run`.",
        };
        format!("Written: {}\n{next}\n", written.join(", "))
    })
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

fn emulated(args: &InitArgs, task: &str) -> anyhow::Result<String> {
    let known: Vec<&str> = LLAMA3_8B.iter().map(|(n, _)| *n).collect();
    if !known.contains(&task) {
        return Err(Kind::Input.error(unknown("task", task, &known)));
    }
    let total = args.total_runs.saturating_mul(EMULATED_STEPS).to_string();
    Ok(EMULATED.replace("{task}", task).replace("{total}", &total).replace("{runs}", &args.total_runs.to_string()))
}

/// A script or its settings. Strings of Python are written as JSON.
fn filled(args: &InitArgs, path: &Path, text: &str) -> anyhow::Result<String> {
    let every = (args.full_steps / EVALUATIONS).max(1);
    let modules = modules(args.trainer, &args.modules)?;
    let modules: BTreeMap<String, &String> = modules.iter().map(|m| (format!("lora_{m}"), m)).collect();
    let name = json!(args.model.as_ref().map_or("my-model".into(), |m| m.display().to_string())).to_string();
    let marks = [
        ("{every}", every.to_string()),
        ("{layers}", model(args, path)?.1.to_string()),
        ("{modules}", json!(modules).to_string()),
        ("{model}", name.clone()),
        ("{model_text}", name.trim_matches('"').to_owned()),
    ];
    Ok(marks.iter().fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value)))
}

/// The lines of `[model]`, and the number of layers.
fn model(args: &InitArgs, path: &Path) -> anyhow::Result<(String, u64)> {
    let Some(folder) = &args.model else {
        let layers = args.layers.map_or(LAYERS, u64::from);
        return Ok((format!("layers = {layers:<24} # decoder layers of your model\n"), layers));
    };
    let base = path.parent().unwrap_or(Path::new(""));
    let known = layers_of(&base.join(folder))
        .map_err(|problem| Kind::Input.error(format_args!("--model {} {problem}", folder.display())))?;
    if let Some(given) = args.layers.filter(|&n| n != known) {
        let problem = format!("--layers is {given}, but the model in {} has {known} layers", folder.display());
        return Err(Kind::Input.error(problem));
    }
    let folder = toml::Value::from(folder.display().to_string());
    Ok((format!("folder = {folder}   # its config.json has the number of decoder layers\n"), known.into()))
}

fn own(args: &InitArgs, path: &Path) -> anyhow::Result<String> {
    if args.domains.len() < 2 {
        return Err(Kind::Input.error("--domains needs at least two names; a mixture has two or more parts"));
    }
    let mut modules = String::new();
    for module in &self::modules(args.trainer, &args.modules)? {
        let name = toml::Value::from(format!("lora_{module}"));
        let _ = writeln!(modules, "[[dimension]]\nname = {name}\nkind = \"boolean\"");
        if !module.ends_with("_proj") {
            let _ = writeln!(modules, "role = \"lora_module\"\nmodule = {}", toml::Value::from(module.as_str()));
        }
        modules.push('\n');
    }
    let domains: Vec<String> = args.domains.iter().map(|d| toml::Value::from(d.as_str()).to_string()).collect();
    let total = args.full_steps.saturating_mul(args.total_runs);
    let every = (args.full_steps / EVALUATIONS).max(1);
    let (model, layers) = model(args, path)?;
    let chooses_layers = args.trainer.is_none_or(Trainer::chooses_layers);
    let integer_alpha = args.trainer.is_some_and(Trainer::integer_alpha);
    let alpha = if integer_alpha {
        "kind = \"integer\"\nlow = 1\nhigh = 64\n"
    } else {
        "kind = \"real\"\nlow = 1.0\nhigh = 64.0\n"
    };
    let text = [
        ("{name}", "my-model".to_owned()),
        ("{total}", total.to_string()),
        ("{runs}", args.total_runs.to_string()),
        ("{full}", args.full_steps.to_string()),
        ("{every}", every.to_string()),
        ("{domains}", domains.join(", ")),
        ("{model}", model),
        ("{layer_dimensions}", if chooses_layers { LAYER_DIMENSIONS } else { "" }.to_owned()),
        ("{layers}", layers.to_string()),
        ("{alpha}", alpha.to_owned()),
        ("{modules}", modules),
        ("{methods}", methods::METHODS.iter().map(|m| m.name).filter(|n| *n != "jobs").collect::<Vec<_>>().join(", ")),
    ];
    Ok(text.iter().fold(STUDY.to_owned(), |text, (mark, value)| text.replace(mark, value)))
}
