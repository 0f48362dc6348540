//! Journals that were begun before the default predictor of `jobs` changed from the ensemble to the kernel. They do not record it.

use std::fs;

use jobs::Journal;

use super::{Folder, emulated};

/// A study long enough for the predictor to matter: it is fitted from four full runs on.
fn study(predictor: &str) -> String {
    emulated("jobs", 14, 3, "").replace("name = \"jobs\"\n", &format!("name = \"jobs\"\n{predictor}\n"))
}

/// Cuts a finished study's journal to half of its events, without the record of its predictor.
fn cut_as_before(folder: &Folder) {
    let path = folder.path().join("runs/journal");
    let recovered = Journal::peek(&path).unwrap();
    let mut header = recovered.header;
    assert_eq!(header.settings.remove("method.predictor").as_deref(), Some("ensemble"));
    fs::remove_dir_all(folder.path().join("runs")).unwrap();
    fs::create_dir(folder.path().join("runs")).unwrap();
    let half = recovered.events.len() / 2;
    Journal::create(&path, &header).unwrap().append(&recovered.events[..half]).unwrap();
}

#[test]
fn a_study_of_the_former_default_keeps_its_predictor() {
    let (kernel, ensemble) = (Folder::with(&study("")), Folder::with(&study("predictor = \"ensemble\"")));
    kernel.ok(&["run"]);
    ensemble.ok(&["run"]);
    let whole = ensemble.events();
    assert!(kernel.events() != whole, "the study is too short to show its predictor");
    cut_as_before(&ensemble);
    fs::write(ensemble.path().join("study.toml"), study("")).unwrap();
    ensemble.ok(&["run"]);
    assert!(ensemble.events() == whole, "the search went on with another predictor");
    ensemble.ok(&["check", "--journal"]);
    fs::write(ensemble.path().join("study.toml"), study("predictor = \"kernel\"")).unwrap();
    let refused = ensemble.run(&["run"]);
    assert!(refused.err.contains("`method.predictor` was ensemble, and is now kernel"), "{}", refused.err);
}
