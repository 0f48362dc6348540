//! What the page of `jobs report` shows.

use std::fs;

use super::{Folder, emulated, scripted};

fn page(folder: &Folder) -> String {
    folder.ok(&["report"]);
    fs::read_to_string(folder.path().join("report.html")).unwrap()
}

/// The page without the table of runs and the study file.
fn front(page: &str) -> &str {
    page.split("<summary>").next().unwrap()
}

#[test]
fn every_run_counts_for_importance_and_full_runs_count_as_full() {
    let folder = Folder::with(&emulated("jobs", 15, 1, ""));
    folder.ok(&["run"]);
    let text = page(&folder);
    let status = folder.json(&["status"]);
    let (full, paused) = (&status["by_status"]["finished"], &status["by_status"]["paused"]);
    assert!(text.contains(&format!("{full} full runs and the predicted final values of {paused} others")), "{status}");
    let folder = Folder::with(&emulated("bo-ucb", 10, 1, ""));
    folder.ok(&["run"]);
    let text = page(&folder);
    assert!(text.contains("fitted to the 10 full runs)"));
    assert!(text.contains("<td>full runs of the search</td>") && !text.contains("shorter runs of the search"));
    // random search asks for full runs
    let folder = Folder::with(&emulated("random", 3, 1, ""));
    folder.ok(&["run"]);
    assert!(page(&folder).contains("<td>full runs of the search</td><td>3</td><td>1875</td><td>100 %</td>"));
}

#[test]
fn it_names_its_date_seed_program_and_study_file() {
    let folder = Folder::with(&emulated("random", 2, 17, "# a comment <of> the study"));
    folder.ok(&["run"]);
    let text = page(&folder);
    let first = front(&text);
    assert!(first.contains("seed 17, as of 20") && first.contains(env!("CARGO_PKG_VERSION")), "{first}");
    assert!(text.contains("# a comment &lt;of&gt; the study") && text.contains("<td>study file</td>"));
}

#[test]
fn the_pointer_shows_values() {
    let folder = Folder::with(&emulated("jobs", 8, 1, ""));
    folder.ok(&["run"]);
    let (text, best) = (page(&folder), folder.json(&["best"]));
    let shown = format!("<g><title>run {} (", best["run"]);
    // as a curve and as a configuration
    assert_eq!(text.matches(&shown).count(), 2);
    assert!(text.contains("steps), eval_loss ") && text.contains(" at step 100</title>"));
    assert!(text.contains(", after ") && text.contains(": gsm8k "));
}

#[test]
fn metrics_and_warnings_are_on_the_page() {
    let study = scripted("good", "[objective]\nmetric = \"accuracy\"");
    let folder = Folder::with(&study);
    for run in ["0", "1", "2", "3"] {
        let asked = folder.json(&["ask"]);
        let to = &asked[0]["to"];
        let line = format!("{{\"step\": {to}, \"accuracy\": 0.5, \"grad_norm\": 2.5, \"<lr>\": 0.125}}\n");
        fs::write(folder.path().join("lines"), line).unwrap();
        folder.ok(&["tell", run, "lines"]);
    }
    let text = page(&folder);
    for expected in
        ["metric grad_norm", "metric &lt;lr&gt;", "<th>grad_norm</th>", "<th>&lt;lr&gt;</th>", "<td>0.12500</td>"]
    {
        assert!(text.contains(expected), "{expected}");
    }
    assert!(text.contains("Warning: the study minimises `accuracy`"));
    assert!(text.contains("Warning: `accuracy` was 0.50000 in every evaluation of all 4 runs"));
}

#[test]
fn one_run_and_a_hundred_domains_are_readable() {
    let parts: Vec<String> = (0..100).map(|i| format!("\"domain_{i:03}\"")).collect();
    let study = scripted("good", "").replace("\"a\", \"b\"", &parts.join(", "));
    let folder = Folder::with(&study);
    let to = folder.json(&["ask"])[0]["to"].clone();
    for loss in ["1e300", "-4e-320", "0"] {
        let folder = Folder::with(&study);
        folder.ok(&["ask"]);
        fs::write(folder.path().join("lines"), format!("{{\"step\": {to}, \"eval_loss\": {loss}}}\n")).unwrap();
        folder.ok(&["tell", "0", "lines"]);
        let text = page(&folder);
        assert!(!text.contains("NaN") && !text.contains("inf<"), "{loss}");
    }
    folder.ok(&["run"]);
    let text = page(&folder);
    assert!(text.contains("89 others") && front(&text).matches("domain_").count() < 400);
    let largest =
        front(&text).split("<svg").map(|svg| svg.split("viewBox=\"0 0 ").nth(1).unwrap_or("0 ")).collect::<Vec<_>>();
    let width = |text: &&str| text.split(' ').next().unwrap().parse::<f64>().unwrap();
    assert!(largest.iter().map(width).fold(0.0, f64::max) < 1300.0);
}
