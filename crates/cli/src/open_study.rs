//! Opens a study with its method, for reading or, under the lock of the study, for writing.

use std::fs;

use anyhow::Context;
use jobs::{CaughtUp, Journal, JournalHeader, LockError, Method, Problem, Recovered, Study, StudyLock};

use crate::choice;
use crate::dependencies::changed_script;
use crate::failure::Kind;
use crate::history::{journal_error, other_study, recovered, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::more_budget;
use crate::output::say;
use crate::record::{Record, kept_file};
use crate::start_again;
use crate::study_file::MethodTable;
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
    let lock = lock(loaded)?;
    open_locked(loaded, lock)
}

/// The same for a command that asks for runs: where the study file was edited before any run had a result, the study starts again.
pub fn open_to_ask(loaded: &LoadedStudy) -> anyhow::Result<Opened> {
    let lock = lock(loaded)?;
    if let Some(note) = start_again::set_aside(loaded)? {
        say(&note);
    }
    open_locked(loaded, lock)
}

/// Creates the study's folder and takes its lock.
fn lock(loaded: &LoadedStudy) -> anyhow::Result<StudyLock> {
    let runs = loaded.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot create the folder {}", runs.display()))?;
    take_lock(loaded)
}

fn open_locked(loaded: &LoadedStudy, lock: StudyLock) -> anyhow::Result<Opened> {
    // the tables of earlier studies are written before the journal: if a journal exists, they are complete
    let new = if loaded.journal()?.exists() {
        None
    } else {
        let sources = transfer::sources(loaded)?;
        let new = prepare(loaded, &loaded.problem, &loaded.file.method, &sources)?;
        transfer::keep(loaded, &sources)?;
        Some(new)
    };
    let (journal, recovered) = open_journal(loaded)?;
    if recovered.torn_bytes > 0 {
        say(&format!(
            "warning: the last line of the journal was incomplete, as after a crash; removed {} bytes, nothing else is lost",
            recovered.torn_bytes
        ));
    }
    let (problem, method) = new.map_or_else(|| as_begun(loaded, &recovered.header), Ok)?;
    let state = kept_file(loaded)?;
    let kept = state.read(&recovered.checksums);
    let resumed = Study::resume(problem, method, recovered.events, kept.as_ref());
    let (study, caught_up) = resumed.map_err(replay_error)?;
    let mut record = Record::new(journal, state);
    if let Some(note) = note(&study, caught_up) {
        say(&note);
    }
    if caught_up != CaughtUp::Nothing {
        record.keep_state(&study);
    }
    let mut opened = Opened { study, record, lock };
    if let Some(note) = more_budget::follow(&mut opened.study, loaded)? {
        opened.record()?;
        say(&note);
    }
    Ok(opened)
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

/// Opens the journal of a study, or creates it.
fn open_journal(loaded: &LoadedStudy) -> anyhow::Result<(Journal, Recovered)> {
    let path = loaded.journal()?;
    if !path.exists() {
        let header = loaded.header();
        let journal = Journal::create(&path, &header).map_err(journal_error)?;
        return Ok((journal, Recovered { header, events: vec![], torn_bytes: 0, checksums: vec![] }));
    }
    let (journal, recovered) = Journal::open(&path).map_err(journal_error)?;
    if let Some(warning) = changed_script(&recovered.header, &loaded.header()) {
        say(&warning);
    }
    match loaded.difference(&recovered.header) {
        Some(problem) => Err(other_study(path, problem, &recovered.events)),
        None => Ok((journal, recovered)),
    }
}

/// The study with its method, for reading. Where the method's state was missing or old and nobody writes to the study, the new state is
/// kept for the next time.
pub fn replay_with_method(loaded: &LoadedStudy) -> anyhow::Result<Study> {
    let recovered = recovered(loaded)?;
    let (problem, method) = as_begun(loaded, &recovered.header)?;
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

/// The problem and the method of the study with this journal, as they were when it began.
pub fn as_begun(loaded: &LoadedStudy, header: &JournalHeader) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    prepare(loaded, &loaded.problem_of(header), &loaded.method_of(header), &transfer::sources(loaded)?)
}

/// The problem with its transferred prior, and the method for it.
pub fn prepare(
    loaded: &LoadedStudy,
    problem: &Problem,
    method: &MethodTable,
    sources: &[SourceStudy],
) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = problem.clone().with_transfer(transfer::transferred(loaded, sources)?);
    let method = choice::make(method, &problem).map_err(|e| Kind::Input.error(e))?;
    Ok((problem, method))
}
