//! Complete workflows.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Folder, emulated, scripted};

#[test]
fn from_an_empty_folder_to_the_best_configuration() {
    let folder = Folder::new();
    assert!(folder.ok(&["init", "--domains", "maths,code,chat", "--layers", "16"]).contains("study.toml, train.py"));
    let again = folder.run(&["init", "--domains", "maths,code"]);
    assert!(again.code == Some(2) && again.err.contains("study.toml exists and is not overwritten"), "{}", again.err);
    assert!(folder.ok(&["check", "--no-run"]).contains("mixture of 3: maths, code, chat"));
    assert!(folder.ok(&["plan"]).contains("Plan of my-model: 7500 steps"));
    let python = fs::read_to_string(folder.path().join("train.py")).unwrap();
    assert!(python.lines().count() <= 130 && python.contains("LoraConfig"), "{} lines", python.lines().count());
    let broken = folder.run(&["check"]);
    assert!(broken.code == Some(3) && broken.err.contains("the trainer failed"), "{:?} {}", broken.code, broken.err);
    assert!(folder.ok(&["status"]).contains("no run yet"));

    let ten_full_runs = scripted("good", "[executor]\nworkers = 3").replace("total_steps = 700", "total_steps = 1000");
    let folder = Folder::with(&ten_full_runs);
    let checked = folder.ok(&["check"]);
    assert!(checked.contains("The trainer works: 20 steps, half of them after a resume"), "{checked}");
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(0) && ran.out.contains("Best of study: run "), "{}", ran.err);
    assert!(ran.err.contains("promoting") || ran.err.contains("verifying"), "{}", ran.err);
    let best = folder.json(&["best"]);
    assert!(best["trained_in_full"] == true && best["dataset_weights"]["mixture"]["a"].is_number(), "{best}");
    assert!(
        folder.ok(&["best", "--yaml"]).contains("\nconfiguration:\n")
            || folder.ok(&["best", "--yaml"]).starts_with("configuration:")
    );
    assert!(folder.ok(&["export", "table", "--csv", "runs.csv"]).contains("runs written to table and runs.csv"));
    let rows = fs::read_to_string(folder.path().join("runs.csv")).unwrap().lines().count();
    assert_eq!(rows as u64, 1 + folder.json(&["status"])["runs"].as_u64().unwrap());

    let next = Folder::with(&scripted("good", ""));
    let table = folder.path().join("table").display().to_string();
    let imported = next.json(&["import", &table]);
    assert!(
        imported["imported"].as_u64().unwrap() >= 2 && imported["imported_early"].as_u64().unwrap() > 0,
        "{imported}"
    );
    assert_eq!(next.json(&["import", &table])["imported"], 0, "no duplicates");
    assert_eq!(next.json(&["status"])["budget_used"], 0);
    next.ok(&["run"]);
}

#[test]
fn the_report_is_one_self_contained_page() {
    let folder = Folder::with(&emulated("jobs", 8, 3, ""));
    folder.ok(&["run", "--workers", "2"]);
    let written = folder.ok(&["report"]);
    assert!(written.contains("report.html"), "{written}");
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    for part in [
        "Metric against budget used",
        "Every curve",
        "Predicted against actual",
        "Mixtures",
        "Configurations",
        "Importance",
        "Budget",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !outside.contains("http://") && !outside.contains("https://") && !outside.contains("<script src"),
        "no external resources"
    );
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print") && page.contains("viewport"));
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
}

#[test]
fn a_signal_stops_the_study_and_it_continues() {
    let folder = Folder::with(&scripted("slow", "[method]\nname = \"random\""));
    let child = folder
        .command(&["run"])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let output = folder.path().join("runs/runs/run-00000/attempt-1.out");
    while fs::metadata(&output).map_or(0, |m| m.len()) < 90 && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("sh").args(["-c", &format!("kill -s TERM {}", child.id())]).status().unwrap().success());
    let ran = super::Ran::of(child.wait_with_output().unwrap());
    assert!(ran.code == Some(130) && ran.err.contains("`jobs run` continues"), "{:?} {}", ran.code, ran.err);
    assert_eq!(folder.json(&["status"])["by_status"]["waiting"], 1);
    assert!(folder.ok(&["status"]).contains("stopped: stopped; the runs saved checkpoints"));
    folder.ok(&["run"]);
    assert!(folder.json(&["status"])["stopped"].is_null());
}

#[test]
fn a_failing_trainer_is_reported_after_three_runs() {
    let folder = Folder::with(&scripted("broken", ""));
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(3) && ran.err.contains("no such model"), "{:?} {}", ran.code, ran.err);
    assert!(
        ran.err.contains("3 runs in a row have failed") && ran.err.contains("max_failures_in_a_row"),
        "{}",
        ran.err
    );
    assert_eq!(folder.json(&["status"])["budget_used"], 3, "a failed run costs a step");
    assert_eq!(folder.run(&["best"]).code, Some(6));
    let script = fs::read_to_string(folder.path().join("study.toml")).unwrap().replace("\"broken\"", "\"good\"");
    fs::write(folder.path().join("study.toml"), script).unwrap();
    folder.ok(&["run"]);
}

/// A short fine-tuning of the built-in model.
#[test]
#[cfg(feature = "burn")]
fn the_built_in_trainer_fine_tunes() {
    let folder = Folder::with(
        "[budget]\ntotal_steps = 60\nearly_steps = 10\n[trainer]\nkind = \"burn\"\nsettings = \"train.toml\"\n\
         [[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"addition\", \"sort\"]\n\
         [[dimension]]\nname = \"lora_rank\"\nkind = \"integer\"\nlow = 1\nhigh = 8\n",
    );
    let settings = "steps = 20\nevaluate_every = 5\nbatch = 4\nmicro_batch = 4\nsequence = 64\nvalidation_examples = 8\ntrain_examples = 100\nthreads = 1\n";
    fs::write(folder.path().join("train.toml"), settings).unwrap();
    folder.ok(&["run"]);
    let status = folder.json(&["status"]);
    assert_eq!((&status["budget_used"], &status["by_status"]["running"]), (&60.into(), &serde_json::Value::Null));
    assert!(folder.json(&["best"])["peft"]["r"].as_u64().unwrap() <= 8);
    fs::write(folder.path().join("train.toml"), settings.replace("20", "30")).unwrap();
    let changed = folder.run(&["run"]);
    assert!(changed.code == Some(2) && changed.err.contains("its budget was"), "{}", changed.err);
    let study = fs::read_to_string(folder.path().join("study.toml")).unwrap().replace("\"sort\"", "\"sorting\"");
    fs::write(folder.path().join("study.toml"), study).unwrap();
    let foreign = folder.run(&["check"]);
    assert!(foreign.code == Some(2) && foreign.err.contains("part `sorting` of the mixture"), "{}", foreign.err);
}

#[test]
fn the_status_file_matches_the_journal() {
    let folder = Folder::with(&emulated("jobs", 4, 0, ""));
    folder.ok(&["run"]);
    let kept = folder.json(&["status"]);
    fs::remove_file(folder.path().join("runs/status.json")).unwrap();
    assert_eq!(folder.json(&["status"]), kept);
    folder.ok(&["run"]);
    assert!(folder.run(&["ask"]).code == Some(6));
    let mut journal = fs::read(folder.path().join("runs/journal")).unwrap();
    journal.extend(b"torn");
    fs::write(folder.path().join("runs/journal"), journal).unwrap();
    assert_eq!(folder.json(&["status"]), kept, "a status file of another journal is ignored");
}

#[test]
fn output_works_in_pipes() {
    let folder = Folder::with(&emulated("random", 4, 0, ""));
    let events = folder.ok(&["run", "--json"]);
    let events: Vec<serde_json::Value> = events.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(events.iter().filter(|e| e["event"] == "told").count(), 4);
    assert_eq!(events.last().unwrap()["event"], "finished");
    let line = format!("set -o pipefail; '{}' status --all --json | head -c 1", env!("CARGO_BIN_EXE_jobs"));
    let out = Command::new("bash").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(!folder.ok(&["status"]).contains('\u{1b}'), "no colours in a pipe");
    for command in ["init", "check", "plan", "run", "status", "best", "report", "export", "ask", "tell", "import"] {
        assert!(folder.ok(&[command, "--help"]).contains("Example"), "{command} --help has an example");
    }
}

#[test]
fn a_plan_measures_constants_on_full_runs() {
    let folder = Folder::with(&emulated("random", 14, 3, ""));
    let early = folder.run(&["plan", "--measured"]);
    assert!(early.code == Some(6) && early.err.contains("no run yet"), "{}", early.err);
    folder.ok(&["run"]);
    assert!(folder.json(&["plan"])["pilot"].is_null());
    assert!(folder.ok(&["plan"]).contains("is not followed"), "the bound is for the method that follows it");
    let own = folder.json(&["plan", "--measured"]);
    assert_eq!(own["pilot"]["runs"], 14, "{own}");
    assert_eq!(own["pilot"]["error_floor"]["value"], own["bound"]["constants"]["error_floor"]);
    folder.ok(&["export", "table"]);
    assert_eq!(folder.json(&["plan", "--runs", "table"]), own, "a table of the same runs gives the same plan");
    assert!(folder.ok(&["plan", "--runs", "table"]).contains("Constants from 14 full runs"));
    let wrong = folder.run(&["plan", "--runs", "nowhere"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("nowhere"), "{}", wrong.err);
    let other = Folder::with(&scripted("good", ""));
    let table = folder.path().join("table");
    let wrong = other.run(&["plan", "--runs", table.to_str().unwrap()]);
    assert!(wrong.code == Some(2) && wrong.err.contains("a full run has 625 steps there and 100 in"), "{}", wrong.err);
}
