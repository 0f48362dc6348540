use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jobs::{DriveError, DriveOptions, ExecutorError, Observer, Recommendation, Report, Study, Trial, drive};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::args::RunArgs;
use crate::best_configuration::BestConfiguration;
use crate::executors::executor;
use crate::failure::Kind;
use crate::loaded_study::{Direction, LoadedStudy};
use crate::numbers::Digits;
use crate::open_study::{Opened, open_to_ask};
use crate::output::{emit, say};
use crate::peft::Peft;
use crate::printable::printable;
use crate::status::StatusFile;
use crate::stopped;
use crate::study_file::ExecutorKind;
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
    let (direction, metric) = (loaded.direction, loaded.metric().to_owned());
    let mut progress = Progress { as_json, direction, metric, stop: Arc::clone(&stop), repeats: false };
    let mut status = StatusFile::of(loaded)?;
    for notice in Peft::notices(&Peft::undetermined_in(loaded), &loaded.path) {
        progress.noted(&notice);
    }
    if let Some(warning) = warnings::direction(loaded) {
        progress.warn(&warning);
    }
    progress.begin(&study, workers);
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
    let end = drive(&mut study, executor.as_mut(), &mut [&mut record, &mut status, &mut progress], options);
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
        Ok(Some(best)) => Ok(BestConfiguration::of(loaded, study.history(), &best)),
        Ok(None) => Err(Kind::Training.error("the budget is used and no run has a value: all runs diverged")),
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

/// A flag that the first SIGTERM or Ctrl-C sets. The second one ends the program immediately.
fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&flag))?;
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(flag)
}

/// Progress: text on standard error, or JSON lines on standard output.
struct Progress {
    as_json: bool,
    direction: Direction,
    metric: String,
    /// Set where nobody can read the progress any more: the study then stops, as after Ctrl-C.
    stop: Arc<AtomicBool>,
    /// Whether it has said that configurations are repeated.
    repeats: bool,
}

impl Progress {
    /// Says once that no untried configuration is left.
    fn note_repeats(&mut self, study: &Study, trial: &Trial) {
        let history = study.history();
        let mut before = history.counted().filter(|r| r.id != trial.run && r.point == trial.point);
        let is_repeat = !self.repeats && trial.from.0 == 0 && history.problem().space.is_finite();
        if let (true, Some(first)) = (is_repeat, before.next())
            && history.untried_near(&trial.point).is_none()
        {
            self.repeats = true;
            let (run, first) = (trial.run, first.id);
            self.noted(&format!(
                "every configuration of the space has a run; run {run} repeats that of run {first}, which averages noise"
            ));
        }
    }

    fn begin(&self, study: &Study, workers: usize) {
        let h = study.history();
        let (budget, done) = (&h.problem().budget, h.runs().len());
        if !self.as_json {
            let verb = if done == 0 { "starts" } else { "continues" };
            self.say(&format!(
                "The study {verb}: {} of {} steps used by {done} runs; method {}, workers: {workers}",
                h.spent(),
                budget.total,
                study.method_name()
            ));
        }
    }

    fn warn(&self, warning: &str) {
        if self.as_json {
            let _ = emit(&format!("{}\n", json!({ "event": "warning", "warning": warning })));
        } else {
            self.say(&format!("warning: {warning}"));
        }
    }

    fn say(&self, line: &str) {
        if !say(line) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Observer for Progress {
    fn asked(&mut self, study: &Study, trial: &Trial) -> Result<(), String> {
        self.note_repeats(study, trial);
        if self.as_json {
            let line = json!({ "event": "asked", "run": trial.run, "phase": trial.phase, "from": trial.from, "to": trial.to,
                "configuration": trial.point.record(), "spent": study.history().spent() });
            return emit(&format!("{line}\n")).map_err(|e| e.to_string());
        }
        Ok(())
    }

    fn told(&mut self, study: &Study, report: &Report) -> Result<(), String> {
        let h = study.history();
        let last = report.curve.last().map(|(_, v)| self.direction.turn(v));
        let best = h.best_finished().map(|(r, v)| (r.id, self.direction.turn(v)));
        let Some(record) = h.run(report.run) else { return Ok(()) };
        if self.as_json {
            let line = json!({ "event": "told", "run": report.run, "phase": record.phase, "status": record.status, "step": report.step,
                "value": last, "best": best.map(|b| b.1), "spent": h.spent() });
            return emit(&format!("{line}\n")).map_err(|e| e.to_string());
        }
        let digits = Digits::that_distinguish(last.into_iter().chain(best.map(|b| b.1)));
        let value = match report.curve.diverged_at() {
            Some(step) => format!("diverged at step {step}"),
            None => last.map_or(String::new(), |v| format!("{} {}", self.metric, digits.write(v))),
        };
        let best = best.map_or(String::new(), |(run, v)| format!("   best {} (run {run})", digits.write(v)));
        let (spent, total) = (h.spent(), h.problem().budget.total);
        let hours = if h.seconds() > 0.0 { format!(" {:.3} h", h.seconds() / 3600.0) } else { String::new() };
        self.say(&format!(
            "[{spent:>6}/{total}{hours}] run {:<4} {:<10} step {:<6} {value}{best}",
            report.run,
            record.phase.to_string(),
            report.step
        ));
        Ok(())
    }

    fn noted(&mut self, note: &str) {
        if self.as_json {
            let _ = emit(&format!("{}\n", json!({ "event": "note", "note": note })));
        } else {
            self.say(&format!("note: {note}"));
        }
    }
}
