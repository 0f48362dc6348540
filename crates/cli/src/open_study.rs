//! Opens a study with its method, for reading or, under the lock of the study, for writing.

use std::fs;

use anyhow::Context;
use jobs::{CaughtUp, Event, Journal, JournalError, LockError, Method, Problem, Study, StudyLock};

use crate::choice;
use crate::dependencies::changed_script;
use crate::failure::Kind;
use crate::history::{journal_error, recovered, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::output::say;
use crate::record::{Record, kept_file};
use crate::transfer::{self, SourceStudy};

/// A study open for writing. No other process can write to it until this is dropped.
pub struct Opened {
    /// The study.
    pub study: Study,
    /// Its journal, with the method's state beside it.
    pub record: Record,
    /// The lock.
    pub lock: StudyLock,
}

impl Opened {
    /// Records what has happened since the last record.
    pub fn record(&mut self) -> anyhow::Result<()> {
        self.record.journal.append(self.study.events()).map_err(|e| Kind::Disk.error(e))?;
        self.record.keep_state(&self.study);
        Ok(())
    }
}

/// Opens a study for writing, or creates it. Prints a warning if the last line of the journal was incomplete.
pub fn open_for_writing(loaded: &LoadedStudy) -> anyhow::Result<Opened> {
    let runs = loaded.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot create the folder {}", runs.display()))?;
    let lock = take_lock(loaded)?;
    // the tables of earlier studies are written before the journal: if a journal exists, they are complete
    let new = if loaded.journal()?.exists() {
        None
    } else {
        let sources = transfer::sources(loaded)?;
        let new = prepare(loaded, &sources)?;
        transfer::keep(loaded, &sources)?;
        Some(new)
    };
    let (journal, events, checksums, torn) = open_journal(loaded)?;
    if torn > 0 {
        say(&format!(
            "warning: the last line of the journal was incomplete, as after a crash; removed {torn} bytes, nothing else is lost"
        ));
    }
    let (problem, method) = new.map_or_else(|| prepare(loaded, &transfer::sources(loaded)?), Ok)?;
    let state = kept_file(loaded)?;
    let kept = state.read(&checksums);
    let (study, caught_up) = Study::resume(problem, method, events, kept.as_ref()).map_err(replay_error)?;
    let mut record = Record::new(journal, state);
    if let Some(note) = note(&study, caught_up) {
        say(&note);
    }
    if caught_up != CaughtUp::Nothing {
        record.keep_state(&study);
    }
    Ok(Opened { study, record, lock })
}

/// What to say about a state that was missing; `None` where the search goes on as it would have.
fn note(study: &Study, caught_up: CaughtUp) -> Option<String> {
    let CaughtUp::AtOnce(reports) = caught_up else { return None };
    // a method without a state has lost nothing
    study.kept_state()?;
    Some(format!(
        "note: the search's state (`state` beside the journal) is missing or old: its models were fitted anew to all runs, {reports} reports at once"
    ))
}

fn take_lock(loaded: &LoadedStudy) -> anyhow::Result<StudyLock> {
    StudyLock::take(&loaded.runs()?.join("lock")).map_err(|e| match e {
        LockError::Held { .. } => Kind::InUse.error(e),
        LockError::Io { .. } => Kind::Other.error(e),
    })
}

/// Opens the journal of a study, or creates it: the journal, its events, the checksums of its lines, and the bytes of an incomplete
/// last line.
fn open_journal(loaded: &LoadedStudy) -> anyhow::Result<(Journal, Vec<Event>, Vec<String>, u64)> {
    let path = loaded.journal()?;
    if !path.exists() {
        return Ok((Journal::create(&path, &loaded.header()).map_err(journal_error)?, vec![], vec![], 0));
    }
    let (journal, recovered) = Journal::open(&path).map_err(journal_error)?;
    if let Some(warning) = changed_script(&recovered.header, &loaded.header()) {
        say(&warning);
    }
    match loaded.difference(&recovered.header) {
        Some(problem) => Err(journal_error(JournalError::OtherStudy { path, problem })),
        None => Ok((journal, recovered.events, recovered.checksums, recovered.torn_bytes)),
    }
}

/// The study with its method, for reading. Where the method's state was missing or old and nobody writes to the study, the new state is
/// kept for the next time.
pub fn replay_with_method(loaded: &LoadedStudy) -> anyhow::Result<Study> {
    let recovered = recovered(loaded)?;
    let (problem, method) = prepare(loaded, &transfer::sources(loaded)?)?;
    let state = kept_file(loaded)?;
    let kept = state.read(&recovered.checksums);
    let end = recovered.end();
    let resumed = Study::resume(problem, method, recovered.events, kept.as_ref());
    let (study, caught_up) = resumed.map_err(replay_error)?;
    if caught_up != CaughtUp::Nothing
        && let (Ok(_lock), Some(end), Some(new)) = (take_lock(loaded), end, study.kept_state())
    {
        // a study on a disk that cannot be written to can still be read
        let _ = state.write(&new, &end);
    }
    Ok(study)
}

/// The problem with its transferred prior, and the method for it.
pub fn prepare(loaded: &LoadedStudy, sources: &[SourceStudy]) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = loaded.problem.clone().with_transfer(transfer::transferred(loaded, sources)?);
    let method = choice::make(&loaded.file.method, &problem).map_err(|e| Kind::Input.error(e))?;
    Ok((problem, method))
}
