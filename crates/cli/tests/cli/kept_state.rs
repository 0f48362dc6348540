//! The state of the search that is kept beside the journal.

use std::fs;

use super::{Folder, emulated};

#[test]
fn the_state_is_kept_and_answers_are_those_without_it() {
    let folder = Folder::with(&emulated("jobs", 9, 2, ""));
    folder.ok(&["run"]);
    let state = folder.path().join("runs/state");
    let (kept, best) = (fs::read(&state).unwrap(), folder.json(&["best"]));
    // removed, damaged, of another study: ignored and made again, with the same bits
    let mut damaged = kept.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for content in [None, Some(damaged), Some(b"jobs-state 1".to_vec()), Some(vec![])] {
        match content {
            Some(bytes) => fs::write(&state, bytes).unwrap(),
            None => fs::remove_file(&state).unwrap(),
        }
        assert_eq!(folder.json(&["best"]), best);
        assert_eq!(fs::read(&state).unwrap(), kept, "the state is made again, to the last bit");
    }
}

#[test]
fn a_state_of_the_study_is_kept_by_every_command_that_adds_to_it() {
    let folder = Folder::with(&emulated("bo-ucb", 9, 2, ""));
    folder.ok(&["run"]);
    folder.ok(&["export", "table"]);
    let other = Folder::with(&emulated("bo-ucb", 9, 3, ""));
    other.ok(&["import", folder.path().join("table").to_str().unwrap()]);
    let kept = fs::read(other.path().join("runs/state")).unwrap();
    other.ok(&["ask"]);
    other.ok(&["best"]);
    assert_eq!(fs::read(other.path().join("runs/state")).unwrap(), kept, "asking changes no state");
}

#[test]
fn importing_a_table_twice_adds_nothing() {
    let folder = Folder::with(&emulated("random", 6, 2, ""));
    folder.ok(&["run"]);
    folder.ok(&["export", "table"]);
    let other = Folder::with(&emulated("random", 6, 3, ""));
    let table = folder.path().join("table");
    assert_eq!(other.json(&["import", table.to_str().unwrap()])["imported"], 6);
    let again = other.json(&["import", table.to_str().unwrap()]);
    assert_eq!((&again["imported"], &again["known_already"]), (&0.into(), &6.into()));
}
