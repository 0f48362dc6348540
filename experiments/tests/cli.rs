//! The program as a user meets it: help, lists, bad input, results, interruptions.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{experiments, refused, text};

#[test]
fn list_names_every_experiment_method_and_task() {
    let out = experiments(&["list"]);
    assert!(out.status.success());
    let said = text(&out.stdout);
    for name in
        ["fig5", "fit-emulator", "jobs-paper", "bo-logei", "mf-ucb", "random", "truthfulqa_gen", "arc_challenge"]
    {
        assert!(said.contains(name), "{name} is missing in:\n{said}");
    }
    for args in [&["--help"][..], &["fig5", "--help"], &["fit-emulator", "--help"]] {
        let out = experiments(args);
        assert!(out.status.success());
        assert!(text(&out.stdout).contains("Usage"));
    }
}

#[test]
fn bad_input_gets_one_line_and_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();
    refused(&["fgi5"], "unknown experiment `fgi5`; did you mean `fig5`?");
    refused(&["fig5", "--tasks", "gsm8"], "unknown task `gsm8`; did you mean `gsm8k`?");
    let few = "task `truthfulqa_gen`: too few recorded runs without its own domain (enough of: gsm8k, ";
    refused(&["fig5", "--out-of-distribution", "--tasks", "truthfulqa_gen"], few);
    refused(&["fig5", "--out-of-distribution", "--tasks", "gsm8"], "unknown task `gsm8`; did you mean `gsm8k`?");
    refused(&["fig5", "--methods", "job"], "unknown method `job`; did you mean `jobs`?");
    refused(&["fig5", "--seeds", "0"], "--seeds is 0, expected at least 1");
    let last = u64::MAX.to_string();
    refused(
        &["fig5", "--first-seed", &last],
        "--first-seed 18446744073709551615 and --seeds 5 go beyond the largest seed",
    );
    refused(&["fig5", "--full-runs", "0"], "a budget of 0 steps does not pay for one full run of 625 steps");
    refused(&["fig5", "--early", "0"], "an early run must be at least one step");
    refused(&["fig5", "--early", "626"], "an early run (626 steps) is longer than a full run (625 steps)");
    refused(&["synthetic", "--interaction", "1.5"], "--interaction is 1.5, expected a number between 0 and 1");
    refused(&["fig5", "--out", &format!("{file}/below")], "cannot write to the results folder");
    refused(&["fig5", "--emulator", file], "file");
    refused(&["fig5", "--emulator", "/nonexistent.json"], "/nonexistent.json: ");
    refused(&["fit-emulator", "--runs", "/nonexistent", "--out", "x.json"], "/nonexistent/space.toml: ");
}

#[test]
fn out_of_distribution_the_tasks_own_domain_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let emulator = "../crates/emulator/emulators/llama3-8b/gsm8k.json";
    let small = ["--full-runs", "6", "--seeds", "1", "--methods", "random", "--out", out];
    for from in [&["--tasks", "gsm8k"][..], &["--emulator", emulator, "--tasks", "gsm8k"]] {
        let done = experiments(&[&["fig5", "--fresh", "--out-of-distribution"], from, &small].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        let csv = fs::read_to_string(dir.path().join("fig5.csv")).unwrap();
        assert!(csv.lines().count() > 1, "{from:?}: no rows");
        assert!(csv.lines().skip(1).all(|line| line.starts_with("gsm8k-ood,6,random,0,")), "{csv}");
    }
}

#[test]
fn a_comparison_is_repeated_on_fresh_seeds() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |first: &[&str], seeds: &str, name: &str| {
        let out = dir.path().join(name);
        let small =
            ["fig5", "--tasks", "gsm8k", "--full-runs", "6", "--methods", "jobs,random", "--seeds", seeds, "--out"];
        let done = experiments(&[&small[..], &[out.to_str().unwrap()], first].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
        (fs::read_to_string(out.join("fig5.csv")).unwrap(), manifest["seeds"].clone())
    };
    let ((three, _), (third, seeds)) = (rows(&[], "3", "three"), rows(&["--first-seed", "2"], "1", "third"));
    assert_eq!(seeds, serde_json::json!([2]));
    let of_third = |line: &&str| line.starts_with("task") || line.split(',').nth(3) == Some("2");
    assert_eq!(third.lines().collect::<Vec<_>>(), three.lines().filter(of_third).collect::<Vec<_>>());
}

#[test]
fn a_task_learns_from_the_other_tasks_only() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let out = out.to_str().unwrap();
    let small = ["--tasks", "gsm8k", "--full-runs", "6", "--seeds", "1", "--methods", "jobs", "--out", out];
    let studies = "../results/transfer";
    let rows = |transfer: &str| {
        let extra: &[&str] = if transfer.is_empty() { &[] } else { &["--transfer", transfer] };
        let done = experiments(&[&["fig5"], extra, &small].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        fs::read_to_string(Path::new(out).join("fig5.csv")).unwrap()
    };
    let (without, all) = (rows(""), rows(studies));
    assert_ne!(without, all);
    let others = ["arc_challenge", "commonsense_qa", "mmlu", "triviaqa", "truthfulqa_gen"];
    let others = others.map(|task| format!("{studies}/{task}")).join(",");
    assert_eq!(rows(&others), all, "the own study of a task is not used");
    let manifest = fs::read_to_string(Path::new(out).join("manifest.json")).unwrap();
    assert!(manifest.contains("results/transfer/mmlu"), "{manifest}");

    refused(
        &["fig5", "--tasks", "gsm8k", "--transfer", &format!("{studies}/gsm8k")],
        "no study of a task other than gsm8k",
    );
    refused(&["fig5", "--transfer", "/nonexistent"], "--transfer: /nonexistent/space.toml: ");
    refused(&["fig5", "--source", "../results/curves/nothing", "--transfer", studies], "unknown source");
}

const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b"]
[[dimension]]
name = "lora_q_proj"
kind = "boolean"
[[dimension]]
name = "lora_v_proj"
kind = "boolean"
[curves]
full_steps = 100
metric = "loss"
"#;

fn table(dir: &Path, runs: &str, curves: &str) -> PathBuf {
    let folder = dir.join("table");
    fs::create_dir_all(&folder).unwrap();
    for (name, body) in [("space.toml", SPACE), ("runs.csv", runs), ("curves.csv", curves)] {
        fs::write(folder.join(name), body).unwrap();
    }
    folder
}

#[test]
fn malformed_tables_are_named_by_file_line_and_column() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("emulator.json");
    let head = "run_id,mixture.a,mixture.b,lora_q_proj,lora_v_proj\n";
    for (runs, curves, expected) in [
        (format!("{head}0,0.5,0.6,1,0\n"), "run_id,step,loss\n", "runs.csv:2: `mixture` is a mixture that sums to 1.1"),
        (
            format!("{head}0,0.5,0.5,0,0\n"),
            "run_id,step,loss\n",
            "runs.csv:2: at least one of lora_q_proj, lora_v_proj must be on, all are off",
        ),
        (format!("{head}0,0.5,0.5,1,0\n"), "run_id,step,acc\n", "curves.csv:1: no column `loss`"),
        (
            format!("{head}0,0.5,0.5,1,0\n"),
            "run_id,step,loss\n0,25,low\n",
            "curves.csv:2: column `loss`: `low` is not a number",
        ),
        ("run_id,mixture.a\n".into(), "run_id,step,loss\n", "runs.csv:1: no column `mixture.b`"),
    ] {
        let folder = table(dir.path(), &runs, curves);
        refused(&["fit-emulator", "--runs", folder.to_str().unwrap(), "--out", out.to_str().unwrap()], expected);
        assert!(!out.exists());
    }
}

/// Eighty runs of a made-up task over another space: some short, gappy, diverged; with every kind of file it makes.
#[test]
fn an_emulator_is_fitted_from_any_table_and_fig5_runs_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut runs = String::from("run_id,mixture.a,mixture.b,lora_q_proj,lora_v_proj\n");
    let mut curves = String::from("run_id,step,loss\n");
    for i in 0..80u32 {
        let a = f64::from(i * 37 % 80) / 80.0;
        let (q, v) = (i % 3 != 0, i % 2 == 0 || i % 3 == 0);
        runs += &format!("r{i},{a},{},{},{}\n", 1.0 - a, u8::from(q), u8::from(v));
        let bottom = 1.0 + (a - 0.6).powi(2) + if q { 0.0 } else { 0.2 };
        for step in (10..=100).step_by(10) {
            let loss = bottom + (-f64::from(step) / 30.0).exp() + 0.002 * f64::from(i * 13 % 7);
            match (i % 20, step) {
                (3, 60..) | (4, 30) => {}                           // short, gappy
                (5, 50) => curves += &format!("r{i},{step},nan\n"), // diverged
                (5, 60..) => {}
                _ => curves += &format!("r{i},{step},{loss}\n"),
            }
        }
    }
    let folder = table(dir.path(), &runs, &curves);
    let (emulator, report) = (dir.path().join("made-up.json"), dir.path().join("report"));
    let (emulator, report) = (emulator.to_str().unwrap(), report.to_str().unwrap());
    let out = experiments(&["fit-emulator", "--runs", folder.to_str().unwrap(), "--out", emulator, "--report", report]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert!(text(&out.stdout).contains("4 diverged"), "{}", text(&out.stdout));
    let quality = fs::read_to_string(format!("{report}/quality.csv")).unwrap();
    assert!(quality.lines().count() == 2 && quality.contains("table,80,"), "{quality}");

    let results = dir.path().join("results");
    let (results, common) = (results.to_str().unwrap(), ["--full-runs", "6", "--early", "20", "--seeds", "2"]);
    let args = [&["fig5", "--emulator", emulator, "--out", results][..], &common].concat();
    let out = experiments(&args);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let csv = fs::read_to_string(format!("{results}/fig5.csv")).unwrap();
    assert_eq!(csv.lines().next(), Some("task,full_runs,method,seed,steps,oracle,inference"));
    for method in ["jobs", "jobs-paper", "bo-logei", "bo-ucb", "mf-ucb", "random"] {
        let last = csv.lines().rfind(|l| l.starts_with(&format!("made-up,6,{method},1,"))).unwrap();
        let steps: u64 = last.split(',').nth(4).unwrap().parse().unwrap();
        assert!((581..=600).contains(&steps), "{method} was charged {steps} of 600 steps");
    }
}

/// A table of another space with runs that are short, gappy, diverged, without a row, and one configuration run twice.
fn broken_table(dir: &Path) -> PathBuf {
    let mut runs = String::from("run_id,mixture.a,mixture.b,lora_q_proj,lora_v_proj\n");
    let mut curves = String::from("run_id,step,loss\n");
    for i in 0..30u32 {
        let a = f64::from(i.max(1) * 7 % 30) / 30.0;
        runs += &format!("r{i},{a},{},1,{}\n", 1.0 - a, i.max(1) % 2);
        for step in (10..=100).step_by(10) {
            let loss = 1.0 + (a - 0.6).powi(2) + (-f64::from(step) / 30.0).exp() + 0.001 * f64::from(i);
            match (i, step) {
                (2, 50..) | (3, 30) | (4, _) => {}
                (5, 40) => curves += &format!("r{i},{step},inf\n"),
                (5, 50..) => {}
                _ => curves += &format!("r{i},{step},{loss}\n"),
            }
        }
    }
    table(dir, &runs, &curves)
}

#[test]
fn recorded_runs_are_replayed_whatever_is_missing_and_nothing_else_is_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let folder = broken_table(dir.path());
    let (folder, out) = (folder.to_str().unwrap(), dir.path().join("out"));
    let out = out.to_str().unwrap();
    // the table in a folder of tables
    let tables = dir.path().to_str().unwrap();
    let args = ["replay", "--runs", tables, "--budget-full-runs", "6", "--early", "20", "--seeds", "2", "--out", out];
    let run = experiments(&args);
    let said = text(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("28 configurations of 30 runs (1 without a finite loss left out, 1 cut short)"), "{said}");
    assert!(said.contains("; one run's noise 0."), "one configuration was run twice: {said}");
    assert!(said.contains("skipping data-only: it holds a part of the configuration"), "{said}");
    let csv = fs::read_to_string(format!("{out}/replay.csv")).unwrap();
    assert_eq!(csv.lines().next(), Some("task,full_runs,method,seed,steps,oracle,inference"));
    let recorded: Vec<f64> = (0..30u32)
        .map(|i| {
            1.0 + (f64::from(i.max(1) * 7 % 30) / 30.0 - 0.6).powi(2) + (-10.0f64 / 3.0).exp() + 0.001 * f64::from(i)
        })
        .collect();
    let last = |method: &str| {
        let line = csv.lines().rfind(|l| l.starts_with(&format!("table,6,{method},1,"))).unwrap();
        line.split(',').skip(4).map(|v| v.parse::<f64>().unwrap()).collect::<Vec<_>>()
    };
    for method in ["jobs", "bo-ucb", "mf-ucb", "hyperband", "tpe", "random"] {
        let [steps, oracle, _] = last(method)[..] else { panic!("{csv}") };
        assert!(steps <= 600.0, "{method}");
        // a whole run's recorded value, one cut at 40, or the mean of the two runs of one configuration
        let mean = f64::midpoint(recorded[0], recorded[1]);
        let cut = recorded[2] - (-10.0f64 / 3.0).exp() + (-4.0f64 / 3.0).exp();
        let known = recorded.iter().chain([&mean, &cut]).any(|v| (v - oracle).abs() < 1e-9);
        assert!(known, "{method} recommends {oracle}");
    }
    refused(&["replay", "--runs", folder, "--early", "101", "--out", out], "a full run of table has 100 steps");
    refused(&["replay", "--runs", "/nonexistent"], "/nonexistent/space.toml: ");
    refused(&["replay", "--runs", folder, folder, "--early", "20", "--out", out], "/table` is given twice");
    let out = experiments(&["replay", "--runs", folder, "--methods", "data-only", "--early", "20", "--out", out]);
    assert_eq!(out.status.code(), Some(2));
    assert!(
        text(&out.stderr).contains("it holds a part of the configuration, but only listed candidates may be tried")
    );
}

#[test]
fn mixtures_without_curves_are_searched_by_methods_that_need_no_early_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (mut mixtures, mut losses) = (
        String::from("index,train_the_pile_arxiv,train_the_pile_github\n"),
        String::from("index,metric/the_pile_github_val_loss\n"),
    );
    for i in 1..=40 {
        let share = f64::from(i) / 40.0;
        mixtures += &format!("{i},{share:.3},{:.3}\n", 1.0 - share);
        losses += &format!("{i},{}\n", 3.0 + (share - 0.3).powi(2));
    }
    fs::write(dir.path().join("train_mixture_1m.csv"), mixtures).unwrap();
    fs::write(dir.path().join("train_pile_loss_1m.csv"), losses).unwrap();
    let (data, out) = (dir.path().to_str().unwrap(), dir.path().join("out"));
    let out = out.to_str().unwrap();
    let args =
        ["regmix", "--data", data, "--domain", "github", "--budget-full-runs", "8", "--seeds", "2", "--out", out];
    let run = experiments(&args);
    let said = text(&run.stderr);
    assert!(run.status.success(), "{said}");
    for left_out in ["mf-ucb", "hyperband", "jobs-paper"] {
        assert!(said.contains(&format!("skipping {left_out}: it needs early runs")), "{said}");
    }
    let summary = fs::read_to_string(format!("{out}/summary.csv")).unwrap();
    assert!(summary.contains("train_1m github,8,jobs,2,"), "{summary}");
    fs::copy(dir.path().join("train_mixture_1m.csv"), dir.path().join("test_mixture_60m.csv")).unwrap();
    let other =
        "index,metric/the_pile_arxiv_val_loss,metric/the_pile_github_val_loss\n1,2.0,1.0\n2,1.5,1.25\n3,1.0,2.0\n";
    fs::write(dir.path().join("test_pile_loss_60m.csv"), other).unwrap();
    let sets = ["regmix", "--data", data, "--set", "train_1m,test_60m", "--methods", "random", "--seeds", "1"];
    let run = experiments(&[&sets[..], &["--budget-full-runs", "2", "--fresh", "--out", out]].concat());
    assert!(run.status.success(), "{}", text(&run.stderr));
    let summary = fs::read_to_string(format!("{out}/summary.csv")).unwrap();
    let mut tasks: Vec<&str> = summary.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
    tasks.dedup();
    assert_eq!(tasks, ["train_1m github", "test_60m arxiv", "test_60m github"], "{summary}");
    refused(&["regmix", "--data", data, "--domain", "githu"], "unknown domain `githu`; did you mean `github`?");
    refused(&["regmix", "--data", data, "--set", "test_1B"], "test_mixture_1B.csv");
}
