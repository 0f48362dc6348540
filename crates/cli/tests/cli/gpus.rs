//! GPUs of runs.

use std::collections::BTreeMap;
use std::fs;

use super::{Folder, Ran, scripted};

/// Runs a study whose trainer notes the GPUs it sees and how many other runs have one of them; the notes, with their number.
fn seen(visible: Option<&str>, workers: &str, executor: &str) -> (Ran, BTreeMap<String, usize>) {
    let script = "for g in $(echo $CUDA_VISIBLE_DEVICES | tr , ' '); do mkdir busy-$g || echo shared >> seen; done; \
        echo \"$CUDA_VISIBLE_DEVICES $JOBS_WORKER\" >> seen; sleep 0.1; \
        to=$(sed -n 's/.*\"to\": \\([0-9]*\\).*/\\1/p' $1); echo \"{\\\"step\\\": $to, \\\"eval_loss\\\": 1.$to}\"; \
        for g in $(echo $CUDA_VISIBLE_DEVICES | tr , ' '); do rmdir busy-$g; done";
    let study = scripted("good", &format!("[executor]\n{executor}"));
    let begin = study.find("command = [").unwrap();
    let end = begin + study[begin..].find('\n').unwrap();
    let command = format!("command = [\"sh\", \"-c\", {}, \"sh\"]", toml_text(script));
    let folder = Folder::with(&[&study[..begin], &command, &study[end..]].concat());
    let mut run = folder.command(&["run", "--workers", workers]);
    match visible {
        Some(visible) => run.env("CUDA_VISIBLE_DEVICES", visible),
        None => run.env_remove("CUDA_VISIBLE_DEVICES"),
    };
    let ran = Ran::of(run.output().unwrap());
    let notes = fs::read_to_string(folder.path().join("seen")).unwrap_or_default();
    let mut counts = BTreeMap::new();
    notes.lines().for_each(|line| *counts.entry(line.to_owned()).or_default() += 1);
    (ran, counts)
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test]
fn every_run_sees_its_own_gpus() {
    let own = ["2 2", "5 5", "7 7"];
    for (visible, executor, expected) in [
        (None, "gpus = [2, 5, 7]", &own[..]),
        (Some("2,5,7"), "", &own),
        (Some("0"), "gpus = [2, \"5\", 7]", &own),
        (None, "gpus = [0, 1, 2, 3, 4, 5]\ngpus_per_run = 2", &["0,1 0,1", "2,3 2,3", "4,5 4,5"]),
        (None, "gpus = [\"GPU-a\", \"MIG-b\", 0]", &["0 0", "GPU-a GPU-a", "MIG-b MIG-b"]),
        (None, "", &[" 0", " 1", " 2"]),
    ] {
        let (ran, seen) = seen(visible, "3", executor);
        assert_eq!(ran.code, Some(0), "{executor}: {}", ran.err);
        assert_eq!(seen.keys().collect::<Vec<_>>(), expected, "{visible:?} {executor}");
    }
}

#[test]
fn runs_share_what_is_visible_where_it_is_too_little() {
    let (ran, seen) = seen(Some("3"), "2", "");
    assert!(ran.err.contains("note: CUDA_VISIBLE_DEVICES has GPUs for 1 runs at once"), "{}", ran.err);
    assert!(seen.contains_key("3 0") && seen.contains_key("3 1"), "{seen:?}");
}

#[test]
fn bad_lists_of_gpus_are_refused_with_their_line() {
    for (executor, said) in [
        ("gpus = []", "study.toml:12: `executor.gpus` is empty"),
        ("gpus = [1, 1]", "study.toml:12: `executor.gpus` contains 1 twice"),
        ("gpus = [-1]", "study.toml:12: `executor.gpus` contains \"-1\""),
        ("gpus = [1.5]", "study.toml:12: `executor.gpus` contains \"1.5\""),
        ("gpus = [\"a\"]", "study.toml:12: `executor.gpus` contains \"a\""),
        (
            "workers = 3\ngpus = [0, 1]",
            "study.toml:13: `executor.gpus` has GPUs for 2 runs at once (1 each), but there are 3 workers",
        ),
        ("gpus = [0]\ngpus_per_run = 2", "study.toml:12: `executor.gpus` has 1 GPUs, and a run is to have 2"),
        ("gpus_per_run = 0", "study.toml:12: `executor.gpus_per_run` is 0"),
        ("kind = \"slurm\"\ngpus = [0]", "study.toml:13: `executor.gpus` applies to executor.kind = \"local\" only"),
    ] {
        let folder = Folder::with(&scripted("good", &format!("[executor]\n{executor}")));
        let ran = folder.run(&["check", "--no-run"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{executor}: {:?} {}", ran.code, ran.err);
    }
    let ran = seen(None, "3", "gpus = [0, 1]").0;
    assert!(ran.code == Some(2) && ran.err.contains("there are 3 workers"), "{}", ran.err);
    let ran = seen(None, "1", "gpus_per_run = 2").0;
    assert!(ran.code == Some(2) && ran.err.contains("CUDA_VISIBLE_DEVICES is not set"), "{}", ran.err);
}
