use std::sync::Arc;
use std::sync::atomic::Ordering;

use jobs::{DriveError, DriveOptions, ExecutorError, Observer, Recommendation, Study, drive};
use serde_json::json;

use crate::args::RunArgs;
use crate::best_configuration::BestConfiguration;
use crate::executors::executor;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::{Opened, open_to_ask};
use crate::output::emit;
use crate::peft::Peft;
use crate::printable::printable;
use crate::progress::Progress;
use crate::signals::stop_flag;
use crate::status::StatusFile;
use crate::stopped;
use crate::study_file::ExecutorKind;
use crate::times::Times;
use crate::warnings;

/// `jobs run`
pub(super) fn run(args: &RunArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let workers = args.workers.unwrap_or(loaded.file.executor.workers);
    if workers == 0 {
        return Err(Kind::Input.error("--workers is 0, expected at least 1"));
    }
    let Opened { mut study, mut record, lock: _lock } = open_to_ask(loaded)?;
    study.set_time_limit(loaded.time_limit(workers));
    let mut executor = executor(loaded, &loaded.runs()?, workers, false)?;
    let stop = stop_flag()?;
    let mut progress = Progress::new(loaded, &study, as_json, workers, Arc::clone(&stop));
    let mut status = StatusFile::of(loaded)?;
    for notice in Peft::notices(&Peft::undetermined_in(loaded), &loaded.path) {
        progress.noted(&notice);
    }
    if let Some(warning) = warnings::direction(loaded) {
        progress.warn(&warning);
    }
    progress.begin(&study);
    for run in study.history().held() {
        progress.noted(&format!("run {run} is paused, and does not go on until `jobs resume {run}`"));
    }
    let (limits, plain) = (&loaded.file.executor, DriveOptions::default());
    let options = DriveOptions {
        workers,
        stop: &|| stop.load(Ordering::Relaxed),
        max_failures_in_a_row: limits.max_failures_in_a_row.unwrap_or(plain.max_failures_in_a_row),
        max_failures: limits.max_failures,
    };
    stopped::clear(loaded);
    let mut times = Times::begin(loaded, &study);
    let observers: &mut [&mut dyn Observer] = &mut [&mut record, &mut times, &mut status, &mut progress];
    let end = drive(&mut study, executor.as_mut(), observers, options);
    record.keep_state(&study);
    let ended = finish(loaded, &study, end, record.journal.has_failed());
    match ended {
        Ok(best) if as_json => emit(&format!("{}\n", json!({ "event": "finished", "best": best }))),
        Ok(best) => emit(&format!("\n{}", best.text())),
        Err(e) => {
            stopped::record(loaded, &printable(&format!("{e:#}")));
            Err(e)
        }
    }
}

/// The recommendation, or why the study stopped.
fn finish(
    loaded: &LoadedStudy,
    study: &Study,
    end: Result<Option<Recommendation>, DriveError>,
    journal_failed: bool,
) -> anyhow::Result<BestConfiguration> {
    match end {
        Ok(_) => {
            let best = BestConfiguration::of(loaded, study)?;
            best.ok_or_else(|| Kind::Training.error("the budget is used and no run has a value: all runs diverged"))
        }
        Err(DriveError::Interrupted) => {
            let on_slurm = loaded.file.executor.kind == ExecutorKind::Slurm;
            let where_ = if on_slurm { "the tasks continue in Slurm" } else { "the runs saved checkpoints" };
            Err(Kind::Stopped.error(format_args!("stopped; {where_}. `jobs run` continues")))
        }
        Err(e) if journal_failed => Err(Kind::Disk
            .error(format_args!("{e}; finished work is kept. `jobs run` continues once the disk is in order"))),
        Err(DriveError::Executor(e @ ExecutorError::Io { .. })) => {
            Err(Kind::Disk.error(format_args!("{e}; finished work is kept. `jobs run` continues from there")))
        }
        Err(DriveError::Executor(e @ ExecutorError::Refused(_))) => {
            Err(Kind::Training.error(format_args!("{e}; finished work is kept. `jobs run` continues from there")))
        }
        Err(e @ DriveError::Executor(ExecutorError::NoMetric { .. })) => Err(Kind::Training.error(e)),
        Err(e @ (DriveError::Failed { .. } | DriveError::NoValue { .. } | DriveError::Executor(_))) => {
            Err(Kind::Training.error(format_args!(
                "{e}; finished work is kept. Fix the trainer, then continue with `jobs run` \
                 (`max_failures_in_a_row` in [executor] sets how many runs may fail)"
            )))
        }
        Err(e) => Err(e.into()),
    }
}
