//! Runs that somebody else trains: what `jobs ask` and `jobs tell` do, for callers that keep the study open.

use std::fs;

use anyhow::Context;
use jobs::external::{Measurement, OtherMetrics, Request, parse_line};
use jobs::{Report, RunId, RunRecord, Status, Study, StudyError, Trial};
use jobs_core::{LearningCurve, Steps};

use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::more_budget::{set_total, write_total};
use crate::open_study::Opened;
use crate::times::Times;

/// The next run to train; `None` where the budget is used, or nothing can be chosen before a pending run has a result
/// ([`nothing_to_ask`]).
///
/// # Errors
/// The method fails, or the journal cannot be written.
pub fn ask(loaded: &LoadedStudy, opened: &mut Opened) -> anyhow::Result<Option<Trial>> {
    let trial = opened.study.ask()?;
    opened.record.journal.append(opened.study.events()).map_err(|e| Kind::Disk.error(e))?;
    if let Some(trial) = &trial {
        Times::of(loaded).note("ask", trial.run.0);
    }
    Ok(trial)
}

/// The runs without a result so far, the oldest first.
pub fn pending(study: &Study) -> Vec<Trial> {
    let mut trials = study.history().pending_trials();
    trials.reverse();
    trials
}

/// Why there is no run to train.
pub fn nothing_to_ask(study: &Study) -> anyhow::Error {
    Kind::Nothing.error(match study.history().pending_trials().len() {
        0 => "the budget is used; `jobs best` prints the result, `jobs extend` adds budget".to_owned(),
        n => format!(
            "no new run until one of the {n} pending runs has a result (`jobs ask --pending` lists them, `jobs forget RUN` \
             withdraws one)"
        ),
    })
}

/// A run as a request for a trainer. Creates the folder of its checkpoint.
///
/// # Errors
/// The folder cannot be created.
pub fn request(loaded: &LoadedStudy, study: &Study, trial: &Trial) -> anyhow::Result<Request> {
    let folder = loaded.runs()?.join("runs").join(format!("run-{:05}", trial.run.0)).join("checkpoint");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let full = study.history().problem().budget.full;
    Ok(Request::of(trial, full, loaded.metric(), folder, trial.from.0 > 0))
}

/// Records the result of a pending run from the lines that a trainer writes; `name` is where they come from, `seconds` how long it was
/// trained, where that is known. Returns the step it reached.
///
/// # Errors
/// A run that is not pending, lines that do not end its training, or a journal that cannot be written. Nothing is recorded then.
pub fn tell(
    loaded: &LoadedStudy,
    opened: &mut Opened,
    run: RunId,
    name: &str,
    text: &str,
    seconds: Option<f64>,
) -> anyhow::Result<Steps> {
    let record = opened.study.history().run(run);
    let record =
        record.ok_or_else(|| bad(format!("there is no run {run}; `jobs ask --pending` lists the pending runs")))?;
    match record.status {
        Status::Pending => {}
        Status::Withdrawn => return Err(bad(format!("run {run} was withdrawn; `jobs ask` gives another"))),
        _ => {
            let step = record.step;
            return Err(bad(format!(
                "run {run} is not pending: its result was recorded, at step {step}; `jobs forget {run}` withdraws it"
            )));
        }
    }
    let Told { curve, step, metrics } = told(loaded, record, name, text)?;
    opened.study.record_metrics(run, metrics.values()).map_err(|e| bad(e.to_string()))?;
    if let Some(seconds) = seconds {
        opened.study.record_seconds(run, seconds).map_err(|e| bad(e.to_string()))?;
    }
    opened.study.tell(Report { run, step, curve }).map_err(|e| match e {
        StudyError::Method { .. } => Kind::Other.error(e),
        e => bad(e.to_string()),
    })?;
    opened.study.follow_time()?;
    opened.record()?;
    Times::of(loaded).note("tell", run.0);
    Ok(step)
}

/// Withdraws a run; returns its status before and the steps that are free again.
///
/// # Errors
/// A run that is not there or was withdrawn before, or a journal that cannot be written.
pub fn forget(opened: &mut Opened, run: RunId) -> anyhow::Result<(Status, Steps)> {
    let history = opened.study.history();
    let status = history.run(run).map(|r| r.status).ok_or_else(|| {
        let runs = history.runs().len();
        bad(format!(
            "there is no run {run}; the study has {runs} runs, numbered from 0 (`jobs status --all` lists them)"
        ))
    })?;
    if status == Status::Withdrawn {
        return Err(bad(format!("run {run} was withdrawn before")));
    }
    let freed = opened.study.forget(run)?;
    opened.record.journal.append(opened.study.events()).map_err(|e| Kind::Disk.error(e))?;
    Ok((status, freed))
}

/// Gives the study another budget, also in its file. Returns the steps left.
///
/// # Errors
/// A budget below the steps used, or files that cannot be written.
pub fn extend(loaded: &LoadedStudy, opened: &mut Opened, total: Steps) -> anyhow::Result<Steps> {
    set_total(&mut opened.study, loaded, total)?;
    // the file first: a crash in between leaves an edited file, which the next command follows
    write_total(loaded, total)?;
    opened.record()?;
    Ok(opened.study.history().remaining())
}

pub(crate) fn bad(problem: String) -> anyhow::Error {
    Kind::Input.error(problem)
}

/// What the lines of a trainer say of a run.
pub(crate) struct Told {
    pub(crate) curve: LearningCurve,
    /// The step it reached.
    pub(crate) step: Steps,
    pub(crate) metrics: OtherMetrics,
}

/// Reads the lines of a run from `from` to at most `to`. An error names the line.
pub(crate) fn read_lines(
    loaded: &LoadedStudy,
    name: &str,
    text: &str,
    before: &LearningCurve,
    from: Steps,
    to: Steps,
) -> anyhow::Result<Told> {
    let metric = loaded.metric();
    let (mut curve, mut reached, mut metrics) = (before.clone(), from, OtherMetrics::default());
    for (i, line) in text.lines().enumerate() {
        let at = |problem: String| bad(format!("{name}:{}: {problem}", i + 1));
        let (step, value) = match parse_line(line, metric).map_err(at)? {
            Some(Measurement::Metric(step, value)) => (step, Some(value)),
            Some(Measurement::Progress(step)) => (step, None),
            None => continue,
        };
        if step > to {
            return Err(at(format!("step {step} is past the requested step {to}")));
        }
        reached = reached.max(step);
        // lines recorded before may be repeated
        if step <= from {
            continue;
        }
        metrics.record(line, metric, step);
        if let Some(value) = value {
            curve.push(step, loaded.direction.turn(value)).map_err(|e| at(e.to_string()))?;
        }
    }
    let step = curve.diverged_at().unwrap_or(reached);
    Ok(Told { curve, step, metrics })
}

/// Reads the lines of a pending run. An error names the line, or what is missing at the end.
fn told(loaded: &LoadedStudy, record: &RunRecord, name: &str, text: &str) -> anyhow::Result<Told> {
    let (run, from, to, metric) = (record.id, record.step, record.to, loaded.metric());
    let told = read_lines(loaded, name, text, &record.curve, from, to)?;
    let (step, has_diverged) = (told.step, told.curve.diverged_at().is_some());
    if !has_diverged && step != to {
        let expected = format!("expected a line {{\"step\": {to}, \"{metric}\": ...}} at the end");
        return Err(bad(format!(
            "{name}: run {run} is at step {step} of {to}; {expected}, or the value NaN if it diverged"
        )));
    }
    if step == Steps::ZERO {
        return Err(bad(format!("{name}: no line has a step")));
    }
    if told.curve.len() == record.curve.len() && !has_diverged {
        let names = told.metrics.names().join(", ");
        let there = if names.is_empty() { "no number".to_owned() } else { names };
        return Err(bad(format!(
            "{name}: no line after step {from} has `{metric}`, the metric of the study; besides the step there is {there}. \
             Nothing was recorded"
        )));
    }
    Ok(told)
}
