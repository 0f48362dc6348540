//! fig5 on real training, and on runs recorded from real training, as a user runs them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use std::fs;
use std::time::{Duration, Instant};

use jobs_core::{PointRecord, RunTable};
use trainer::train::{TrainSettings, open};

use common::{experiments_in_root, text};

/// Last row of a method in fig5.csv: steps, oracle, inference.
fn last(csv: &str, method: &str) -> [f64; 3] {
    let row = csv.lines().rfind(|l| l.split(',').nth(2) == Some(method)).expect(csv);
    let numbers: Vec<f64> = row.split(',').skip(4).map(|v| v.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

#[test]
fn live_smoke_leaves_curves_choice_and_adapter_of_both_methods_within_five_minutes() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let clock = Instant::now();
    let done = experiments_in_root(&["fig5", "--live", "--smoke", "--out", out]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(clock.elapsed() < Duration::from_secs(300), "{:?}", clock.elapsed());

    let csv = fs::read_to_string(dir.path().join("fig5.csv")).unwrap();
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("manifest.json")).unwrap()).unwrap();
    let described = text(manifest["files"].to_string().as_bytes());
    assert!(fs::metadata(dir.path().join("fig5.svg")).unwrap().len() > 1000);
    let trainer = open(TrainSettings::default(), None).unwrap();
    for method in ["jobs", "random"] {
        let folder = dir.path().join(format!("{method}-C6-seed0"));
        let table = RunTable::read(&folder).unwrap();
        let [steps, oracle, _] = last(&csv, method);
        assert!(steps > 300.0 && steps <= 360.0, "{method} spent {steps} of 360 steps");
        // the steps charged are those trained
        let trained: u64 = table.runs.iter().map(|r| r.curve.last().unwrap().0.0).sum();
        assert_eq!(trained as f64, steps, "{method}");
        // the choice is a configuration that was run to its end, and the oracle its measured loss
        let record: PointRecord = toml::from_str(&fs::read_to_string(folder.join("chosen.toml")).unwrap()).unwrap();
        let chosen = trainer.space().point_from_record(&record).unwrap();
        let whole: Vec<_> = table.runs.iter().filter(|r| r.point == chosen).collect();
        assert_eq!(whole.len(), 1, "{method} chose what it never ran");
        let (step, best) = (whole[0].curve.last().unwrap().0.0, whole[0].curve.best().unwrap().1);
        assert_eq!(step, 60, "{method} chose an unfinished run");
        assert!((oracle - best).abs() < 1e-9, "{method}: oracle {oracle}, curve {best}");
        // its adapter has the chosen rank and moves something
        let config: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("adapter/adapter_config.json")).unwrap()).unwrap();
        let rank = fs::read_to_string(folder.join("chosen.toml")).unwrap();
        assert!(rank.contains(&format!("lora_rank = {}\n", config["r"])), "{config:#} {rank}");
        assert!(fs::metadata(folder.join("adapter/adapter_model.safetensors")).unwrap().len() > 1000);
        for file in ["curves.csv", "chosen.toml", "adapter/adapter_model.safetensors"] {
            assert!(described.contains(&format!("{method}-C6-seed0/{file}")), "{file} is not in the manifest");
        }
    }
    // training helped: the built-in model has not learnt these tasks
    assert!(last(&csv, "jobs")[1] < csv.lines().nth(1).unwrap().split(',').nth(6).unwrap().parse().unwrap());
}

/// Files whose content is a result.
const TABLES: [&str; 5] = [
    "fig5.csv",
    "paired.csv",
    "references.csv",
    "studies/reverse-6-jobs-0/tests.csv",
    "studies/reverse-6-jobs-0/curves.csv",
];

#[test]
fn live_targets_are_compared_by_test_losses_of_fresh_runs_and_resume() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["fig5", "--live", "--smoke", "--tasks", "reverse", "--out", dir.path().to_str().unwrap()];
    let read = || TABLES.map(|name| fs::read_to_string(dir.path().join(name)).expect(name));
    let run = |more: &[&str]| {
        let done = experiments_in_root(&[&args[..], more].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stderr)
    };
    run(&[]);
    let first = read();

    // the value of a method is the mean test loss of three fresh runs of its recommendation, which no search saw
    let tests: Vec<f64> = first[3].lines().skip(1).map(|l| l.split(',').nth(2).unwrap().parse().unwrap()).collect();
    assert_eq!(tests.len(), 3);
    let [steps, oracle, _] = last(&first[0], "jobs");
    assert!(steps <= 360.0 && (oracle - tests.iter().sum::<f64>() / 3.0).abs() < 1e-12, "{steps} {oracle} {tests:?}");
    assert!(first[1].contains("all,6,random,1,") && first[1].contains("reverse,6,sensible-default,1,"), "{}", first[1]);
    assert!(first[2].contains("reverse,sensible-default,"), "{}", first[2]);

    // finished cells are not trained again; from the table alone neither
    assert!(run(&[]).contains("2 of 2 cells are already finished"));
    assert_eq!(read(), first);
    fs::remove_dir_all(dir.path().join("cells")).unwrap();
    assert!(run(&["--extend"]).contains("2 of 2 cells are already finished"));
    assert_eq!(read(), first);
}

#[test]
fn live_mistakes_are_answered_in_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("settings.toml");
    fs::write(&settings, "steps = 20\nmodle = \"x\"\n").unwrap();
    let (out, settings) = (dir.path().join("out"), settings.to_str().unwrap());
    let out = out.to_str().unwrap();
    for (args, expected) in [
        (vec!["--live-settings", settings], "settings.toml:2: unknown field `modle`"),
        (vec!["--seeds", "0"], "--seeds is 0"),
        (vec!["--methods", "job"], "did you mean `jobs`?"),
        (vec!["--live-settings", "/no/such.toml"], "/no/such.toml"),
        (vec!["--full-runs", "0"], "--full-runs 0, --early 100: a budget of 0 steps"),
        (vec!["--tasks", "revers"], "--tasks revers: setting `target` is `revers`, expected a domain"),
        (vec!["--early", "100000"], "longer than a full run"),
    ] {
        let done = experiments_in_root(&[&["fig5", "--live", "--out", out][..], &args[..]].concat());
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{args:?}: {said}");
    }
}

#[test]
fn fig5_runs_on_an_emulator_of_the_recorded_stories_runs() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let shape = ["--full-runs", "6", "--seeds", "1", "--methods", "jobs,random", "--out", out];
    let done = experiments_in_root(&[&["fig5", "--source", "stories260k"], &shape[..]].concat());
    let said = text(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(said.contains("stories260k: emulated from 84 recorded runs; R2 of held-out runs 0.9"), "{said}");
    let csv = fs::read_to_string(dir.path().join("fig5.csv")).unwrap();
    for method in ["jobs", "random"] {
        let [steps, oracle, _] = last(&csv, method);
        // losses on gsm8k lie between 2.5 and 6
        assert!(steps <= 2400.0 && oracle > 2.0 && oracle < 6.0, "{method}: {steps} {oracle}");
    }
    let done = experiments_in_root(&[&["fig5", "--source", "stories260"], &shape[..]].concat());
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("did you mean `stories260k`?"), "{}", text(&done.stderr));
}
