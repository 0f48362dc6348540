//! `jobs forget`.

use std::fs;

use super::{Folder, emulated, scripted};

#[test]
fn a_report_and_a_run_that_was_given_up_are_withdrawn() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask", "--count", "3"]);
    fs::write(folder.path().join("wrong.jsonl"), "{\"step\": 20, \"eval_loss\": 0.001}\n").unwrap();
    folder.ok(&["tell", "1", "wrong.jsonl"]);
    assert_eq!(folder.json(&["best"])["run"], 1);
    let said = folder.ok(&["forget", "1"]);
    assert!(
        said.contains("run 1 withdrawn") && said.contains("20 steps are free again; 0 of 700 steps used"),
        "{said}"
    );
    assert_eq!(folder.run(&["best"]).code, Some(6), "no run has a value");
    let forgotten = folder.json(&["forget", "0"]);
    assert_eq!((&forgotten["was"], &forgotten["freed"]), (&"pending".into(), &20.into()));
    let status = folder.json(&["status"]);
    assert_eq!((&status["by_status"]["withdrawn"], &status["by_status"]["running"]), (&2.into(), &1.into()));
    assert_eq!(folder.json(&["ask", "--pending"]).as_array().unwrap().len(), 1);
    for (arguments, said) in [
        (&["forget", "1"][..], "run 1 was withdrawn before"),
        (&["forget", "9"], "there is no run 9; the study has 3 runs, numbered from 0"),
        (&["tell", "1", "wrong.jsonl"], "run 1 was withdrawn; `jobs ask` gives another"),
    ] {
        let ran = folder.run(arguments);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    let events = folder.events();
    assert!(events.iter().any(|e| e.contains("0.001")), "nothing is removed from the journal");
    assert_eq!(events.iter().filter(|e| e.contains("\"forget\"")).count(), 2);
    folder.ok(&["run"]);
    assert!(folder.json(&["best"])["run"].as_u64().unwrap() > 1);
    folder.ok(&["report"]);
    folder.ok(&["export", "table", "--csv", "runs.csv"]);
    assert!(fs::read_to_string(folder.path().join("runs.csv")).unwrap().contains("withdrawn"));
}

#[test]
fn every_asked_run_can_be_given_up() {
    let folder = Folder::with(&scripted("good", ""));
    let mut asked = 0;
    while folder.run(&["ask"]).code == Some(0) && asked < 50 {
        asked += 1;
    }
    let refused = folder.run(&["ask"]);
    assert!(refused.code == Some(6) && refused.err.contains("`jobs forget RUN` withdraws one"), "{}", refused.err);
    (0..asked).for_each(|run| drop(folder.ok(&["forget", &run.to_string()])));
    folder.ok(&["ask"]);
}

#[test]
fn nothing_is_forgotten_before_or_beside_a_study() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    assert_eq!(folder.run(&["forget", "0"]).code, Some(6));
    assert!(!folder.path().join("runs").exists(), "no study is begun");
    folder.ok(&["run"]);
    let lock = jobs::StudyLock::take(&folder.path().join("runs/lock")).unwrap();
    assert_eq!(folder.run(&["forget", "0"]).code, Some(4));
    drop(lock);
    folder.ok(&["forget", "0"]);
    let best = folder.json(&["best"]);
    assert_eq!(best["run"], 1);
    folder.ok(&["run"]);
    assert_eq!(folder.json(&["status"])["runs"], 3, "the steps are free again");
}

#[test]
fn results_without_the_metric_are_refused() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask"]);
    let to = folder.json(&["ask", "--pending"])[0]["to"].clone();
    for (line, said) in [
        (
            format!("{{\"step\": {to}, \"loss\": 1.2}}\n"),
            "no line after step 0 has `eval_loss`, the metric of the study; besides the step there is loss",
        ),
        (format!("{{\"step\": {to}}}\n"), "besides the step there is no number"),
    ] {
        fs::write(folder.path().join("m.jsonl"), line).unwrap();
        let ran = folder.run(&["tell", "0", "m.jsonl"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{:?} {}", ran.code, ran.err);
    }
    assert_eq!(folder.events().len(), 1, "nothing was recorded");
    fs::write(folder.path().join("m.jsonl"), format!("{{\"step\": {to}, \"eval_loss\": 1.2}}\n")).unwrap();
    folder.ok(&["tell", "0", "m.jsonl"]);
}
