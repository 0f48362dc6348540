//! Journals that the first version of `jobs` began. They record neither the version nor the predictor, which was the ensemble.
#![cfg(feature = "burn")]

use std::fs;

use jobs::Journal;

use super::{Folder, emulated};

/// A study long enough for the predictor to matter: it is fitted from four full runs on.
fn study(predictor: &str) -> String {
    emulated("jobs", 14, 3, "").replace("name = \"jobs\"\n", &format!("name = \"jobs\"\n{predictor}\n"))
}

/// Rewrites a study's journal as the first version would have begun it, with this part of its events.
fn cut_as_before(folder: &Folder, part: impl Fn(usize) -> usize) {
    let path = folder.path().join("runs/journal");
    let recovered = Journal::peek(&path).unwrap();
    let mut header = recovered.header;
    header.settings.remove("method.predictor");
    header.settings.remove("method.version");
    fs::remove_dir_all(folder.path().join("runs")).unwrap();
    fs::create_dir(folder.path().join("runs")).unwrap();
    let kept = part(recovered.events.len());
    Journal::create(&path, &header).unwrap().append(&recovered.events[..kept]).unwrap();
}

#[test]
fn a_study_of_the_first_version_keeps_it() {
    let (present, former) = (Folder::with(&study("")), Folder::with(&study("")));
    present.ok(&["run"]);
    former.ok(&["run"]);
    // one event is no more than the first run of the design, which both versions begin with
    cut_as_before(&former, |_| 1);
    former.ok(&["run"]);
    let whole = former.events();
    assert!(present.events() != whole, "the versions propose the same");
    cut_as_before(&former, |all| all / 2);
    former.ok(&["run"]);
    assert!(former.events() == whole, "the search went on with another version");
    former.ok(&["check", "--journal"]);
    fs::write(former.path().join("study.toml"), study("predictor = \"kernel\"")).unwrap();
    let refused = former.run(&["run"]);
    assert!(refused.err.contains("`method.predictor` was ensemble, and is now kernel"), "{}", refused.err);
}
