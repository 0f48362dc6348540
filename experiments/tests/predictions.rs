//! predictor-eval on tables that are not the recorded ones, quick runs of the figures about predictions, and plan.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{experiments, refused, text};

/// A table with neither mixture nor LoRA names and 50-point curves of 500 steps: of ten runs three diverge, one is cut and two
/// lack rows. What a run ends with depends on `rate`.
fn write_table(folder: &Path, runs: usize, trial: bool) {
    let space = "[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.001\nhigh = 0.1\nlog = true\n\n\
                 [[dimension]]\nname = \"schedule\"\nkind = \"categorical\"\nchoices = [\"linear\", \"cosine\"]\n\n\
                 [curves]\nfull_steps = 500\nmetric = \"loss\"\n";
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("space.toml"), space).unwrap();
    let mut rows = String::from(if trial { "run_id,trial,rate,schedule\n" } else { "run_id,rate,schedule\n" });
    let mut curves = String::from("run_id,step,loss\n");
    for run in 0..runs {
        let u = (run * 37 % 101) as f64 / 101.0;
        let rate = 0.001 * 100.0_f64.powf(u);
        let schedule = ["linear", "cosine"][run % 2];
        let of_trial = if trial { format!("{},", run % 2) } else { String::new() };
        writeln!(rows, "{run},{of_trial}{rate},{schedule}").unwrap();
        for point in 1..=50 {
            let s = point as f64 / 50.0;
            let noise = ((run * 7 + point * 13) % 17) as f64 / 17.0 - 0.5;
            let loss = 1.0 + u + 2.0 * (-8.0 * s).exp() - 0.5 * u * s + 0.01 * noise;
            match run % 10 {
                0..3 if point == 30 => writeln!(curves, "{run},{},nan", 10 * point).unwrap(),
                0..3 if point > 30 => {}
                3 if point > 20 => {}
                4 | 5 if point % 3 == run % 3 => {}
                _ => writeln!(curves, "{run},{},{loss}", 10 * point).unwrap(),
            }
        }
    }
    fs::write(folder.join("runs.csv"), rows).unwrap();
    fs::write(folder.join("curves.csv"), curves).unwrap();
}

/// `predictor-eval` of the folder `tables` of `dir` into `out`: what it said, and its CSV.
fn evaluated(dir: &Path, options: &str) -> (String, String) {
    let (runs, out) = (dir.join("tables"), dir.join("out"));
    let folders = ["predictor-eval", "--runs", runs.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let done = experiments(&folders.into_iter().chain(options.split_whitespace()).collect::<Vec<_>>());
    assert!(done.status.success(), "{}", text(&done.stderr));
    (text(&done.stderr), fs::read_to_string(out.join("predictor-eval.csv")).unwrap())
}

#[test]
fn any_table_is_evaluated() {
    let dir = tempfile::tempdir().unwrap();
    write_table(&dir.path().join("tables/mine"), 80, true);
    let (said, csv) = evaluated(dir.path(), "--splits 4 --split random,trial --n 12 --early 50,100");
    assert!(said.contains("48 of 80 runs have a final value, 32 left out"), "{said}");
    let mut lines = csv.lines();
    let header = "table,predictor,n,early,split,splits,rmse,rmse_se,mae,spearman,nlpd,cover50,cover90";
    assert_eq!(lines.next(), Some(header));
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 15 * 2 * 2, "predictors x early budgets x splits");
    let rmse = |predictor: &str, split: &str| -> f64 {
        let row = rows.iter().find(|r| r[..5] == ["mine", predictor, "12", "100", split]).unwrap();
        row[6].parse().unwrap()
    };
    for split in ["random", "trial"] {
        assert!(rmse("default", split) < 0.5 * rmse("last-shift", split), "{split}");
    }
    for name in ["standard-errors.csv", "predictor-eval-random.svg", "predictor-eval-trial.svg", "manifest.json"] {
        assert!(dir.path().join("out").join(name).is_file(), "{name}");
    }
}

#[test]
fn a_thousand_runs_many_of_them_diverged_are_evaluated() {
    let dir = tempfile::tempdir().unwrap();
    write_table(&dir.path().join("tables/large"), 1000, false);
    let (said, csv) = evaluated(dir.path(), "--splits 2 --n 30,300 --early 100 --predictors default,last-shift");
    assert!(said.contains("600 of 1000 runs have a final value, 400 left out"), "{said}");
    let rmse = |n: &str, predictor: &str| -> f64 {
        let start = format!("large,{predictor},{n},100,random,2,");
        csv.lines().find_map(|l| l.strip_prefix(&start)).unwrap().split(',').next().unwrap().parse().unwrap()
    };
    for n in ["30", "300"] {
        assert!(rmse(n, "default") < 0.5 * rmse(n, "last-shift"), "{csv}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("mine");
    write_table(&table, 40, false);
    let (runs, out) = (table.to_str().unwrap(), dir.path().join("out"));
    let with = |more: &[&str], expected: &str| {
        refused(&[&["predictor-eval", "--runs", runs, "--out", out.to_str().unwrap()], more].concat(), expected);
    };
    with(&["--split", "trial"], "no column `trial`, which --split trial needs (columns that are no dimension: none");
    with(&["--n", "24"], "24 runs are too few to learn from 24 and predict others");
    with(&["--early", "500"], "--early 500: expected from 1 to 499");
    with(&["--early", "5"], "no full run is evaluated by then (the first evaluation is at step 10)");
    with(&["--splits", "0"], "--splits is 0");
    with(&["--predictors", "defualt"], "unknown predictor `defualt`; did you mean `default`?");
    with(&["--device", "tpu"], "expected `cpu`, `cuda` or `cuda:INDEX`");
    refused(&["predictor-eval", "--runs", "/nonexistent"], "/nonexistent/space.toml");
    let curves = fs::read_to_string(table.join("curves.csv")).unwrap();
    fs::write(table.join("curves.csv"), curves.replacen("7,10,", "7,ten,", 1)).unwrap();
    with(&[], "column `step`");
    fs::write(table.join("curves.csv"), curves.replace("run_id,step,loss", "run_id,step,score")).unwrap();
    with(&[], "loss");
    assert!(!out.exists(), "nothing is written");
}

#[test]
fn the_figures_are_drawn_in_small() {
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("mine");
    write_table(&table, 80, false);
    let made = |name: &str, args: &[&str], files: &[&str]| {
        let out = dir.path().join(name);
        let all = [&[name], args, &["--out", out.to_str().unwrap()]].concat();
        let done = experiments(&all);
        assert!(done.status.success(), "{all:?}: {}", text(&done.stderr));
        for file in files.iter().chain(&["manifest.json"]) {
            assert!(fs::metadata(out.join(file)).unwrap().len() > 100, "{name}: {file}");
        }
        out
    };
    let runs = table.to_str().unwrap();
    made("fig3", &["--runs", runs, "--n", "10"], &["fig3.csv", "fig3.svg"]);
    let few = ["--predictors", "kernel,last-shift", "--n", "5,8,12,16,20", "--splits", "3"];
    let out = made("fig4", &[&["--runs", runs][..], &few].concat(), &["errors.csv", "fits.csv", "fig4.svg"]);
    let fits = fs::read_to_string(out.join("fits.csv")).unwrap();
    assert_eq!(fits.lines().filter(|l| l.ends_with(",0.0")).count(), 2, "one best law per predictor:\n{fits}");
    let small = ["--tasks", "gsm8k", "--seeds", "1", "--added", "0,2", "--predictors", "kernel"];
    made("shift", &small, &["shift.csv", "summary.csv", "shift.svg"]);
    let small = ["--tasks", "gsm8k", "--seeds", "1", "--full-runs", "7", "--n", "3,5"];
    let out = made("fig1", &small, &["bound.csv", "searches.csv", "summary.csv", "fig1.svg"]);
    let summary = fs::read_to_string(out.join("summary.csv")).unwrap();
    for choice in ["gsm8k,3,", "gsm8k,5,", "gsm8k,online,", "gsm8k,oracle,"] {
        assert!(summary.contains(choice), "{choice} is missing in\n{summary}");
    }
    refused(&["fig1", "--n", "50"], "--n 50: expected from 1 to 49");
    refused(&["fig3", "--runs", runs, "--n", "46"], "--n 46: expected from 1 to 45");
    refused(&["fig4", "--runs", runs, "--n", "0"], "--n 0");
    refused(&["shift", "--early", "625"], "--early 625: expected from 1 to 624");
}

#[test]
fn a_plan_is_printed() {
    let budget = ["plan", "--total", "31250", "--full", "625", "--early", "100"];
    let said = text(&experiments(&budget).stdout);
    assert!(said.contains("17 runs of    625 steps") && said.contains("Any N from 10 to 27"), "{said}");
    let json = experiments(&[&budget[..], &["--json"]].concat()).stdout;
    let plan: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((&plan["allocation"]["full_runs"], &plan["allocation"]["early_runs"]), (&17.into(), &200.into()));
    refused(&["plan", "--total", "624", "--full", "625", "--early", "100"], "does not pay for one full run");
    refused(&["plan", "--total", "6250", "--full", "625", "--early", "700"], "longer than a full run");
    refused(&[&budget[..], &["--delta", "0"]].concat(), "delta is 0, expected in (0, 1]");
    refused(&[&budget[..], &["--runs", "nowhere"]].concat(), "nowhere");
    let huge = u64::MAX.to_string();
    assert!(experiments(&["plan", "--total", &huge, "--full", "3", "--early", "1"]).status.success());
}

#[test]
fn a_plan_with_constants_from_own_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (many, few) = (dir.path().join("many"), dir.path().join("few"));
    write_table(&many, 40, false);
    write_table(&few, 12, false);
    let plan = |runs: &Path, full: &'static str| {
        let runs = runs.to_str().unwrap().to_owned();
        ["plan", "--total", "15000", "--early", "80", "--full", full, "--runs"]
            .map(str::to_owned)
            .into_iter()
            .chain([runs])
    };
    let args: Vec<String> = plan(&many, "500").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = text(&experiments(&args).stdout);
    assert!(said.contains("Constants from 24 full runs") && said.contains("Recommended split"), "{said}");
    let json = experiments(&[&args[..], &["--json"]].concat()).stdout;
    let plan_of_mine: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(plan_of_mine["pilot"]["error_scale"]["value"], plan_of_mine["constants"]["error_scale"]);
    assert!(plan_of_mine["pilot"]["error_scale"]["standard_error"].as_f64().unwrap() > 0.0, "{plan_of_mine}");
    for (runs, full, expected) in [
        (&few, "500", "6 full runs, expected at least 9"),
        (&many, "625", "a full run has 500 steps in this table, but --full is 625"),
    ] {
        let args: Vec<String> = plan(runs, full).collect();
        refused(&args.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
    refused(&[&args[..], &["--error-scale", "1"]].concat(), "cannot be used with");
}
