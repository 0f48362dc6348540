//! A program that was built without Burn: what needs it is refused, everything else is as in the full program. `scripts/check` builds both.
#![cfg(not(feature = "burn"))]

use super::{Folder, emulated};

const HELP: &str =
    "need the feature `burn`, and this program was built without it; `cargo build --bin jobs` builds it in";

#[test]
fn networks_are_refused_with_the_command_that_builds_them_in() {
    let ensemble = emulated("jobs", 4, 1, "").replace("[trainer]", "predictor = \"ensemble\"\n[trainer]");
    for (study, line) in [(emulated("jobs-paper", 4, 1, ""), "study.toml:6"), (ensemble, "study.toml:7")] {
        let ran = Folder::with(&study).run(&["run"]);
        assert!(ran.code == Some(2) && ran.err.contains(line) && ran.err.contains(HELP), "{}", ran.err);
    }
}

#[test]
fn the_built_in_trainer_is_refused_with_the_command_that_builds_it_in() {
    let study = "[budget]\ntotal_steps = 100\n[trainer]\nkind = \"burn\"\n\
                 [[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"copy\", \"add\"]\n";
    let ran = Folder::with(study).run(&["check"]);
    assert!(ran.code == Some(2) && ran.err.contains("study.toml:4"), "{}", ran.err);
    assert!(ran.err.contains("the built-in trainer needs the feature `burn`"), "{}", ran.err);
}

#[test]
fn a_study_without_networks_runs() {
    let folder = Folder::with(&emulated("jobs", 3, 1, ""));
    folder.ok(&["run"]);
    folder.ok(&["report"]);
    assert!(folder.ok(&["best"]).contains("Best of"));
}
