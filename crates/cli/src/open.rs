//! A study's journal, opened: for looking, or for changing with the lock held.

use std::fs;

use anyhow::Context;
use jobs::{
    Event, History, Journal, JournalError, LockError, Method, MethodError, Problem, Proposal, Recommendation, Study,
    StudyError, StudyLock,
};

use crate::choice;
use crate::failure::Kind;
use crate::study_file::Place;
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
pub fn open(place: &Place) -> anyhow::Result<Opened> {
    let runs = place.runs()?;
    fs::create_dir_all(&runs).with_context(|| format!("cannot make the folder {}", runs.display()))?;
    let lock = StudyLock::take(&runs.join("lock")).map_err(|e| match e {
        LockError::Held { .. } => Kind::InUse.says(e),
        LockError::Io { .. } => Kind::Other.says(e),
    })?;
    // a journal says that what the study learns from is kept
    let begun = if place.journal()?.exists() {
        None
    } else {
        let earlier = transfer::earlier(place)?;
        let begun = prepare(place, &earlier)?;
        transfer::keep(place, &earlier)?;
        Some(begun)
    };
    let (journal, events, torn) = Journal::open_or_create(&place.journal()?, &place.header()).map_err(journal_error)?;
    if torn > 0 {
        eprintln!(
            "warning: the journal's last line was torn, as by a crash; its {torn} bytes are cut off and nothing else is lost"
        );
    }
    let (problem, method) = begun.map_or_else(|| prepare(place, &transfer::earlier(place)?), Ok)?;
    let study = Study::replay(problem, method, events).map_err(replay_error)?;
    Ok(Opened { study, journal, lock })
}

/// What has happened, without the method's thoughts about it: quick, and while another process drives the study.
pub fn look(place: &Place) -> anyhow::Result<Study> {
    Study::replay(place.problem.clone(), Box::new(Onlooker), events(place)?).map_err(replay_error)
}

/// The study with its method, without the right to change it.
pub fn think(place: &Place) -> anyhow::Result<Study> {
    let events = events(place)?;
    let (problem, method) = prepare(place, &transfer::earlier(place)?)?;
    Study::replay(problem, method, events).map_err(replay_error)
}

/// The problem with what earlier studies teach, and the method for it.
pub fn prepare(place: &Place, earlier: &[SourceStudy]) -> anyhow::Result<(Problem, Box<dyn Method>)> {
    let problem = place.problem.clone().with_transfer(transfer::transferred(place, earlier)?);
    let method = choice::make(&place.file.method, &problem).map_err(|e| Kind::Input.says(e))?;
    Ok((problem, method))
}

fn events(place: &Place) -> anyhow::Result<Vec<Event>> {
    let path = place.journal()?;
    if !path.exists() {
        return Err(Kind::Nothing.says(format_args!("{}: nothing has been run yet; `jobs run` begins", path.display())));
    }
    let recovered = Journal::peek(&path).map_err(journal_error)?;
    if let Some(problem) = recovered.header.difference(&place.header()) {
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
