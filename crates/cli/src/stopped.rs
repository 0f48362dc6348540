//! Why a study stopped, in a file next to its journal: written when `jobs run` ends with an error, removed when it begins.

use std::fs;
use std::path::PathBuf;

use crate::loaded_study::LoadedStudy;

fn path(loaded: &LoadedStudy) -> Option<PathBuf> {
    Some(loaded.runs().ok()?.join("stopped"))
}

/// Records why. A failed write is harmless: `jobs status` then does not know.
pub(crate) fn record(loaded: &LoadedStudy, why: &str) {
    path(loaded).into_iter().for_each(|path| drop(fs::write(path, why)));
}

/// Forgets it, since the study goes on.
pub(crate) fn clear(loaded: &LoadedStudy) {
    path(loaded).into_iter().for_each(|path| drop(fs::remove_file(path)));
}

/// Why the study stopped; `None` while it runs, and where it ended at the end of its budget.
pub(crate) fn reason(loaded: &LoadedStudy) -> Option<String> {
    fs::read_to_string(path(loaded)?).ok().filter(|why| !why.trim().is_empty())
}
