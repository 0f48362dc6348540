//! A study's journal, opened: for looking, or for changing with the lock held.

use std::fs;

use anyhow::Context;
use jobs::{
    Event, History, Journal, JournalError, LockError, Method, MethodError, Problem, Proposal, Recommendation, Study,
    StudyError, StudyLock,
};

use crate::choice;
use crate::failure::Kind;
use crate::study_file::LoadedStudy;
use crate::transfer::{self, SourceStudy};

/// A study that may be changed: nobody else can as long as this lives.
pub struct Opened {
    /// The study, as far as it has come.
    pub study: Study,
    /// Where its events are kept.
    pub journal: Journal,
    /// The right to change it.
    pub lock: StudyLock,
}

/// Opens a study for changing; a new one where there is none. Says when a torn line was cut.
pub fn open_for_writing(loaded: &LoadedStudy) -> anyhow::Result<Opened> {
    let runs = loaded.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot make the folder {}", runs.display()))?;
    let lock = StudyLock::take(&runs.join("lock")).map_err(|e| match e {
        LockError::Held { .. } => Kind::InUse.says(e),
        LockError::Io { .. } => Kind::Other.says(e),
    })?;
    // a journal says that what the study learns from is kept
    let begun = if loaded.journal()?.exists() {
        None
    } else {
        let earlier = transfer::earlier(loaded)?;
        let begun = prepare(loaded, &earlier)?;
        transfer::keep(loaded, &earlier)?;
        Some(begun)
    };
    let (journal, events, torn) =
        Journal::open_or_create(&loaded.journal()?, &loaded.header()).map_err(journal_error)?;
    if torn > 0 {
        eprintln!(
            "warning: the journal's last line was torn, as by a crash; its {torn} bytes are cut off and nothing else is lost"
        );
    }
    let (problem, method) = begun.map_or_else(|| prepare(loaded, &transfer::earlier(loaded)?), Ok)?;
    let study = Study::replay(problem, method, events).map_err(replay_error)?;
    Ok(Opened { study, journal, lock })
}

/// What has happened, without the method's thoughts about it: quick, and while another process drives the study.
pub fn read_history(loaded: &LoadedStudy) -> anyhow::Result<Study> {
    Study::replay(loaded.problem.clone(), Box::new(Onlooker), events(loaded)?).map_err(replay_error)
}

/// The study with its method, without the right to change it.
pub fn replay_with_method(loaded: &LoadedStudy) -> anyhow::Result<Study> {
    let events = events(loaded)?;
    let (problem, method) = prepare(loaded, &transfer::earlier(loaded)?)?;
    Study::replay(problem, method, events).map_err(replay_error)
}

/// The problem with what earlier studies teach, and the method for it.
pub fn prepare(loaded: &LoadedStudy, earlier: &[SourceStudy]) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = loaded.problem.clone().with_transfer(transfer::transferred(loaded, earlier)?);
    let method = choice::make(&loaded.file.method, &problem).map_err(|e| Kind::Input.says(e))?;
    Ok((problem, method))
}

fn events(loaded: &LoadedStudy) -> anyhow::Result<Vec<Event>> {
    let path = loaded.journal()?;
    if !path.exists() {
        return Err(Kind::Nothing.says(format_args!("{}: nothing has been run yet; `jobs run` begins", path.display())));
    }
    let recovered = Journal::peek(&path).map_err(journal_error)?;
    if let Some(problem) = recovered.header.difference(&loaded.header()) {
        return Err(journal_error(JournalError::OtherStudy { path, problem }));
    }
    Ok(recovered.events)
}

fn journal_error(e: JournalError) -> anyhow::Error {
    match e {
        JournalError::OtherStudy { .. } => {
            Kind::Input.says(format_args!("{e}; put the study file back as it was, or name another folder in `runs`"))
        }
        JournalError::Damaged { .. } => Kind::Other.says(format_args!("{e}; the lines before it are sound")),
        JournalError::Io { .. } => Kind::Disk.says(e),
    }
}

fn replay_error(e: StudyError) -> anyhow::Error {
    Kind::Other.says(format_args!("the journal cannot be followed: {e}"))
}

/// A method without thoughts.
struct Onlooker;

impl Method for Onlooker {
    fn name(&self) -> &str {
        "onlooker"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, _history: &History) -> Result<Proposal, MethodError> {
        Ok(Proposal::Finish)
    }

    fn recommend(&self, _history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(None)
    }
}
