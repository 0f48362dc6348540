//! Opens a study: its history alone, the study with its method, or both for writing under the study's lock.

use std::fs;

use anyhow::Context;
use jobs::{Event, Journal, JournalError, LockError, Method, Problem, Study, StudyLock};

use crate::choice;
use crate::failure::Kind;
use crate::history::{events, journal_error, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::transfer::{self, SourceStudy};

/// A study open for writing. While this lives, no other process can write to it.
pub struct Opened {
    /// The study so far.
    pub study: Study,
    /// The file of its events.
    pub journal: Journal,
    /// The lock held.
    pub lock: StudyLock,
}

/// Opens a study for writing and creates it where there is none. Warns where a torn last line of the journal was cut off.
pub fn open_for_writing(loaded: &LoadedStudy) -> anyhow::Result<Opened> {
    let runs = loaded.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot make the folder {}", runs.display()))?;
    let lock = StudyLock::take(&runs.join("lock")).map_err(|e| match e {
        LockError::Held { .. } => Kind::InUse.says(e),
        LockError::Io { .. } => Kind::Other.says(e),
    })?;
    // once there is a journal, the runs the study transfers from have been copied beside it
    let begun = if loaded.journal()?.exists() {
        None
    } else {
        let earlier = transfer::earlier(loaded)?;
        let begun = prepare(loaded, &earlier)?;
        transfer::keep(loaded, &earlier)?;
        Some(begun)
    };
    let (journal, events, torn) = open_journal(loaded)?;
    if torn > 0 {
        eprintln!(
            "warning: the journal's last line was incomplete, as after a crash: {torn} bytes were cut off, nothing else is lost"
        );
    }
    let (problem, method) = begun.map_or_else(|| prepare(loaded, &transfer::earlier(loaded)?), Ok)?;
    let study = Study::replay(problem, method, events).map_err(replay_error)?;
    Ok(Opened { study, journal, lock })
}

/// Opens the journal of a study, or creates it: the journal, its events, and the bytes of an incomplete last line.
fn open_journal(loaded: &LoadedStudy) -> anyhow::Result<(Journal, Vec<Event>, u64)> {
    let path = loaded.journal()?;
    if !path.exists() {
        return Ok((Journal::create(&path, &loaded.header()).map_err(journal_error)?, vec![], 0));
    }
    let (journal, recovered) = Journal::open(&path).map_err(journal_error)?;
    match loaded.difference(&recovered.header) {
        Some(problem) => Err(journal_error(JournalError::OtherStudy { path, problem })),
        None => Ok((journal, recovered.events, recovered.torn_bytes)),
    }
}

/// The study with its method, for reading.
pub fn replay_with_method(loaded: &LoadedStudy) -> anyhow::Result<Study> {
    let events = events(loaded)?;
    let (problem, method) = prepare(loaded, &transfer::earlier(loaded)?)?;
    Study::replay(problem, method, events).map_err(replay_error)
}

/// The problem with its transferred prior, and the method for it.
pub fn prepare(loaded: &LoadedStudy, earlier: &[SourceStudy]) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = loaded.problem.clone().with_transfer(transfer::transferred(loaded, earlier)?);
    let method = choice::make(&loaded.file.method, &problem).map_err(|e| Kind::Input.says(e))?;
    Ok((problem, method))
}
