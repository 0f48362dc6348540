use std::fmt::Write as _;

use serde_json::Value;

use super::Section;
use super::overview::overview;
use super::table::{escape, markdown, ranks, rows, summary};
use crate::comparison::summary::win_tie_losses;
use crate::tasks::built_in;
use crate::tasks::out_of_distribution::SUFFIX;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d1d22; --paper: #fff; --faint: #6a6a72; --line: #d8d8de; --accent: #b34700; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6ea; --paper: #17171b; --faint: #a0a0aa; --line: #3a3a42; --accent: #ff9a56; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .5rem 0; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1.2rem; }
h4 { margin: 1.4rem 0 .4rem; }
p.item { margin: .2rem 0 .2rem 1rem; } p.item::before { content: '\\2022'; margin-left: -1rem; display: inline-block; width: 1rem; }
.faint, figcaption { color: var(--faint); font-size: .9rem; }
nav { columns: 14rem; margin-top: 2rem; } nav a { display: block; padding: .15rem 0; } a { color: var(--accent); }
figure { margin: 1rem 0; overflow-x: auto; } img { max-width: 100%; height: auto; background: #fff; border-radius: 4px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } .settings td, .settings th { text-align: left; white-space: normal; }
code { font-size: .88em; } details { margin: .8rem 0; } summary { cursor: pointer; color: var(--accent); }
@media (max-width: 40rem) { img { max-width: none; width: 40rem; } }
@media print { html { font-size: 10px; } body { max-width: none; font-size: 1rem; padding: 0; } nav { display: none; } img { max-width: 100%; width: auto; }
  table { font-size: .85rem; } th, td { padding: .1rem .3rem; white-space: normal; } .wide { overflow: visible; }
  h2, h4 { break-after: avoid; } h2, figure, table { break-inside: avoid; } .settings { break-inside: auto; }
  details > * { display: block; } details::details-content { content-visibility: visible; } :root { --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --accent: #000; } }
";

/// What a section shows, by the experiment's name.
const MEANING: &[(&str, &str)] = &[
    (
        "fig2",
        "How the best mixture moves with the LoRA setting. Each panel is a slice of a task's landscape, along the domain and the number of the model that depend on each other most; the line joins the best share at each setting. Where it is not upright, data and model have to be chosen together; what one share for all settings costs stands below.",
    ),
    (
        "fig5",
        "The main comparison: noise-free loss of the recommended configuration against training steps charged, every method with the same budget. The tasks are emulators fitted to recorded Llama-3-8B runs.",
    ),
    (
        "fig5, out of distribution",
        "The same without data of the task itself: its own domain is left out of every mixture. Only tasks whose records hold enough such runs are shown.",
    ),
    (
        "fig5, with transfer",
        "The same begun with what studies of the other tasks teach about the model's settings, every method with a surrogate alike; the earlier studies' steps are not charged.",
    ),
    ("fig5, other runs", "The same on another model: the tasks are emulators fitted to other recorded runs."),
    (
        "fig6",
        "What the length of early runs and the number of full runs learnt from first do to JoBS, on the tuning tasks.",
    ),
    (
        "fig7",
        "Calibration: how often the surrogate's central intervals hold the values of new full runs. Below the diagonal it is too sure of itself.",
    ),
    ("fig8", "What a decision costs beside the training it decides about."),
    (
        "ablation",
        "JoBS with one part changed at a time, and rivals with other settings, on the tuning tasks and on seeds no other figure uses.",
    ),
    (
        "replay",
        "Recorded runs replayed: only they may be chosen, and what was recorded of them is the truth. The optimum is the best recorded run.",
    ),
    (
        "regmix",
        "Pre-training mixtures of RegMix: a mixture-only problem without curves, so no early runs; methods that need them are left out.",
    ),
    (
        "synthetic",
        "Functions of known optimum: what joint optimisation gains over separate optimisation as mixture and model depend on each other more.",
    ),
];

/// The whole page.
pub(super) fn page(sections: &[Section]) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n");
    out +=
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>JoBS: the evidence</title>\n";
    let _ = write!(out, "<style>{STYLE}</style>\n</head>\n<body>\n<h1>JoBS: the evidence</h1>\n");
    out += "<p>Which data and which model settings to fine-tune with, decided jointly within a fixed budget of training steps. \
            This page holds every figure and table that was made, with how it was made; nothing on it is typed by hand but the words.</p>\n";
    out += &reading();
    out += &overview(sections);
    out += "<nav>\n";
    for s in sections {
        let _ = writeln!(out, "<a href=\"#{0}\">{0}</a>", escape(&s.name));
    }
    out += "</nav>\n";
    for s in sections {
        out += &section(s);
    }
    out + "</body>\n</html>\n"
}

/// How to read it, and what not to read into it.
fn reading() -> String {
    markdown(
        "#### How to read it\n\
         - Regret is the noise-free loss of the recommended configuration less the lowest known. Differences below one run's noise, about 0.01 (the last line of each table, where it is known), are ties whatever their p value: pale in the pictures.\n\
         - Every method pays for each training step it asks for, verification included; a paused run that goes on pays only the rest.\n\
         - `*` marks a method that differs from jobs at p < 0.05: paired over seeds, Wilcoxon signed-rank, Holm-corrected over the methods of a task and budget. Bold is the lowest mean.\n\
         - Settings of jobs and of its rivals were chosen on GSM8K, TriviaQA and MMLU with seeds from 1000 on. CommonsenseQA, TruthfulQA and ARC-Challenge, the recorded tables and RegMix were not tuned on.\n\
         - The paper's own numbers are not shown anywhere: none of its published comparison curves is used, all figures are ours.",
    )
}

/// The experiment, and of fig5 which tasks it is on and with what it begins.
fn kind(experiment: &str, settings: &Value) -> String {
    let tasks = settings["tasks"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = tasks.iter().filter_map(|t| t["name"].as_str()).collect();
    let all = |is: fn(&str) -> bool| experiment == "fig5" && !names.is_empty() && names.iter().copied().all(is);
    if experiment == "fig5" && ["transfer", "experience"].iter().any(|key| !settings["notes"][key].is_null()) {
        format!("{experiment}, with transfer")
    } else if all(|name| name.ends_with(SUFFIX)) {
        format!("{experiment}, out of distribution")
    } else if all(|name| !built_in().contains(&name)) {
        format!("{experiment}, other runs")
    } else {
        experiment.to_owned()
    }
}

fn section(s: &Section) -> String {
    let kind = kind(s.experiment(), &s.manifest["settings"]);
    let mut out = format!("<h2 id=\"{0}\">{0}</h2>\n", escape(&s.name));
    if let Some((_, meaning)) = MEANING.iter().find(|(name, _)| *name == kind) {
        let _ = writeln!(out, "<p>{}</p>", escape(meaning));
    }
    for (file, bytes) in &s.pictures {
        let data = base64(bytes);
        let _ = writeln!(
            out,
            "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{data}\"><figcaption>{0}</figcaption></figure>",
            escape(file)
        );
    }
    // the rows of an ablation are no rivals, and mean ranks of forty say little
    if s.compares() {
        out += &standing(s).unwrap_or_default();
        out += &s.ranks.as_deref().and_then(ranks).unwrap_or_default();
    }
    out += &s.summary.as_deref().and_then(summary).unwrap_or_default();
    for (_, text) in s.tables.iter().filter(|(file, _)| s.summary.is_none() || file != "table.md") {
        out += &markdown(text);
    }
    out + &made(&s.manifest)
}

/// Where jobs stands, by budget.
fn standing(s: &Section) -> Option<String> {
    let (summary, ranks, stages) =
        (rows(s.summary.as_deref()?)?, rows(s.ranks.as_deref()?)?, rows(s.stages.as_deref()?)?);
    Some(win_tie_losses(&summary, &ranks, &stages).iter().map(|s| markdown(&s.markdown())).collect())
}

/// Command, commit, seeds, machine, time and the methods' settings.
fn made(manifest: &Value) -> String {
    let words = |v: &Value| match v {
        Value::Array(items) => {
            let text: Vec<String> =
                items.iter().map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned)).collect();
            text.join(" ")
        }
        Value::String(s) => s.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let seeds = match &manifest["seeds"] {
        Value::Array(seeds) if seeds.len() > 3 => {
            format!("{} to {} ({})", seeds[0], seeds[seeds.len() - 1], seeds.len())
        }
        other => words(other),
    };
    let mut out = String::from("<details><summary>How it was made</summary>\n<div class=wide><table class=settings>\n");
    let rows = [
        ("experiment", words(&manifest["settings"]["experiment"])),
        ("command", words(&manifest["command"])),
        ("commit", words(&manifest["git"]["commit"])),
        ("rows kept from", words(&manifest["kept"])),
        ("extends", words(&manifest["extends"]["command"])),
        ("seconds of that", words(&manifest["extends"]["wall_seconds"])),
        ("seeds", seeds),
        ("settings hash", words(&manifest["config_sha256"])),
        ("machine", words(&manifest["device"])),
        ("seconds of the last go", words(&manifest["wall_seconds"])),
    ];
    for (what, value) in rows.into_iter().filter(|r| !r.1.is_empty()) {
        let _ = writeln!(out, "<tr><th>{what}</th><td>{}</td></tr>", escape(&value));
    }
    for method in manifest["settings"]["methods"].as_array().into_iter().flatten() {
        let (name, settings) = (words(&method["name"]), words(&method["settings"]));
        let _ = writeln!(out, "<tr><th>{}</th><td>{}</td></tr>", escape(&name), escape(&settings));
    }
    out + "</table></div></details>\n"
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let n = three.iter().fold(0u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let letter = LETTERS[(n >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_standard_s_examples() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_section_says_which_tasks_it_is_on() {
        let of = |experiment: &str, names: &[&str]| {
            let tasks: Vec<_> = names.iter().map(|n| serde_json::json!({ "name": n })).collect();
            kind(experiment, &serde_json::json!({ "tasks": tasks }))
        };
        assert_eq!(of("fig5", &["gsm8k", "mmlu"]), "fig5");
        assert_eq!(of("fig5", &["gsm8k-ood", "mmlu-ood"]), "fig5, out of distribution");
        assert_eq!(of("fig5", &["stories260k"]), "fig5, other runs");
        assert_eq!(of("ablation", &["stories260k"]), "ablation");
        assert_eq!(of("fig5", &[]), "fig5");
        let taught = serde_json::json!({ "tasks": [{ "name": "gsm8k" }], "notes": { "experience": ["studies"] } });
        assert_eq!(kind("fig5", &taught), "fig5, with transfer");
    }
}
