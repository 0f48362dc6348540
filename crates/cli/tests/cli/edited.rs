//! A study file that was edited after the study began.

use std::fs;

use super::{Folder, scripted};

fn rewrite(folder: &Folder, from: &str, to: &str) {
    let path = folder.path().join("study.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn before_any_result_every_edit_starts_the_study_again() {
    let folder = Folder::with(&scripted("broken", ""));
    assert_eq!(folder.run(&["run"]).code, Some(3));
    rewrite(&folder, "\"broken\"", "\"good\"");
    rewrite(&folder, "high = 16", "high = 8");
    rewrite(&folder, "[trainer]", "[method]\nname = \"random\"\n[trainer]");
    let status = folder.ok(&["status"]);
    assert!(status.contains("no run yet"), "{status}");
    let told = folder.run(&["forget", "0"]);
    assert!(told.code == Some(6) && told.err.contains("`jobs run` and `jobs ask` start again with it"), "{}", told.err);
    let ran = folder.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let said = "the dimension `rank` was integer, 1 to 16, and is now integer, 1 to 8. No run had a result, so the study starts again";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert!(folder.path().join("runs/before-edit-1/journal").exists());
    assert!(folder.path().join("runs/before-edit-1/runs/run-00000").exists());
    folder.ok(&["check", "--journal"]);
    assert_eq!(folder.json(&["status"])["budget_used"], 700);
}

#[test]
fn asked_runs_are_no_results_either_and_each_edit_has_its_folder() {
    let folder = Folder::with(&scripted("good", ""));
    for high in [16, 12, 8] {
        if high < 16 {
            rewrite(&folder, &format!("high = {}", high + 4), &format!("high = {high}"));
        }
        folder.ok(&["ask"]);
    }
    assert!(folder.path().join("runs/before-edit-2/journal").exists());
    assert_eq!(folder.json(&["status"])["runs"], 1);
}

#[test]
fn with_a_result_an_edit_is_refused_and_what_differs_is_named() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["run"]);
    for (from, to, said) in [
        ("high = 16", "high = 32", "the dimension `rank` was integer, 1 to 16, and is now integer, 1 to 32"),
        ("parts = [\"a\", \"b\"]", "parts = [\"a\", \"b\", \"c\"]", "the dimension `mixture` was mixture of 2: a, b"),
        ("name = \"rank\"", "name = \"lora_rank\"", "the dimension `rank` (integer, 1 to 16) is gone"),
        (
            "high = 16",
            "high = 16\n[[dimension]]\nname = \"on\"\nkind = \"boolean\"",
            "the dimension `on` (yes or no) is new",
        ),
    ] {
        rewrite(&folder, from, to);
        let ran = folder.run(&["run"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{to}: {:?} {}", ran.code, ran.err);
        assert!(ran.err.contains("`jobs export table`") && ran.err.contains("`jobs import table`"), "{}", ran.err);
        rewrite(&folder, to, from);
    }
    assert!(!folder.path().join("runs/before-edit-1").exists());
    folder.ok(&["run"]);
}

#[test]
fn a_run_in_training_is_not_set_aside() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask"]);
    let run = folder.path().join("runs/runs/run-00000");
    fs::write(run.join("attempt-1.request.json"), "{}").unwrap();
    let held = fs::File::create(run.join("lock")).unwrap();
    held.try_lock().unwrap();
    rewrite(&folder, "high = 16", "high = 8");
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(4) && ran.err.contains("may still be in training; end it"), "{}", ran.err);
    assert!(folder.path().join("runs/journal").exists());
    drop(held);
    folder.ok(&["run"]);
}
