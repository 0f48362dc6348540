use std::fs;

use anyhow::Context;
use jobs::external::reread;
use jobs::{CaughtUp, History, Recovered};
use serde_json::json;

use crate::dependencies::{accepted, changed_script};
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
    let outputs = check_outputs(loaded, &history)?;
    let state = state(loaded, &journal)?;
    let files: Vec<String> =
        loaded.hashes().into_keys().filter_map(|key| key.split(" of ").last().map(Into::into)).collect();
    let warning = changed_script(&accepted(&journal.header, &journal.events), &loaded.header());
    let chained = !journal.checksums.is_empty();
    let (lines, runs) = (journal.events.len() + 1, history.runs().len());
    let value = json!({ "lines": lines, "chained": chained, "incomplete_bytes": journal.torn_bytes, "runs": runs, "reports": history.tells(),
        "budget_used": history.spent(), "spent": history.spent(), "folders": folders, "outputs": outputs.same, "without_outputs": outputs.elsewhere, "files": files, "state": state, "warning": warning });
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
        out += &format!("  the output files of {} runs hold what the journal records\n", outputs.same);
        if outputs.elsewhere > 0 {
            out += &format!(
                "  {} runs have results that their output files do not reach: entered with `jobs tell`, or the files were cut\n",
                outputs.elsewhere
            );
        }
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

/// Runs whose results were compared with their own output files.
struct Outputs {
    same: usize,
    /// Runs whose files do not reach the step of their result.
    elsewhere: usize,
}

/// Reads the outputs of all runs again. A result that differs from them is an error.
fn check_outputs(loaded: &LoadedStudy, history: &History) -> anyhow::Result<Outputs> {
    let folder = loaded.runs()?.join("runs");
    let mut outputs = Outputs { same: 0, elsewhere: 0 };
    let turn = |v: Option<f64>| v.map_or("nothing".to_owned(), |v| loaded.direction.turn(v).to_string());
    for record in history.counted().filter(|r| !r.curve.is_empty()) {
        let read = reread(&folder, record, loaded.direction.maximise);
        let Some(read) = read.with_context(|| format!("the output of run {}", record.id))? else { continue };
        let failed = record.curve.diverged_at().is_some();
        if read.reached < record.step && !failed {
            outputs.elsewhere += 1;
            continue;
        }
        if let Some((step, here, there)) = read.difference(record) {
            return Err(Kind::Other.error(format_args!(
                "{}: run {} has {} {} at step {step}, but its output in {} has {}; restore `runs` from a backup, or withdraw the run with \
                 `jobs forget {}`",
                loaded.journal()?.display(),
                record.id,
                loaded.metric(),
                turn(here),
                folder.join(format!("run-{:05}", record.id.0)).display(),
                turn(there),
                record.id
            )));
        }
        outputs.same += 1;
    }
    Ok(outputs)
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
