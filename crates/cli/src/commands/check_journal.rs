use std::fs;

use jobs::{CaughtUp, History, Recovered};
use serde_json::json;

use crate::dependencies::changed_script;
use crate::failure::Kind;
use crate::history::{recovered, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::open_study::as_begun;
use crate::output::show;

/// `jobs check --journal`: everything that can be verified of a study without training.
pub(super) fn run(loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    // lines, chain, end and settings, with the files that the study depends on
    let journal = recovered(loaded)?;
    let history = History::replay(loaded.problem_of(&journal.header), journal.events.clone()).map_err(replay_error)?;
    let folders = check_folders(loaded, history.runs().len())?;
    let state = state(loaded, &journal)?;
    let files: Vec<String> =
        loaded.hashes().into_keys().filter_map(|key| key.split(" of ").last().map(Into::into)).collect();
    let warning = changed_script(&journal.header, &loaded.header());
    let chained = !journal.checksums.is_empty();
    let (lines, runs) = (journal.events.len() + 1, history.runs().len());
    let value = json!({ "lines": lines, "chained": chained, "incomplete_bytes": journal.torn_bytes, "runs": runs, "reports": history.tells(),
        "spent": history.spent(), "folders": folders, "files": files, "state": state, "warning": warning });
    show(as_json, &value, || {
        let chain = if chained {
            "numbers, checksums and chain are right"
        } else {
            "version 1: checksums are right, there is no chain"
        };
        let mut out = format!("The journal is sound: {lines} lines; {chain}.\n");
        if journal.torn_bytes > 0 {
            out += &format!(
                "  the last line is incomplete ({} bytes), as after a crash; the next `jobs run` removes it\n",
                journal.torn_bytes
            );
        }
        out += &format!(
            "  every event follows from those before it: {runs} runs, {} reports, {} steps used\n",
            history.tells(),
            history.spent()
        );
        out += &format!("  every one of {folders} folders of runs belongs to a run of the journal\n");
        out += &format!(
            "  files the study depends on: {}\n",
            if files.is_empty() { "none".into() } else { files.join(", ") }
        );
        out += &format!("  the kept state of the search is {state}\n");
        out + &warning.iter().map(|warning| format!("{warning}\n")).collect::<String>()
    })
}

/// The number of runs that have a folder. A folder of a run that the journal does not know shows that the end of the journal is missing.
fn check_folders(loaded: &LoadedStudy, runs: usize) -> anyhow::Result<usize> {
    let folder = loaded.runs()?.join("runs");
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(0) };
    let numbers = entries.filter_map(|e| e.ok()?.file_name().to_str()?.strip_prefix("run-")?.parse::<usize>().ok());
    let numbers: Vec<usize> = numbers.collect();
    match numbers.iter().find(|&&number| number >= runs) {
        Some(number) => Err(Kind::Other.error(format_args!(
            "{}: the journal has {runs} runs, but {} holds run {number}: the end of the journal is missing",
            loaded.journal()?.display(),
            folder.display()
        ))),
        None => Ok(numbers.len()),
    }
}

/// What the kept state is worth.
fn state(loaded: &LoadedStudy, journal: &Recovered) -> anyhow::Result<&'static str> {
    let Some(kept) = crate::record::kept_file(loaded)?.read(&journal.checksums) else {
        return Ok("missing or old; it is made again when it is needed");
    };
    let (problem, method) = as_begun(loaded, &journal.header)?;
    let resumed = jobs::Study::resume(problem, method, journal.events.clone(), Some(&kept)).map_err(replay_error)?;
    Ok(if resumed.1 == CaughtUp::Nothing { "that after the last report" } else { "older than the last report" })
}
