//! Studies with a transferred prior.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use super::{Folder, emulated};

/// A folder with `maths`, a study that has been run, its export in `old`, and a `study.toml` that transfers from `studies`.
fn folder(studies: &str, step_ms: &str) -> Folder {
    let folder = Folder::with(&new(studies, step_ms));
    fs::create_dir(folder.path().join("maths")).unwrap();
    fs::write(folder.path().join("maths/study.toml"), emulated("jobs", 6, 1, "")).unwrap();
    folder.ok(&["run", "--study", "maths/study.toml"]);
    folder.ok(&["export", "old", "--study", "maths/study.toml"]);
    folder
}

/// A study of another task.
fn new(studies: &str, step_ms: &str) -> String {
    let study = emulated("jobs", 5, 2, step_ms).replace("\"gsm8k\"", "\"mmlu\"");
    format!("{study}[transfer]\nstudies = {studies}\n")
}

#[test]
fn a_study_file_its_folder_and_a_run_table_give_the_same_prior() {
    let runs = |studies: &str| {
        let folder = folder(studies, "");
        let known = folder.json(&["export", "again", "--study", "maths/study.toml"])["runs"].clone();
        for study in folder.json(&["check", "--no-run"])["transfer"].as_array().unwrap() {
            assert_eq!(study["runs"], known);
            assert_eq!(study["dimensions"].as_array().unwrap().len(), 10, "without the mixture");
        }
        folder.ok(&["run"]);
        folder.events()
    };
    let first = runs("[\"maths/study.toml\"]");
    assert_eq!(runs("[\"maths\"]"), first);
    assert_eq!(runs("[\"old\"]"), first);
    assert_ne!(runs("[]"), first);
}

#[test]
fn a_killed_study_continues_without_the_earlier_studies() {
    let undisturbed = folder("[\"maths\", \"old\"]", "");
    undisturbed.ok(&["run"]);
    let folder = folder("[\"maths\", \"old\"]", "step_ms = 0.2");
    let mut child = folder.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while fs::metadata(folder.path().join("runs/journal")).map_or(0, |m| m.len()) < 2000 {
        std::thread::sleep(Duration::from_millis(5));
        assert!(child.try_wait().unwrap().is_none(), "the study finished before it could be killed");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_dir_all(folder.path().join("maths")).unwrap();
    fs::write(folder.path().join("old/runs.csv"), "spoilt").unwrap();
    folder.ok(&["run"]);
    assert_eq!(folder.journal(), undisturbed.journal());
    assert_eq!(folder.json(&["best"]), undisturbed.json(&["best"]));
    folder.ok(&["report"]);

    fs::write(folder.path().join("study.toml"), new("[\"maths\"]", "")).unwrap();
    let refused = folder.run(&["run"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("its `transfer.studies` was maths, old, and is now maths"), "{}", refused.err);
    fs::write(folder.path().join("study.toml"), new("[\"maths\", \"old\"]", "")).unwrap();
    fs::remove_dir_all(folder.path().join("runs/transfer/2")).unwrap();
    let refused = folder.run(&["best"]);
    assert!(refused.err.contains("runs/transfer/2/space.toml"), "{}", refused.err);
    assert!(refused.err.contains("copied this table when it started"), "{}", refused.err);
}

/// A metric that is maximised gives the same prior as its negative that is minimised.
#[test]
fn a_maximised_metric_changes_sign() {
    let folder = folder("[\"old\"]", "");
    folder.ok(&["run"]);
    let mirrored = Folder::with(&new("[\"old\"]", ""));
    let old = mirrored.path().join("old");
    fs::create_dir(&old).unwrap();
    for file in ["space.toml", "runs.csv"] {
        fs::copy(folder.path().join("old").join(file), old.join(file)).unwrap();
    }
    let curves = fs::read_to_string(folder.path().join("old/curves.csv")).unwrap();
    let mut lines = curves.lines();
    let header = lines.next().unwrap().to_owned();
    let turned = lines.map(|line| {
        let (key, value) = line.rsplit_once(',').unwrap();
        format!("{key},{}", -value.parse::<f64>().unwrap())
    });
    let turned: Vec<String> = std::iter::once(header).chain(turned).collect();
    fs::write(old.join("curves.csv"), turned.join("\n") + "\n").unwrap();
    let study = new("[\"old\"]", "").replace("[method]", "[objective]\ndirection = \"maximise\"\n[method]");
    fs::write(mirrored.path().join("study.toml"), study).unwrap();
    mirrored.ok(&["run"]);
    // the kept tables hold losses in both studies; the emulator's own losses keep their sign, so the studies differ
    let kept = |f: &Folder| fs::read_to_string(f.path().join("runs/transfer/1/curves.csv")).unwrap();
    assert_eq!(kept(&mirrored), kept(&folder));
}

#[test]
fn unusable_studies_are_refused_with_their_line() {
    let folder = folder("[]", "");
    let refused = |studies: &str, expected: &str| {
        fs::write(folder.path().join("study.toml"), new(studies, "")).unwrap();
        for command in [&["check", "--no-run"][..], &["run"]] {
            let ran = folder.run(command);
            assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
            assert!(ran.err.contains(expected), "{expected}: {}", ran.err);
        }
        assert!(!folder.path().join("runs/journal").exists());
    };
    refused(
        "[\"nowhere\"]",
        "study.toml:12: `transfer.studies` contains nowhere, expected a study file, the folder of",
    );
    refused("[\"old\", \"maths\", \"old\"]", "study.toml:12: `transfer.studies` contains old twice");
    refused("[3]", "study.toml:12: invalid type: integer `3`, expected path string");
    let old = |file: &str| folder.path().join("old").join(file);
    let runs = fs::read_to_string(old("runs.csv")).unwrap();
    let first: Vec<&str> = runs.lines().take(3).collect();
    let curves = fs::read_to_string(old("curves.csv")).unwrap();
    fs::write(old("runs.csv"), first.join("\n") + "\n").unwrap();
    let kept = |l: &&str| l.starts_with("run_id") || l.starts_with("0,") || l.starts_with("1,");
    fs::write(old("curves.csv"), curves.lines().filter(kept).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    refused(
        "[\"old\"]",
        "study.toml:12: `transfer.studies` cannot be used: nothing can be transferred from old: 2 of its runs have a value",
    );
    fs::write(old("runs.csv"), "id\n").unwrap();
    refused("[\"old\"]", "runs.csv:1: no column `run_id`");
}
