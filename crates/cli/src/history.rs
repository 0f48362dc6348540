//! Reads the journal of a study.

use std::path::PathBuf;

use jobs::{Event, History, HistoryError, Journal, JournalError, Recovered};

use crate::dependencies::accepted;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;

/// The history of a study without its method. Fast, and possible while another process runs the study.
pub fn read_history(loaded: &LoadedStudy) -> anyhow::Result<History> {
    let recovered = recovered(loaded)?;
    let mut history = History::replay(loaded.problem_of(&recovered.header), recovered.events).map_err(replay_error)?;
    let total = loaded.problem.budget.total;
    if loaded.time_limit(1).is_none() && total != history.problem().budget.total {
        // the next command that writes records it, or refuses a budget below what is used
        let _ = history.set_total(total);
    }
    Ok(history)
}

/// The content of the journal, of whatever study it is.
pub(crate) fn read_journal(loaded: &LoadedStudy) -> anyhow::Result<Recovered> {
    let path = loaded.journal()?;
    if !path.exists() {
        return Err(Kind::Nothing.error(format_args!("{}: no run yet; start with `jobs run`", path.display())));
    }
    Journal::peek(&path).map_err(journal_error)
}

/// The content of the journal, once its header is that of the study.
pub(crate) fn recovered(loaded: &LoadedStudy) -> anyhow::Result<Recovered> {
    let (path, recovered) = (loaded.journal()?, read_journal(loaded)?);
    if let Some(problem) = loaded.difference(&accepted(&recovered.header, &recovered.events)) {
        return Err(other_study(path, problem, &recovered.events));
    }
    Ok(recovered)
}

/// A study file that differs from the journal. Before a run has a result, the study starts again with it where runs are asked for.
pub(crate) fn other_study(path: PathBuf, problem: String, events: &[Event]) -> anyhow::Error {
    if has_results(events) {
        return journal_error(JournalError::OtherStudy { path, problem });
    }
    Kind::Nothing.error(format_args!(
        "{}: no run has a result yet, and the study file was edited: {problem}; `jobs run` and `jobs ask` start again with it",
        path.display()
    ))
}

/// Whether an event holds a loss.
pub(crate) fn has_results(events: &[Event]) -> bool {
    events.iter().any(|event| match event {
        Event::Tell { evaluations, .. } => !evaluations.is_empty(),
        Event::Import { .. } => true,
        _ => false,
    })
}

/// A budget that the study cannot be given.
pub(crate) fn budget_error(loaded: &LoadedStudy, e: &HistoryError) -> anyhow::Error {
    match e {
        HistoryError::BelowUsed { total, used } => loaded.complaint(
            "budget",
            "total_steps",
            &format!(
                "is {total}, but {used} steps are used or reserved for runs in training; expected at least {used}"
            ),
        ),
        other => loaded.complaint("budget", "total_steps", &format!("cannot be used: {other}")),
    }
}

pub(crate) fn journal_error(e: JournalError) -> anyhow::Error {
    match e {
        JournalError::OtherStudy { ref problem, .. } if problem.starts_with("its `sha256 of ") => Kind::Input
            .error(format_args!("{e}; restore the file, or accept the change with `jobs accept`, which the journal records")),
        JournalError::OtherStudy { .. } => Kind::Input
            .error(format_args!(
                "{e}; restore the study file and the files it names. To go on with the change: `jobs export table` with the old file, \
                 set `runs` to another folder, then `jobs import table` takes its runs along"
            )),
        JournalError::Replaced { .. } => Kind::Disk.error(e),
        JournalError::Missing { .. } => Kind::Other.error(e),
        JournalError::Damaged { .. } => Kind::Other.error(format_args!("{e}; the lines before it are intact")),
        JournalError::Io { .. } => Kind::Disk.error(e),
    }
}

pub(crate) fn replay_error(e: impl std::fmt::Display) -> anyhow::Error {
    Kind::Other.error(format_args!("the journal cannot be replayed: {e}"))
}
