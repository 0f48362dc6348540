//! `jobs tell --configuration`: a run that the user trained without being asked.

use std::path::Path;

use jobs::ImportedRun;
use jobs_core::{LearningCurve, Steps};
use serde_json::json;

use super::tell::read;
use crate::by_hand::{Told, bad, read_lines};
use crate::configuration::of_file;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_to_ask;
use crate::output::show;

/// Records the run of a configuration, without using budget.
pub(super) fn run(
    configuration: &Path,
    metrics: Option<&Path>,
    loaded: &LoadedStudy,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut written = of_file(configuration)?;
    if written.len() > 1 {
        let many = written.len();
        return Err(bad(format!(
            "{}: has {many} configurations, expected the one that was trained",
            configuration.display()
        )));
    }
    let Some(written) = written.pop() else { return Ok(()) };
    let point = written.whole(&loaded.problem.space)?;
    let (name, text) = read(metrics)?;
    let full = loaded.problem.budget.full;
    let Told { curve, step, metrics } = read_lines(loaded, &name, &text, &LearningCurve::new(), Steps::ZERO, full)?;
    let diverged_at = curve.diverged_at();
    if curve.is_empty() && diverged_at.is_none() {
        let metric = loaded.metric();
        return Err(bad(format!(
            "{name}: no line has a step and `{metric}`, as in {{\"step\": {full}, \"{metric}\": 1.2}}"
        )));
    }
    // what lies after the last evaluation is not known
    let last = diverged_at.or(curve.last().map(|(step, _)| step)).unwrap_or(step);
    let partial = diverged_at.is_none() && last < full;
    let evaluations = curve.iter().collect();
    let run = ImportedRun { point: point.record(), evaluations, diverged_at, partial, metrics: metrics.values() };
    let mut opened = open_to_ask(loaded)?;
    opened.study.import(vec![run])?;
    opened.record()?;
    let run = opened.study.history().runs().len() - 1;
    show(as_json, &json!({ "run": run, "step": last, "full": !partial && diverged_at.is_none() }), || {
        let what = match diverged_at {
            Some(step) => format!("diverged at step {step}"),
            None if partial => format!("trained to step {last} of {full}"),
            None => "a full run".to_owned(),
        };
        format!("recorded as run {run}: {what}; it uses no budget\n")
    })
}
