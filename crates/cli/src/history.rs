//! Reads the journal of a study.

use jobs::{History, Journal, JournalError, Recovered};

use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;

/// The history of a study without its method. Fast, and possible while another process runs the study.
pub fn read_history(loaded: &LoadedStudy) -> anyhow::Result<History> {
    History::replay(loaded.problem.clone(), recovered(loaded)?.events).map_err(replay_error)
}

/// The content of the journal, once its header is that of the study.
pub(crate) fn recovered(loaded: &LoadedStudy) -> anyhow::Result<Recovered> {
    let path = loaded.journal()?;
    if !path.exists() {
        return Err(Kind::Nothing.error(format_args!("{}: no run yet; start with `jobs run`", path.display())));
    }
    let recovered = Journal::peek(&path).map_err(journal_error)?;
    if let Some(problem) = loaded.difference(&recovered.header) {
        return Err(journal_error(JournalError::OtherStudy { path, problem }));
    }
    Ok(recovered)
}

pub(crate) fn journal_error(e: JournalError) -> anyhow::Error {
    match e {
        JournalError::OtherStudy { .. } => Kind::Input
            .error(format_args!("{e}; restore the study file and the files it names, or set `runs` to another folder")),
        JournalError::Replaced { .. } => Kind::Disk.error(e),
        JournalError::Missing { .. } => Kind::Other.error(e),
        JournalError::Damaged { .. } => Kind::Other.error(format_args!("{e}; the lines before it are intact")),
        JournalError::Io { .. } => Kind::Disk.error(e),
    }
}

pub(crate) fn replay_error(e: impl std::fmt::Display) -> anyhow::Error {
    Kind::Other.error(format_args!("the journal cannot be replayed: {e}"))
}
