//! A budget in hours.

use std::fs;

use super::{Folder, emulated, scripted};

/// A study of emulated runs, 1 ms a step, with a budget in seconds.
fn timed(seconds: f64, more: &str, rest: &str) -> String {
    let hours = seconds / 3600.0;
    let text = emulated("jobs", 8, 3, &format!("step_ms = 1\n{rest}"));
    text.replace("total_steps = 5000", &format!("total_hours = {hours}{more}"))
}

#[test]
fn the_study_ends_with_its_time_and_overspends_by_no_more_than_a_run() {
    let folder = Folder::with(&timed(4.0, "", ""));
    assert!(folder.ok(&["check", "--no-run"]).contains("hours of all runs together; full runs of 625"));
    assert!(folder.ok(&["plan"]).contains("hours of all runs together"));
    folder.ok(&["run"]);
    let status = folder.json(&["status"]);
    let [used, total] = ["hours", "total_hours"].map(|key| status[key].as_f64().unwrap() * 3600.0);
    assert!((total - 4.0).abs() < 1e-9 && used > 2.5, "{used} of {total} seconds");
    let seconds: Vec<f64> = folder
        .events()
        .iter()
        .filter_map(|e| serde_json::from_str::<serde_json::Value>(e).unwrap()["seconds"].as_f64())
        .collect();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    assert!(used < total + longest, "{used} of {total} seconds; the longest trial took {longest}");
    assert!((seconds.iter().sum::<f64>() - used).abs() < 1e-6);
    assert!(folder.events().iter().any(|e| e.contains("\"budget\"")), "the pace has set the steps");
    assert!(folder.ok(&["status"]).contains("hours of all runs together used"));
    folder.ok(&["best"]);
    folder.ok(&["report"]);
    assert!(fs::read_to_string(folder.path().join("report.html")).unwrap().contains("hours of all runs"));
    let events = folder.events().len();
    folder.ok(&["run"]);
    assert_eq!(folder.events().len(), events, "the time is used");
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    fs::write(folder.path().join("study.toml"), text.replace("total_hours", "total_gpu_hours = 0.002\ntotal_hours"))
        .unwrap();
    folder.ok(&["run"]);
    assert_eq!(folder.events().len(), events, "the first budget that runs out ends the study");
    let longer = text.replace(&format!("total_hours = {}", 4.0 / 3600.0), "total_hours = 0.0016");
    fs::write(folder.path().join("study.toml"), longer).unwrap();
    folder.ok(&["run"]);
    assert!(folder.events().len() > events, "more hours, more runs");
}

#[test]
fn steps_may_end_the_study_first() {
    let folder = Folder::with(&timed(600.0, "\ntotal_steps = 1300", ""));
    folder.ok(&["run"]);
    let status = folder.json(&["status"]);
    assert!(status["spent"].as_u64().unwrap() <= 1300 && status["hours"].as_f64().unwrap() < 0.01, "{status}");
}

#[test]
fn time_is_told_by_hand_too() {
    let text = scripted("good", "").replace("total_steps = 700", "total_hours = 1");
    let folder = Folder::with(&text);
    fs::write(folder.path().join("m.jsonl"), "{\"step\": 20, \"eval_loss\": 1.2}\n").unwrap();
    folder.ok(&["ask", "--count", "2"]);
    let told = folder.json(&["tell", "0", "m.jsonl", "--seconds", "360"]);
    // 3,240 seconds are left at 18 a step, of which 20 steps are under way
    assert_eq!(told["total"], 200, "{told}");
    folder.ok(&["tell", "1", "m.jsonl", "--seconds", "3300"]);
    assert_eq!(folder.run(&["ask"]).code, Some(6), "no time is left");
    assert!(folder.run(&["extend", "--runs", "2"]).err.contains("raise total_hours or total_gpu_hours"));
    for (from, to, said) in [
        ("total_hours = 1", "total_hours = 0", "`budget.total_hours` is 0, expected more than 0"),
        ("total_hours = 1", "", "`budget.total_steps` is missing, expected the number of steps of all runs together"),
    ] {
        fs::write(folder.path().join("study.toml"), text.replace(from, to)).unwrap();
        let ran = folder.run(&["status"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{}", ran.err);
    }
}
