//! `jobs enqueue`, `jobs tell --configuration` and the import of early runs.

use std::fs;

use super::{Folder, scripted};

#[test]
fn configurations_of_mine_are_tried_first() {
    let folder = Folder::with(&scripted("good", ""));
    let said = folder.ok(&["enqueue", "rank=7", "mixture.a=1"]);
    assert!(said.contains("1 configurations queued") && said.contains("rank: 7"), "{said}");
    fs::write(
        folder.path().join("mine.json"),
        "{\"rank\": 3, \"mixture\": {\"a\": 0.33, \"b\": 0.66}}\n{\"configuration\": {\"mixture.b\": 1}}\n",
    )
    .unwrap();
    let said = folder.ok(&["enqueue", "--full", "mine.json"]);
    assert!(said.contains("configuration 2: not given, so taken from the default configuration: rank"), "{said}");
    let queue = folder.json(&["enqueue", "--list"])["queue"].clone();
    assert_eq!((queue.as_array().unwrap().len(), &queue[1]["full"]), (3, &true.into()));
    assert!((queue[1]["configuration"]["mixture"]["a"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-12);
    assert!(folder.ok(&["status"]).contains("3 configurations in the queue"));
    let first = folder.json(&["ask"]);
    assert_eq!((&first[0]["configuration"]["rank"], &first[0]["to"]), (&7.into(), &20.into()));
    folder.ok(&["run"]);
    let rows = folder.json(&["status", "--all"])["rows"].clone();
    assert_eq!((&rows[0]["status"], &rows[1]["step"], &rows[2]["step"]), (&"paused".into(), &100.into(), &100.into()));
    folder.ok(&["export", "table"]);
    let table = fs::read_to_string(folder.path().join("table/runs.csv")).unwrap();
    assert!(table.lines().nth(2).unwrap().ends_with(",3"), "{table}");
}

#[test]
fn what_is_no_configuration_is_refused() {
    let folder = Folder::with(&scripted("good", ""));
    for (name, text) in
        [("list.json", "[3]"), ("none.json", ""), ("broken.json", "{\"rank\": "), ("null.json", "{\"rank\": null}")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for (arguments, said) in [
        (&["rank=70"][..], "arguments: `rank` is 70, expected a whole number between 1 and 16"),
        (&["rnk=7"], "`rnk` is no dimension of the space (it has: mixture, rank); did you mean `rank`?"),
        (&["mixture.c=1"], "`mixture.c` is no dimension"),
        (
            &["mixture.a=1", "mixture.b=1"],
            "a mixture that sums to 2, expected shares that sum to 1 (within 0.01); divided by their sum they are a 0.5, b 0.5",
        ),
        (&["rank=1", "rank=2"], "`rank=2` gives a value that another argument gives too"),
        (&["rank=1", "mine.json"], "`mine.json` is no file and no NAME=VALUE"),
        (&["mine.json"], "mine.json: No such file"),
        (&["list.json"], "list.json: is 3, expected an object"),
        (&["none.json"], "none.json: has no configuration"),
        (&["broken.json"], "broken.json: EOF while parsing"),
        (&["null.json"], "null.json: `rank` is null, expected a number"),
    ] {
        let ran = folder.run(&[&["enqueue"], arguments].concat());
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    assert!(!folder.path().join("runs").exists(), "no study is begun");
    folder.ok(&["enqueue", "rank=2"]);
    assert!(folder.ok(&["enqueue", "--clear"]).contains("1 configurations were in it"));
    assert_eq!(folder.json(&["enqueue", "--list"])["queue"].as_array().unwrap().len(), 0);
}

#[test]
fn the_queue_outlives_an_edit_of_the_study_file() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["enqueue", "rank=16"]);
    folder.ok(&["enqueue", "rank=3"]);
    folder.ok(&["ask"]);
    let edited = scripted("good", "").replace("high = 16", "high = 8");
    fs::write(folder.path().join("study.toml"), edited).unwrap();
    let ran = folder.run(&["ask", "--json"]);
    assert!(ran.err.contains("a configuration left the queue") && ran.err.contains("`rank` is 16"), "{}", ran.err);
    let asked: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(asked[0]["configuration"]["rank"], 3);
}

#[test]
fn a_run_that_was_not_asked_for_is_recorded() {
    let folder = Folder::with(&scripted("good", ""));
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("mine.json", "{\"rank\": 3, \"mixture\": {\"a\": 1}}");
    file(
        "full.jsonl",
        "{\"step\": 50, \"eval_loss\": 0.4, \"acc\": 0.7}\n{\"step\": 100, \"eval_loss\": 0.3, \"acc\": 0.8}\n",
    );
    file("early.jsonl", "{\"step\": 20, \"eval_loss\": 0.9}\n");
    let tell = |metrics: &str| folder.ok(&["tell", "--configuration", "mine.json", metrics]);
    assert_eq!(tell("full.jsonl"), "recorded as run 0: a full run; it uses no budget\n");
    assert_eq!(tell("early.jsonl"), "recorded as run 1: trained to step 20 of 100; it uses no budget\n");
    let best = folder.json(&["best"]);
    assert_eq!((&best["run"], &best["spent"], &best["metrics"]["acc"]), (&0.into(), &0.into(), &0.8.into()));
    file("rank.json", "{\"mixture\": {\"a\": 1}}");
    file("late.jsonl", "{\"step\": 120, \"eval_loss\": 0.9}\n");
    file("other.jsonl", "{\"step\": 20, \"loss\": 0.9}\n");
    for (arguments, said) in [
        (["tell", "--configuration", "rank.json", "full.jsonl"], "rank.json: no value for `rank`"),
        (["tell", "--configuration", "mine.json", "late.jsonl"], "late.jsonl:1: step 120 is past"),
        (["tell", "--configuration", "mine.json", "other.jsonl"], "other.jsonl: no line has a step and `eval_loss`"),
    ] {
        let ran = folder.run(&arguments);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    let ran = folder.run(&["tell", "full.jsonl"]);
    assert!(ran.code == Some(2) && ran.err.contains("`full.jsonl` is no number of a run"), "{}", ran.err);
    folder.ok(&["run"]);
    assert_eq!(folder.json(&["status", "--all"])["rows"][1]["step"], 20, "it cannot be trained further");
    folder.ok(&["report"]);
}

#[test]
fn early_runs_are_imported_and_a_new_part_counts_as_zero() {
    let first = Folder::with(&scripted("good", ""));
    first.ok(&["run"]);
    first.ok(&["export", "table"]);
    let states = first.json(&["status"])["by_status"].clone();
    let table = first.path().join("table");
    let wider = scripted("good", "").replace("parts = [\"a\", \"b\"]", "parts = [\"a\", \"b\", \"law\"]");
    let wider = wider + "[[dimension]]\nname = \"lora_dropout\"\nkind = \"real\"\nlow = 0.0\nhigh = 0.1\n";
    let second = Folder::with(&wider);
    let refused = second.run(&["import", table.to_str().unwrap()]);
    assert!(refused.code == Some(2) && refused.err.contains("no value for `lora_dropout`"), "{}", refused.err);
    let said = second.ok(&["import", table.to_str().unwrap(), "--set", "lora_dropout=0.05"]);
    let (full, early) = (&states["finished"], &states["paused"]);
    assert!(said.contains(&format!("{full} full runs imported, and {early} shorter ones")), "{said}");
    assert!(said.contains("`mixture.law` counts as 0: the table does not have it"), "{said}");
    let best = second.json(&["best"])["configuration"].clone();
    assert_eq!((&best["lora_dropout"], &best["mixture"]["law"]), (&0.05.into(), &0.0.into()));
    let twice = second.run(&["import", table.to_str().unwrap(), "--set", "rank=3"]);
    assert!(twice.err.contains("--set rank: the table has values of `rank`"), "{}", twice.err);
    second.ok(&["run"]);
    let third = Folder::with(&scripted("good", ""));
    let only = third.json(&["import", table.to_str().unwrap(), "--full-only"]);
    assert_eq!((&only["imported"], &only["too_short"]), (full, early));
}
