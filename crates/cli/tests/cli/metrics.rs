//! Every metric is recorded, and what is probably not meant is said.

use std::fs;

use super::{Folder, scripted};

/// A trainer that reports `line` at every tenth step; `STEP` and `RANK` are replaced.
fn prints(line: &str, rest: &str) -> Folder {
    let script = "to=$(sed -n 's/.*\"to\": *\\([0-9]*\\).*/\\1/p' \"$1\")\nfrom=$(sed -n 's/.*\"from\": *\\([0-9]*\\).*/\\1/p' \"$1\")\n\
                  rank=$(sed -n 's/.*\"rank\": *\\([0-9]*\\).*/\\1/p' \"$1\")\nstep=$from\n\
                  while [ \"$step\" -lt \"$to\" ]; do\n  step=$((step + 10))\n\
                  sed \"s/STEP/$step/g; s/RANK/$rank/g\" line\ndone\n";
    let text = scripted("good", rest);
    let command = text.lines().find(|l| l.starts_with("command")).unwrap().to_owned();
    let folder = Folder::with(&text.replace(&command, "command = [\"sh\", \"print.sh\"]"));
    fs::write(folder.path().join("print.sh"), script).unwrap();
    fs::write(folder.path().join("line"), format!("{line}\n")).unwrap();
    folder
}

#[test]
fn all_metrics_are_in_the_journal_the_export_and_the_best() {
    let line = "{\"step\": STEP, \"train_loss\": 9.5}\n{\"step\": STEP, \"eval_loss\": 1.RANK, \"eval_f1\": 0.STEP, \"note\": \"x\"}";
    let folder = prints(line, "");
    folder.ok(&["run"]);
    let best = folder.json(&["best"]);
    assert_eq!((&best["metrics"]["eval_f1"], &best["metrics"]["train_loss"]), (&0.1.into(), &9.5.into()), "{best}");
    assert!(folder.ok(&["best"]).contains("Its other metrics: eval_f1 0.10000, train_loss 9.5000"));
    let status = folder.json(&["status"]);
    assert_eq!(status["best"]["metrics"]["train_loss"], 9.5, "{status}");
    assert!(folder.events().iter().any(|e| e.contains("\"metrics\"") && e.contains("eval_f1")));
    folder.ok(&["export", "table"]);
    let curves = fs::read_to_string(folder.path().join("table/curves.csv")).unwrap();
    assert!(curves.starts_with("run_id,step,eval_loss,eval_f1,train_loss\n") && curves.contains("0,10,1."), "{curves}");
    jobs_core::RunTable::read(&folder.path().join("table")).unwrap();
    let next = Folder::with(&scripted("good", ""));
    next.ok(&["import", &folder.path().join("table").display().to_string()]);
}

#[test]
fn told_metrics_are_recorded_too() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask"]);
    fs::write(
        folder.path().join("m.jsonl"),
        "{\"step\": 10, \"eval_loss\": 2, \"acc\": 0.5}\n{\"step\": 20, \"eval_loss\": 1, \"acc\": 0.75}\n",
    )
    .unwrap();
    folder.ok(&["tell", "0", "m.jsonl"]);
    assert_eq!(folder.json(&["best"])["metrics"]["acc"], 0.75);
}

#[test]
fn what_is_probably_not_meant_is_said_once() {
    let accuracy = "[objective]\nmetric = \"eval_accuracy\"";
    for (rest, key, said) in [
        (
            accuracy,
            "eval_accuracy",
            "the study minimises `eval_accuracy`; if that is not meant, set direction = \"maximise\"",
        ),
        ("[objective]\ndirection = \"maximise\"", "eval_loss", "the study maximises `eval_loss`"),
    ] {
        let folder = prints(&format!("{{\"step\": STEP, \"{key}\": 0.5RANK}}"), rest);
        let checked = folder.ok(&["check"]);
        assert_eq!(checked.matches(said).count(), 1, "{checked}");
        let ran = folder.run(&["run"]);
        assert!(ran.code == Some(0) && ran.err.matches(said).count() == 1, "{}", ran.err);
        assert!(folder.json(&["best"])["warnings"][0].as_str().unwrap().contains(said), "nothing else is changed");
    }
    let folder = prints("{\"step\": STEP, \"eval_loss\": 2.5}", "");
    assert!(folder.run(&["run"]).out.contains("warning: `eval_loss` was 2.5000 in every evaluation of all"));
    let folder = prints("{\"step\": STEP, \"eval_loss\": 1RANK}", "[method]\nname = \"random\"");
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap().replace("high = 16", "high = 2");
    fs::write(folder.path().join("study.toml"), study).unwrap();
    let out = folder.run(&["run"]).out;
    assert!(out.contains("the best `rank` is 1, its lower bound; a wider range may hold a better one"), "{out}");
    let folder = prints("{\"step\": STEP, \"eval_loss\": 1.RANK}", "");
    folder.ok(&["run"]);
    let text = folder.ok(&["best"]);
    assert!(!text.contains("minimises") && !text.contains("every evaluation"), "{text}");
}
