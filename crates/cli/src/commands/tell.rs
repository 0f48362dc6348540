use std::io::Read;
use std::path::Path;

use jobs::external::{Measurement, OtherMetrics, parse_line};
use jobs::{Report, RunId, RunRecord, Status, StudyError};
use jobs_core::{LearningCurve, Steps};
use serde_json::json;

use super::tell_elsewhere;
use crate::args::TellArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs tell`
pub(super) fn run(args: &TellArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let (first, second) = (args.run.as_deref(), args.file.as_deref());
    if let Some(configuration) = &args.configuration {
        if second.is_some() {
            return Err(bad(
                "with --configuration, `jobs tell` takes one file of results and no number of a run".into()
            ));
        }
        return tell_elsewhere::run(configuration, first.map(Path::new), loaded, as_json);
    }
    let number = first.unwrap_or_default();
    let number = number.parse().map_err(|_| {
        bad(format!(
            "`{number}` is no number of a run; `jobs tell --configuration FILE` records a run that was not asked for"
        ))
    })?;
    let (name, text) = read(second)?;
    let mut opened = open_for_writing(loaded)?;
    let run = RunId(number);
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
    let Told { curve, step, metrics } = told(loaded, record, &name, &text)?;
    opened.study.record_metrics(run, metrics.values()).map_err(|e| bad(e.to_string()))?;
    if let Some(seconds) = args.seconds {
        opened.study.record_seconds(run, seconds).map_err(|e| bad(e.to_string()))?;
    }
    opened.study.tell(Report { run, step, curve }).map_err(|e| match e {
        StudyError::Method { .. } => Kind::Other.error(e),
        e => bad(e.to_string()),
    })?;
    opened.study.follow_time()?;
    opened.record()?;
    let h = opened.study.history();
    let (spent, total) = (h.spent(), h.problem().budget.total);
    show(as_json, &json!({ "run": run, "step": step, "spent": spent, "total": total }), || {
        format!("run {run} recorded at step {step}; {spent} of {total} steps used\n")
    })
}

pub(super) fn bad(problem: String) -> anyhow::Error {
    Kind::Input.error(problem)
}

/// What the lines of a trainer say of a run.
pub(super) struct Told {
    pub(super) curve: LearningCurve,
    /// The step it reached.
    pub(super) step: Steps,
    pub(super) metrics: OtherMetrics,
}

/// Reads the lines of a run from `from` to at most `to`. An error names the line.
pub(super) fn read_lines(
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

/// The lines of a file or of standard input, with its name.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<(String, String)> {
    let mut text = String::new();
    match file {
        Some(path) => {
            text = std::fs::read_to_string(path)
                .map_err(|e| Kind::Input.error(format_args!("{}: {e}", path.display())))?;
            Ok((path.display().to_string(), text))
        }
        None => {
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|e| Kind::Input.error(format_args!("standard input: {e}")))?;
            Ok(("standard input".into(), text))
        }
    }
}
