use std::io::Read;

use jobs::external::{Measurement, OtherMetrics, parse_line};
use jobs::{Report, RunId, RunRecord, Status, StudyError};
use jobs_core::{LearningCurve, Steps};
use serde_json::json;

use crate::args::TellArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;
use crate::times::Times;

/// `jobs tell`
pub(super) fn run(args: &TellArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let (name, text) = read(args)?;
    let mut opened = open_for_writing(loaded)?;
    let run = RunId(args.run);
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
    opened.study.tell(Report { run, step, curve }).map_err(|e| match e {
        StudyError::Method { .. } => Kind::Other.error(e),
        e => bad(e.to_string()),
    })?;
    opened.record()?;
    Times::of(loaded).note("tell", run.0);
    let h = opened.study.history();
    let (used, total) = (h.spent(), h.problem().budget.total);
    show(as_json, &json!({ "run": run, "step": step, "budget_used": used, "spent": used, "total": total }), || {
        format!("run {run} recorded at step {step}; {used} of {total} steps used\n")
    })
}

fn bad(problem: String) -> anyhow::Error {
    Kind::Input.error(problem)
}

/// What the lines say of a run.
struct Told {
    curve: LearningCurve,
    /// The step it reached.
    step: Steps,
    metrics: OtherMetrics,
}

/// Reads the lines of a pending run. An error names the line, or what is missing at the end.
fn told(loaded: &LoadedStudy, record: &RunRecord, name: &str, text: &str) -> anyhow::Result<Told> {
    let (run, from, to, metric) = (record.id, record.step, record.to, loaded.metric());
    let (mut curve, mut reached, mut metrics) = (record.curve.clone(), from, OtherMetrics::default());
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
    if curve.diverged_at().is_none() && step != to {
        let expected = format!("expected a line {{\"step\": {to}, \"{metric}\": ...}} at the end");
        return Err(bad(format!(
            "{name}: run {run} is at step {step} of {to}; {expected}, or the value NaN if it diverged"
        )));
    }
    if step == Steps::ZERO {
        return Err(bad(format!("{name}: no line has a step")));
    }
    if curve.len() == record.curve.len() && curve.diverged_at().is_none() {
        let names = metrics.names().join(", ");
        let there = if names.is_empty() { "no number".to_owned() } else { names };
        return Err(bad(format!(
            "{name}: no line after step {from} has `{metric}`, the metric of the study; besides the step there is {there}. \
             Nothing was recorded"
        )));
    }
    Ok(Told { curve, step, metrics })
}

fn read(args: &TellArgs) -> anyhow::Result<(String, String)> {
    let mut text = String::new();
    match &args.file {
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
