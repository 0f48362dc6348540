//! More budget for a study, or less: `total_steps` in the study file is what counts, and the journal records when it changed.

use std::fs;

use anyhow::Context;
use jobs::{Study, StudyError};
use jobs_core::Steps;
use jobs_core::files::write_atomic;
use serde::Deserialize;
use toml::Spanned;

use crate::failure::Kind;
use crate::history::budget_error;
use crate::loaded_study::LoadedStudy;

/// Gives a study the budget of its file, without recording it. Returns what to say; `None` where it has that budget.
pub(crate) fn follow(study: &mut Study, loaded: &LoadedStudy) -> anyhow::Result<Option<String>> {
    let before = study.history().problem().budget.total;
    let limit = loaded.time_limit(loaded.file.executor.workers);
    if limit.is_some() {
        study.set_time_limit(limit);
        study.follow_time().map_err(|e| Kind::Input.error(e))?;
        let total = study.history().problem().budget.total;
        return Ok((total != before).then(|| format!("note: at the pace so far, the time is enough for {total} steps")));
    }
    let total = loaded.problem.budget.total;
    if total == before {
        return Ok(None);
    }
    set_total(study, loaded, total)?;
    let left = study.history().remaining();
    Ok(Some(format!("note: the budget was {before} steps, and is now {total}; {left} steps are left")))
}

/// Gives a study another budget, without recording it.
pub(crate) fn set_total(study: &mut Study, loaded: &LoadedStudy, total: Steps) -> anyhow::Result<()> {
    study.set_total(total).map_err(|e| match e {
        StudyError::History(e) => budget_error(loaded, &e),
        other => Kind::Input.error(other),
    })
}

#[derive(Deserialize)]
struct File {
    budget: BudgetOfFile,
}

#[derive(Deserialize)]
struct BudgetOfFile {
    total_steps: Spanned<u64>,
}

/// Writes another `total_steps` to the study file and leaves the rest of it as it is.
pub(crate) fn write_total(loaded: &LoadedStudy, total: Steps) -> anyhow::Result<()> {
    // through a link, to the file itself
    let path = fs::canonicalize(&loaded.path).with_context(|| loaded.path.display().to_string())?;
    let text = fs::read_to_string(&path).with_context(|| loaded.path.display().to_string())?;
    let file: File =
        toml::from_str(&text).map_err(|e| Kind::Input.error(format_args!("{}: {e}", loaded.path.display())))?;
    let span = file.budget.total_steps.span();
    let edited = format!("{}{total}{}", &text[..span.start], &text[span.end..]);
    write_atomic(&path, edited.as_bytes()).map_err(|e| Kind::Disk.error(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_however_it_is_written() {
        for text in [
            "[budget] # of all\ntotal_steps = 7_500 # 15 runs\nfull_steps = 500\n",
            "budget = { full_steps = 500, total_steps = 7500 }\n",
            "budget.total_steps = 0x1D4C\n",
        ] {
            let file: File = toml::from_str(text).unwrap();
            let span = file.budget.total_steps.span();
            assert!(["7_500", "7500", "0x1D4C"].contains(&&text[span]), "{text}");
        }
    }
}
