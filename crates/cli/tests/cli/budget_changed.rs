//! More budget for a study, or less.

use std::fs;

use super::{Folder, emulated, scripted};

fn rewrite(folder: &Folder, from: &str, to: &str) {
    let path = folder.path().join("study.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn a_finished_study_goes_on_where_the_file_has_more_steps() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["run"]);
    let before = folder.json(&["status"]);
    assert_eq!(before["budget_used"], 700);
    rewrite(&folder, "total_steps = 700", "total_steps = 1000");
    assert_eq!(folder.json(&["status"])["total"], 1000, "also before the next run");
    folder.ok(&["best"]);
    folder.ok(&["report"]);
    assert!(!folder.events().iter().any(|e| e.contains("budget")), "commands that read change nothing");
    let ran = folder.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("the budget was 700 steps, and is now 1000; 300 steps are left"), "{}", ran.err);
    let after = folder.json(&["status"]);
    assert_eq!((&after["budget_used"], &after["total"]), (&1000.into(), &1000.into()));
    assert!(after["runs"].as_u64() > before["runs"].as_u64());
    let events = folder.events();
    assert_eq!(events.iter().filter(|e| *e == "{\"event\":\"budget\",\"total\":1000}").count(), 1);
    folder.ok(&["check", "--journal"]);
    // a replay without the kept state gives the same study
    let best = folder.json(&["best"]);
    fs::remove_file(folder.path().join("runs/state")).unwrap();
    assert_eq!(folder.json(&["best"]), best);
}

#[test]
fn extend_changes_the_number_in_the_file_and_nothing_else() {
    let folder = Folder::with(&emulated("jobs", 3, 0, "").replace("total_steps = 1875", "total_steps = 1_875 # three"));
    let path = folder.path().join("study.toml");
    let written = fs::read_to_string(&path).unwrap();
    let said = folder.ok(&["extend", "--runs", "1"]);
    assert!(said.contains("was 1875, and is now 2500; 2500 steps are left"), "{said}");
    assert!(!folder.path().join("runs").exists(), "no study is begun");
    assert_eq!(fs::read_to_string(&path).unwrap(), written.replace("1_875", "2500"));
    folder.ok(&["run"]);
    let extended = folder.json(&["extend", "--steps", "700"]);
    assert_eq!((&extended["before"], &extended["total"]), (&2500.into(), &3200.into()));
    assert!(fs::read_to_string(&path).unwrap().contains("total_steps = 3200 # three"));
    assert!(folder.events().last().unwrap().contains("\"total\":3200"));
    folder.ok(&["run"]);
    assert!(folder.json(&["status"])["budget_used"].as_u64().unwrap() > 2500);
    assert_eq!(folder.events().iter().filter(|e| e.contains("\"budget\"")).count(), 1, "the run records no other");
}

#[test]
fn less_budget_is_allowed_down_to_what_is_used() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask", "--count", "2"]);
    folder.ok(&["ask", "--count", "2"]);
    rewrite(&folder, "total_steps = 700", "total_steps = 100");
    folder.ok(&["ask", "--pending"]);
    assert_eq!(folder.json(&["status"])["total"], 100);
    rewrite(&folder, "total_steps = 100", "total_steps = 900");
    folder.ok(&["run"]);
    rewrite(&folder, "total_steps = 900", "total_steps = 300");
    assert_eq!(folder.json(&["status"])["total"], 900, "commands that read show what is in force");
    folder.ok(&["export", "table"]);
    for command in ["run", "ask"] {
        let ran = folder.run(&[command]);
        assert_eq!(ran.code, Some(2), "{command}: {}", ran.err);
        let said = "study.toml:2: `budget.total_steps` is 300, but 900 steps are used or reserved for runs in training; expected at least 900";
        assert!(ran.err.contains(said), "{command}: {}", ran.err);
    }
}

#[test]
fn what_cannot_be_added_is_refused_and_changes_nothing() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    folder.ok(&["run"]);
    let (study, journal) = (fs::read(folder.path().join("study.toml")).unwrap(), folder.journal());
    let lock = jobs::StudyLock::take(&folder.path().join("runs/lock")).unwrap();
    let busy = folder.run(&["extend", "--runs", "1"]);
    assert!(busy.code == Some(4) && busy.err.contains("stop it (Ctrl-C keeps its checkpoints)"), "{}", busy.err);
    drop(lock);
    for (arguments, said) in [
        (&["extend"][..], "--runs <N>|--steps <STEPS>"),
        (&["extend", "--runs", "1", "--steps", "2"], "cannot be used with"),
        (&["extend", "--runs", "0"], "--runs is 0, expected at least 1; for less budget, lower `total_steps`"),
        (&["extend", "--steps", "18446744073709551615"], "which is too large"),
        (&["extend", "--runs", "-3"], "unexpected argument"),
        (&["extend", "--steps", "ten"], "invalid value 'ten'"),
    ] {
        let ran = folder.run(arguments);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    assert_eq!((fs::read(folder.path().join("study.toml")).unwrap(), folder.journal()), (study, journal));
}
