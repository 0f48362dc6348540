//! The program interrupted, extended and run in small.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{experiments, refused, text};

fn fig5_small(out: &Path, extra: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiments"));
    let args =
        ["fig5", "--tasks", "gsm8k,mmlu", "--methods", "jobs,random,bo-ucb", "--full-runs", "12", "--seeds", "3"];
    command
        .args(args)
        .arg("--out")
        .arg(out)
        .args(extra)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_killed_fig5_loses_only_cells_in_flight_and_ends_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    assert!(fig5_small(&whole, &[]).output().unwrap().status.success());
    for name in ["fig5.csv", "summary.csv", "fig5.svg", "win-tie-loss.svg", "manifest.json"] {
        assert!(fs::metadata(whole.join(name)).unwrap().len() > 100, "{name}");
    }
    let killed = dir.path().join("killed");
    let mut child = fig5_small(&killed, &["--workers", "1"]).spawn().unwrap();
    let cells = || {
        fs::read_dir(killed.join("cells")).map_or(0, |d| {
            d.filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json"))).count()
        })
    };
    while cells() < 3 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    let kept = cells();
    assert!((3..18).contains(&kept), "killed with {kept} of 18 cells");
    let again = fig5_small(&killed, &[]).output().unwrap();
    assert!(again.status.success());
    assert!(
        text(&again.stderr).contains(&format!("{kept} of 18 cells are already finished")),
        "{}",
        text(&again.stderr)
    );
    for name in ["fig5.csv", "summary.csv", "fig5.svg"] {
        assert_eq!(fs::read(whole.join(name)).unwrap(), fs::read(killed.join(name)).unwrap(), "{name}");
    }
    // a torn cell counts as not finished
    let cell = fs::read_dir(killed.join("cells")).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&cell).unwrap();
    fs::write(&cell, &bytes[..bytes.len() / 2]).unwrap();
    assert!(fig5_small(&killed, &[]).output().unwrap().status.success());
    assert_eq!(fs::read(&cell).unwrap(), bytes);
}

/// Its cells gone, a comparison goes on from its table, plain or compressed, to the same rows as one made at once.
#[test]
fn an_earlier_table_is_extended() {
    let dir = tempfile::tempdir().unwrap();
    let at = |folder: &str| dir.path().join(folder).to_str().unwrap().to_owned();
    let fig5 = |out: &str, seeds: &str, more: &[&str]| {
        let few = ["fig5", "--tasks", "gsm8k", "--methods", "random,tpe", "--full-runs", "6", "--seeds", seeds];
        experiments(&[&few[..], &["--out", out], more].concat())
    };
    let (whole, grown) = (at("whole"), at("grown"));
    assert!(fig5(&whole, "3", &[]).status.success());
    refused(&["fig5", "--extend", "--out", &grown], "--extend needs previous results in the folder: ");
    assert!(fig5(&grown, "2", &[]).status.success());
    let (table, cells) = (Path::new(&grown).join("fig5.csv"), Path::new(&grown).join("cells"));
    let packed = Path::new(&grown).join("fig5.csv.gz");
    fs::remove_dir_all(&cells).unwrap();
    let mut gz = flate2::write::GzEncoder::new(fs::File::create(&packed).unwrap(), flate2::Compression::best());
    std::io::Write::write_all(&mut gz, &fs::read(&table).unwrap()).unwrap();
    gz.finish().unwrap();
    let manifest = || fs::read_to_string(Path::new(&grown).join("manifest.json")).unwrap();
    let of_before = manifest().replacen("\"commit\": \"", "\"commit\": \"before ", 1);
    fs::write(Path::new(&grown).join("manifest.json"), of_before).unwrap();
    // the compressed table is the one described, what lies beside it is not
    fs::write(&table, "task,full_runs,method,seed,steps,oracle,inference\n").unwrap();
    let out = fig5(&grown, "3", &["--extend"]);
    assert!(text(&out.stderr).contains("4 of 6 cells are already finished"), "{}", text(&out.stderr));
    let read = |folder: &str| fs::read(Path::new(folder).join("fig5.csv")).unwrap();
    assert_eq!(read(&whole), read(&grown));
    let said: serde_json::Value = serde_json::from_str(&manifest()).unwrap();
    assert!(said["kept"][0].as_str().is_some_and(|commit| commit.starts_with("before ")), "{said}");
    assert_eq!(said["extends"]["git"]["commit"], said["kept"][0], "{said}");
    // other early runs are another comparison
    fs::remove_dir_all(&cells).unwrap();
    let out = fig5(&grown, "3", &["--extend", "--early", "50"]);
    assert!(out.status.success() && !text(&out.stderr).contains("already finished"), "{}", text(&out.stderr));
    fs::write(&table, text(&read(&grown)).replacen("0.", "1.", 1)).unwrap();
    fs::remove_file(&packed).unwrap();
    let changed = ["fig5", "--extend", "--seeds", "3", "--out", &grown];
    refused(&changed, "is not the table that manifest.json beside it describes");
    fs::remove_file(&table).unwrap();
    refused(&changed, "fig5.csv.gz is there");
}

#[test]
fn the_smoke_run_makes_everything() {
    let dir = tempfile::tempdir().unwrap();
    let out = experiments(&["fig5", "--smoke", "--out", dir.path().to_str().unwrap()]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let summary = fs::read_to_string(dir.path().join("summary.csv")).unwrap();
    assert_eq!(
        summary.lines().next(),
        Some("task,full_runs,method,seeds,mean_oracle,se_oracle,mean_regret,rank,p_vs_jobs,noise,saving")
    );
    let made = methods::METHODS.len() - 1; // the slow knowledge gradient runs only where it is named
    assert_eq!(summary.lines().count(), 1 + 2 * 2 * made);
    assert!(!summary.contains("mf-kg"));
    assert!(text(&out.stdout).contains("truthfulqa_gen"));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("manifest.json")).unwrap()).unwrap();
    for key in ["command", "seeds", "settings", "files"] {
        assert!(!manifest[key].is_null(), "{key} is missing in {manifest:#}");
    }
}
