//! `jobs init --trainer`: TRL and torchtune train a tiny model on the CPU; Axolotl, LLaMA-Factory and Unsloth check what they are given.
//! Skipped with a message where a package is missing. `JOBS_TEST_PYTHON_TRL` and so on name interpreters.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{Folder, Ran};

fn helper(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(file)
}

/// The interpreter that can find a package.
fn python(package: &str) -> Option<String> {
    let variable = format!("JOBS_TEST_PYTHON_{}", package.to_uppercase());
    let named = std::env::var(&variable).or_else(|_| std::env::var("JOBS_TEST_PYTHON"));
    let python = named.unwrap_or_else(|_| "python3".into());
    let find = format!("import importlib.util as i, sys; sys.exit(i.find_spec('{package}') is None)");
    if Command::new(&python).args(["-c", &find]).output().is_ok_and(|out| out.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {python} has no {package}; name an interpreter in {variable}");
    None
}

/// A study of 20 steps a run for a program, with two data sets that name themselves in their prompts.
fn study(trainer: &str, more: &[&str]) -> Folder {
    let folder = Folder::new();
    let init = ["init", "--domains", "plus,minus", "--trainer", trainer, "--layers", "4", "--full-steps", "20"];
    folder.ok(&[&init, more].concat());
    fs::create_dir(folder.path().join("data")).unwrap();
    for name in ["plus", "minus", "eval"] {
        let row = |i: u32| json!({ "prompt": format!("{name} {i}="), "completion": i.to_string() });
        let rows: String = (0..20).map(|i| format!("{}\n", row(i))).collect();
        fs::write(folder.path().join(format!("data/{name}.jsonl")), rows).unwrap();
    }
    let asked: Value = serde_json::from_str(&folder.ok(&["ask", "--json"])).unwrap();
    fs::write(folder.path().join("request.json"), asked[0].to_string()).unwrap();
    folder
}

fn python_of(folder: &Folder, python: &str, script: &Path) -> Ran {
    let mut command = Command::new(python);
    command.arg(script).arg("request.json").current_dir(folder.path());
    Ran::of(command.env("HF_HUB_OFFLINE", "1").env("OMP_NUM_THREADS", "1").output().unwrap())
}

/// Writes the tiny model into the folder, and lets the study use this interpreter and evaluate every second step.
fn with_model(folder: &Folder, python: &str) {
    let model = folder.path().join("my-model");
    let made = Command::new(python).arg(helper("tiny_model.py")).arg(model).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let change = |file: &str, old: &str, new: &str| {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(folder.path().join(file), text.replace(old, new)).unwrap();
    };
    change("study.toml", "\"python3\"", &json!(python).to_string());
    change("study.toml", "eval_every = 1 ", "eval_every = 2 ");
    change("train.py", "\"data\"), 1,", "\"data\"), 2,");
}

/// The dry run: it trains, resumes, and compares the adapter that was written with the arguments of `jobs best`.
fn check(folder: &Folder) {
    let mut command = folder.command(&["check", "--steps", "2"]);
    let ran = Ran::of(command.env("HF_HUB_OFFLINE", "1").env("OMP_NUM_THREADS", "1").output().unwrap());
    let said = "the adapter that the trainer wrote has the arguments that `jobs best` would say";
    assert!(ran.code == Some(0) && ran.out.contains(said), "{}{}", ran.out, ran.err);
}

#[test]
fn every_program_gets_a_valid_study_and_a_script() {
    for trainer in ["trl", "axolotl", "llama-factory", "torchtune", "unsloth"] {
        let folder = study(trainer, &[]);
        folder.ok(&["check", "--no-run"]);
        let script = fs::read_to_string(folder.path().join("train.py")).unwrap();
        for mark in ["common", "hugging_face", "sft", "yaml", "every", "layers", "modules", "model", "model_text"] {
            assert!(
                !script.contains(&format!("\n{{{mark}}}\n")) && !script.contains(&format!(" {{{mark}}}\n")),
                "{mark}"
            );
        }
        let compiled =
            Command::new("python3").args(["-m", "py_compile", "train.py"]).current_dir(folder.path()).output();
        match compiled {
            Ok(out) => assert!(out.status.success(), "{trainer}: {}", String::from_utf8_lossy(&out.stderr)),
            Err(_) => eprintln!("SKIPPED: there is no python3"),
        }
    }
}

#[test]
fn what_a_program_cannot_do_is_refused() {
    let folder = Folder::new();
    let refused = folder.run(&["init", "--domains", "a,b", "--trainer", "torchtune", "--modules", "q_proj,up_proj"]);
    let said = "--modules has `up_proj`, but torchtune adapts only q_proj, k_proj, v_proj, o_proj one by one";
    assert!(refused.code == Some(2) && refused.err.contains(said), "{}", refused.err);
    for (trainer, layers, alpha) in
        [("trl", true, "real"), ("llama-factory", false, "integer"), ("torchtune", false, "real")]
    {
        let text = fs::read_to_string(study(trainer, &[]).path().join("study.toml")).unwrap();
        assert_eq!(text.contains("name = \"lora_layers\""), layers, "{trainer}");
        assert!(text.contains(&format!("name = \"lora_alpha\"\nkind = \"{alpha}\"")), "{trainer}");
    }
}

#[test]
fn trl_trains_and_resumes() {
    let Some(python) = python("trl") else { return };
    let folder = study("trl", &["--modules", "q_proj,v_proj"]);
    with_model(&folder, &python);
    check(&folder);
}

#[test]
fn torchtune_trains_and_resumes() {
    let Some(python) = python("torchtune") else { return };
    let folder = study("torchtune", &[]);
    with_model(&folder, &python);
    fs::copy(helper("tiny_torchtune.py"), folder.path().join("tiny_torchtune.py")).unwrap();
    fs::copy(helper("tiny_torchtune.yaml"), folder.path().join("torchtune.yaml")).unwrap();
    check(&folder);
}

#[test]
fn axolotl_reads_what_is_written() {
    let Some(python) = python("axolotl") else { return };
    let folder = study("axolotl", &[]);
    let read = python_of(&folder, &python, &helper("check_axolotl.py"));
    assert_eq!(read.code, Some(0), "{}", read.err);
    // other columns than those of the evaluation, and a value that Axolotl would round
    let refuses = |file: &str, text: &str, said: &str| {
        let before = fs::read_to_string(folder.path().join(file)).unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let refused = python_of(&folder, &python, &helper("check_axolotl.py"));
        assert!(refused.code == Some(1) && refused.err.contains(said), "{}", refused.err);
        fs::write(folder.path().join(file), before).unwrap();
    };
    refuses(
        "data/minus.jsonl",
        "{\"text\": \"a\"}\n",
        "data/minus.jsonl has text, expected prompt and completion as in",
    );
    refuses(
        "data/minus.jsonl",
        "{\"txt\": \"a\"}\n",
        "data/minus.jsonl:1: expected messages, prompt and completion, or text",
    );
    let request = fs::read_to_string(folder.path().join("request.json")).unwrap();
    let mut request: Value = serde_json::from_str(&request).unwrap();
    request["configuration"]["lora_alpha"] = json!(1.5);
    refuses("request.json", &request.to_string(), "lora_alpha is 1.5, but Axolotl takes integers");
    request["configuration"]["lora_alpha"] = json!(2);
    request["configuration"]["speed"] = json!(2);
    refuses("request.json", &request.to_string(), "speed: not known to Axolotl");
    let settings = fs::read_to_string(folder.path().join("axolotl.yaml")).unwrap() + "max_steps: 7\n";
    refuses("axolotl.yaml", &settings, "axolotl.yaml: the study sets max_steps; remove them here");
}

#[test]
fn llama_factory_reads_what_is_passed_on() {
    let Some(python) = python("llamafactory") else { return };
    let folder = study("llama-factory", &[]);
    let read = python_of(&folder, &python, &helper("check_llama_factory.py"));
    assert_eq!(read.code, Some(0), "{}", read.err);
}

#[test]
fn unsloth_has_the_arguments_that_are_passed() {
    let Some(python) = python("unsloth") else { return };
    let folder = study("unsloth", &[]);
    let read = python_of(&folder, &python, &helper("check_unsloth.py"));
    assert_eq!(read.code, Some(0), "{}", read.err);
}
