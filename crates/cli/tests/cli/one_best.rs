//! Every command that names the best run names the same one.

use std::fs;

use serde_json::Value;

use super::{Folder, emulated, scripted};

/// The best run as `status`, `best` and `report` name it, in text and in JSON; `None` where they all say that there is none.
fn named(folder: &Folder) -> Option<u64> {
    let status = folder.json(&["status"]);
    let text = folder.ok(&["status"]);
    let best = folder.run(&["best", "--json"]);
    if best.code == Some(6) {
        assert!(status["recommended"].is_null() && status["best"].is_null() && !text.contains("best: "), "{text}");
        assert_eq!(folder.run(&["report"]).code, Some(6));
        return None;
    }
    let best: Value = serde_json::from_str(&best.out).unwrap();
    let run = best["run"].as_u64().unwrap();
    assert_eq!((&status["recommended"]["run"], &status["best"]["run"]), (&best["run"], &best["run"]), "{status}");
    assert!(text.contains(&format!("\nbest: run {run}, ")), "{text}");
    assert!(folder.ok(&["best"]).starts_with(&format!("Best of study: run {run}, ")));
    folder.ok(&["report"]);
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains(&format!("by run<b>{run}</b>")), "{page}");
    check_reason(folder, &best, &text, &page);
    Some(run)
}

/// Where another full run measured less, all of them say why.
fn check_reason(folder: &Folder, best: &Value, status: &str, page: &str) {
    let all = folder.json(&["status", "--all"]);
    let rows = all["rows"].as_array().unwrap().iter().filter(|r| r["status"] == "finished");
    let lowest = rows.filter_map(|r| r["best"].as_f64()).fold(f64::INFINITY, f64::min);
    let is_lowest = best["measured"].as_f64().map_or(lowest.is_infinite(), |v| v == lowest);
    assert_eq!(best["reason"].is_null(), is_lowest, "{best}");
    if let Some(reason) = best["reason"].as_str() {
        assert!(status.contains(reason) && page.contains(reason) && folder.ok(&["best"]).contains(reason), "{reason}");
    }
}

/// The run that `jobs run` names at its end, as text and as JSON.
fn named_at_the_end(folder: &Folder) -> u64 {
    let text = folder.ok(&["run"]);
    let lines = folder.ok(&["run", "--json"]);
    let last: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    let run = last["best"]["run"].as_u64().unwrap();
    assert!(text.contains(&format!("Best of study: run {run}, ")), "{text}");
    run
}

#[test]
fn at_every_report_of_a_study() {
    let folder = Folder::with(&scripted("good", ""));
    assert_eq!(named(&folder), None, "there is no run");
    let (mut early, mut full) = (0, 0);
    loop {
        let asked = folder.run(&["ask", "--json"]);
        if asked.code == Some(6) {
            break;
        }
        let asked: Value = serde_json::from_str(&asked.out).unwrap();
        let (run, to) = (asked[0]["run"].as_u64().unwrap(), asked[0]["to"].as_u64().unwrap());
        // the first run diverges after a low loss: it is never the best
        let line = match run {
            0 => "{\"step\": 1, \"eval_loss\": 0.001}\n{\"step\": 2, \"eval_loss\": NaN}\n".to_owned(),
            _ => format!(
                "{{\"step\": {to}, \"eval_loss\": {}}}\n",
                1.0 + 0.1 * (run as f64 * 2.4).sin() + 3.0 / to as f64
            ),
        };
        fs::write(folder.path().join("metrics.jsonl"), line).unwrap();
        folder.ok(&["tell", &run.to_string(), "metrics.jsonl"]);
        let best = named(&folder);
        assert_ne!(best, Some(0));
        assert_eq!(best.is_none(), run == 0 && full + early == 0);
        let finished = folder.json(&["status"])["recommended"]["trained_in_full"].as_bool();
        (early, full) = if finished == Some(true) { (early, full + 1) } else { (early + 1, full) };
    }
    assert!(early > 2 && full > 2, "{early} reports before the first full run, {full} since then");
    assert_eq!(named(&folder), Some(named_at_the_end(&folder)));
}

#[test]
fn at_the_end_of_studies_with_every_kind_of_recommendation() {
    let mut with_reason = 0;
    for (method, seed) in [("jobs", 1), ("jobs", 2), ("jobs", 3), ("jobs-paper", 1), ("mf-ucb", 1), ("random", 1)] {
        let folder = Folder::with(&emulated(method, 12, seed, ""));
        let run = named_at_the_end(&folder);
        assert_eq!(named(&folder), Some(run), "{method} {seed}");
        with_reason += usize::from(!folder.json(&["best"])["reason"].is_null());
    }
    assert!(with_reason > 0, "in one of them the best is not the lowest measured");
}

#[test]
fn without_a_run_that_can_be_used() {
    let folder = Folder::with(&scripted("good", ""));
    folder.ok(&["ask", "--count", "3"]);
    fs::write(folder.path().join("nan"), "{\"step\": 1, \"eval_loss\": 0.5}\n{\"step\": 2, \"eval_loss\": NaN}\n")
        .unwrap();
    for run in ["0", "1", "2"] {
        assert_eq!(named(&folder), None);
        folder.ok(&["tell", run, "nan"]);
    }
    assert_eq!(folder.json(&["status"])["by_status"]["diverged"], 3);
    assert_eq!(named(&folder), None);
}

#[test]
fn a_study_whose_method_cannot_be_opened_still_has_a_status() {
    let earlier = Folder::with(&emulated("random", 4, 0, ""));
    earlier.ok(&["run"]);
    let study = emulated("random", 2, 0, &format!("[transfer]\nstudies = [\"{}\"]", earlier.path().display()));
    let folder = Folder::with(&study);
    folder.ok(&["run"]);
    fs::remove_file(folder.path().join("runs/status.json")).unwrap();
    fs::remove_file(folder.path().join("runs/transfer/1/runs.csv")).unwrap();
    let ran = folder.run(&["status"]);
    assert!(ran.code == Some(0) && ran.out.contains("2 runs: 2 finished") && ran.err.contains("best run is unknown"));
}
