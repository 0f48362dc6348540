//! `jobs check --journal`, and files that a study depends on.

use std::fs;

use super::{Folder, emulated, scripted};

#[test]
fn a_sound_journal_passes_and_every_damage_is_found() {
    let folder = Folder::with(&scripted("good", ""));
    assert_eq!(folder.run(&["check", "--journal"]).code, Some(6), "there is no journal yet");
    folder.ok(&["run"]);
    let text = folder.ok(&["check", "--journal"]);
    assert!(text.starts_with("The journal is sound") && text.contains("train.sh"), "{text}");
    assert_eq!(folder.json(&["check", "--journal"])["chained"], true);
    let (path, whole) = (folder.path().join("runs/journal"), folder.journal());
    let lines: Vec<&[u8]> = whole.split_inclusive(|&b| b == b'\n').collect();
    for i in 0..lines.len() {
        let without: Vec<u8> =
            lines.iter().enumerate().filter(|(k, _)| *k != i).flat_map(|(_, l)| l.to_vec()).collect();
        fs::write(&path, without).unwrap();
        let ran = folder.run(&["check", "--journal"]);
        assert!(ran.code != Some(0) && ran.err.contains("runs/journal"), "line {i}: {:?} {}", ran.code, ran.err);
    }
    // a cut end is noticed even without the note of the last line
    fs::write(&path, lines[..6].concat()).unwrap();
    fs::remove_file(folder.path().join("runs/journal.head")).unwrap();
    let ran = folder.run(&["check", "--journal"]);
    assert!(ran.code == Some(1) && ran.err.contains("the end of the journal is missing"), "{:?} {}", ran.code, ran.err);
}

#[test]
fn a_changed_table_is_refused_and_a_changed_script_is_reported() {
    let earlier = Folder::with(&emulated("random", 6, 2, ""));
    earlier.ok(&["run"]);
    let studies = format!("[transfer]\nstudies = [\"{}\"]", earlier.path().join("study.toml").display());
    let study = emulated("bo-ucb", 6, 3, &studies);
    let folder = Folder::with(&study);
    folder.ok(&["run"]);
    let curves = folder.path().join("runs/transfer/1/curves.csv");
    let text = fs::read_to_string(&curves).unwrap();
    fs::write(&curves, text.replacen('1', "2", 1)).unwrap();
    let refused = folder.run(&["best"]);
    assert!(refused.code == Some(2) && refused.err.contains("`jobs accept`"), "{}", refused.err);
    for command in ["run", "best", "status"] {
        let ran = folder.run(&[command, "--json"]);
        if command != "status" {
            assert!(
                ran.code == Some(2) && ran.err.contains("transfer/1/curves.csv"),
                "{command}: {:?} {}",
                ran.code,
                ran.err
            );
        }
    }
    fs::write(&curves, text).unwrap();
    folder.ok(&["best"]);

    let script =
        "to=$(sed -n 's/.*\"to\": \\([0-9]*\\).*/\\1/p' $1); echo \"{\\\"step\\\": $to, \\\"eval_loss\\\": 1.$to}\"\n";
    let text = scripted("good", "");
    let begin = text.find("command = [").unwrap();
    let end = begin + text[begin..].find('\n').unwrap();
    let folder = Folder::with(&[&text[..begin], "command = [\"sh\", \"own.sh\"]", &text[end..]].concat());
    fs::write(folder.path().join("own.sh"), script).unwrap();
    folder.ok(&["ask"]);
    fs::write(folder.path().join("own.sh"), format!("# corrected\n{script}")).unwrap();
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(0) && ran.err.contains("warning: own.sh was changed"), "{:?} {}", ran.code, ran.err);
}

#[test]
fn outputs_of_runs_are_compared_with_the_journal() {
    let folder = Folder::with(&scripted("crash", "[objective]\nmetric = \"eval_loss\""));
    folder.ok(&["run"]);
    let checked = folder.json(&["check", "--journal"]);
    assert_eq!((&checked["outputs"], &checked["without_outputs"]), (&checked["runs"], &0.into()), "{checked}");
    let output = folder.path().join("runs/runs/run-00000/attempt-1.out");
    let text = fs::read_to_string(&output).unwrap();
    let line = text.lines().find(|l| l.contains("\"step\": 10,")).unwrap();
    for (changed, has) in [(line.replace("1.", "7."), "has 7."), (String::new(), "has nothing")] {
        fs::write(&output, text.replace(line, &changed)).unwrap();
        let ran = folder.run(&["check", "--journal"]);
        assert!(ran.code == Some(1) && ran.err.contains("run 0 has eval_loss 1."), "{:?} {}", ran.code, ran.err);
        assert!(ran.err.contains(has) && ran.err.contains("run-00000"), "{}", ran.err);
    }
    let more = line.replace("\"step\": 10,", "\"step\": 11,");
    fs::write(&output, text.replace(line, &format!("{line}\n{more}"))).unwrap();
    let ran = folder.run(&["check", "--journal"]);
    assert!(ran.code == Some(1) && ran.err.contains("has eval_loss nothing at step 11"), "{}", ran.err);
    fs::write(&output, "").unwrap();
    assert!(folder.ok(&["check", "--journal"]).contains("1 runs have results that their output files do not reach"));
    fs::write(&output, text).unwrap();
    folder.ok(&["check", "--journal"]);
}

#[test]
fn a_changed_file_can_be_accepted() {
    let earlier = Folder::with(&emulated("random", 6, 2, ""));
    earlier.ok(&["run"]);
    let studies = format!("[transfer]\nstudies = [\"{}\"]", earlier.path().join("study.toml").display());
    let folder = Folder::with(&emulated("bo-ucb", 6, 3, &studies));
    assert_eq!(folder.run(&["accept"]).code, Some(6), "there is no journal yet");
    folder.ok(&["run"]);
    let before = folder.journal();
    assert!(folder.ok(&["accept"]).contains("no file that the study depends on has changed"));
    assert_eq!(folder.journal(), before);
    let curves = folder.path().join("runs/transfer/1/curves.csv");
    let text = fs::read_to_string(&curves).unwrap();
    fs::write(&curves, text.replacen(",1.", ",2.", 1)).unwrap();
    assert_eq!(folder.run(&["extend", "--runs", "1"]).code, Some(2));
    assert_eq!(folder.json(&["accept"])["accepted"], serde_json::json!(["runs/transfer/1/curves.csv"]));
    assert!(folder.events().last().unwrap().starts_with("{\"event\":\"files\""), "the journal records it");
    for arguments in [&["best"][..], &["check", "--journal"], &["extend", "--runs", "1"], &["run"], &["accept"]] {
        folder.ok(arguments);
    }
    fs::write(&curves, text).unwrap();
    assert_eq!(folder.run(&["best"]).code, Some(2), "the file as it was is another change");
    // other changes are not accepted by it
    let other = fs::read_to_string(folder.path().join("study.toml")).unwrap().replace("seed = 3", "seed = 4");
    fs::write(folder.path().join("study.toml"), other).unwrap();
    assert!(folder.run(&["accept"]).err.contains("it was seed 3"));
}
