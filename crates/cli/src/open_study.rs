//! Opens a study with its method, for reading or, under the lock of the study, for writing.

use std::fs;

use anyhow::Context;
use jobs::{Event, Journal, JournalError, LockError, Method, Problem, Study, StudyLock};

use crate::choice;
use crate::failure::Kind;
use crate::history::{events, journal_error, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::output::say;
use crate::transfer::{self, SourceStudy};

/// A study open for writing. No other process can write to it until this is dropped.
pub struct Opened {
    /// The study.
    pub study: Study,
    /// Its journal.
    pub journal: Journal,
    /// The lock.
    pub lock: StudyLock,
}

/// Opens a study for writing, or creates it. Prints a warning if the last line of the journal was incomplete.
pub fn open_for_writing(loaded: &LoadedStudy) -> anyhow::Result<Opened> {
    let runs = loaded.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot create the folder {}", runs.display()))?;
    let lock = StudyLock::take(&runs.join("lock")).map_err(|e| match e {
        LockError::Held { .. } => Kind::InUse.error(e),
        LockError::Io { .. } => Kind::Other.error(e),
    })?;
    // the tables of earlier studies are written before the journal: if a journal exists, they are complete
    let new = if loaded.journal()?.exists() {
        None
    } else {
        let sources = transfer::sources(loaded)?;
        let new = prepare(loaded, &sources)?;
        transfer::keep(loaded, &sources)?;
        Some(new)
    };
    let (journal, events, torn) = open_journal(loaded)?;
    if torn > 0 {
        say(&format!(
            "warning: the last line of the journal was incomplete, as after a crash; removed {torn} bytes, nothing else is lost"
        ));
    }
    let (problem, method) = new.map_or_else(|| prepare(loaded, &transfer::sources(loaded)?), Ok)?;
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
    let (problem, method) = prepare(loaded, &transfer::sources(loaded)?)?;
    Study::replay(problem, method, events).map_err(replay_error)
}

/// The problem with its transferred prior, and the method for it.
pub fn prepare(loaded: &LoadedStudy, sources: &[SourceStudy]) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = loaded.problem.clone().with_transfer(transfer::transferred(loaded, sources)?);
    let method = choice::make(&loaded.file.method, &problem).map_err(|e| Kind::Input.error(e))?;
    Ok((problem, method))
}
