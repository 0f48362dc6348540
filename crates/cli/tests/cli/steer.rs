//! `jobs skip`, `jobs fail`, `jobs pause`, `jobs resume`, and configurations that are not repeated.

use std::collections::HashSet;
use std::fs;

use super::{Folder, emulated, scripted};

/// A study of twelve configurations.
fn finite() -> String {
    let text = scripted("good", "");
    let start = text.split("[[dimension]]").next().unwrap().to_owned();
    start
        + "[[dimension]]\nname = \"a\"\nkind = \"boolean\"\n[[dimension]]\nname = \"rank\"\nkind = \"categorical\"\nchoices = [1, 4, 16]\n\
           [[dimension]]\nname = \"k\"\nkind = \"categorical\"\nchoices = [\"x\", \"y\"]\n"
}

/// The configurations of the runs, in their order.
fn configurations(folder: &Folder) -> Vec<String> {
    let starts = folder.events().into_iter().filter(|e| e.contains("\"start\""));
    let point = |e: String| serde_json::from_str::<serde_json::Value>(&e).unwrap()["point"].to_string();
    starts.map(point).collect()
}

#[test]
fn every_configuration_is_tried_before_one_is_repeated() {
    for workers in ["1", "6"] {
        let folder = Folder::with(&finite());
        let ran = folder.run(&["run", "--workers", workers]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let tried = configurations(&folder);
        let first: HashSet<&String> = tried.iter().take(12).collect();
        assert_eq!(first.len(), 12, "{workers} workers: {tried:?}");
        let repeats = tried.len() > 12;
        assert_eq!(ran.err.contains("every configuration of the space has a run"), repeats, "{}", ran.err);
    }
}

/// A journal of an earlier version has no such rule in its header, and belongs to the study all the same.
#[test]
fn a_journal_without_the_rule_goes_on() {
    let folder = Folder::with(&finite());
    folder.ok(&["ask"]);
    let journal = String::from_utf8(folder.journal()).unwrap();
    assert!(journal.lines().next().unwrap().contains("\"repeats\":\"once all are tried\""), "{journal}");
    let endless = Folder::with(&scripted("good", ""));
    endless.ok(&["ask"]);
    assert!(!String::from_utf8(endless.journal()).unwrap().contains("repeats"));
}

#[test]
fn runs_are_skipped_failed_paused_and_resumed() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask", "--count", "4"]);
    assert!(
        folder
            .ok(&["skip", "0"])
            .contains("run 0 skipped: its configuration is not tried again, and 20 steps are free")
    );
    assert!(folder.ok(&["fail", "1"]).contains("run 1 failed: the search avoids its configuration"));
    assert!(folder.ok(&["pause", "2"]).contains("does not go on until `jobs resume 2`"));
    assert_eq!(folder.json(&["ask", "--pending"]).as_array().unwrap().len(), 1);
    let by_status = folder.json(&["status"])["by_status"].clone();
    assert_eq!((&by_status["withdrawn"], &by_status["diverged"]), (&1.into(), &1.into()), "{by_status}");
    for (arguments, said) in [
        (["skip", "0"], "run 0 was withdrawn before"),
        (["fail", "1"], "run 1 is Diverged, expected Pending or Paused"),
        (["pause", "2"], "run 2 is paused by the user"),
        (["resume", "3"], "run 3 is not paused by the user"),
        (["fail", "9"], "there is no run 9"),
    ] {
        let ran = folder.run(&arguments);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(0) && ran.err.contains("run 2 is paused, and does not go on until"), "{}", ran.err);
    assert_eq!(folder.json(&["status"])["by_status"]["running"], 1);
    folder.ok(&["resume", "2"]);
    folder.ok(&["run"]);
    let status = folder.json(&["status"]);
    assert!(status["by_status"].get("running").is_none(), "{status}");
    folder.ok(&["report"]);
    folder.ok(&["export", "table", "--csv", "runs.csv"]);
    assert!(fs::read_to_string(folder.path().join("runs.csv")).unwrap().contains("withdrawn"));
}

#[test]
fn nothing_is_decided_before_a_study() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    for what in ["skip", "fail", "pause", "resume"] {
        assert_eq!(folder.run(&[what, "0"]).code, Some(6));
    }
    assert!(!folder.path().join("runs").exists(), "no study is begun");
}
