//! The runs of a study as a run table.

use std::collections::BTreeSet;

use jobs::{History, RunRecord};
use jobs_core::RunTable;
use jobs_core::run_table::RecordedRun;

use crate::loaded_study::LoadedStudy;

/// The runs as a run table of metrics, with phase and state as notes.
pub fn run_table(loaded: &LoadedStudy, history: &History) -> RunTable {
    // the columns of a run table that are no metric
    let reserved = |name: &&String| [loaded.metric(), "run_id", "step"].contains(&name.as_str());
    let names: BTreeSet<&String> = history.runs().iter().flat_map(|r| r.metrics.keys()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| !reserved(name)).cloned().collect();
    let run = |r: &RunRecord| RecordedRun {
        id: r.id.to_string(),
        point: r.point.clone(),
        notes: notes(r),
        curve: loaded.direction.turn_curve(&r.curve),
        extras: names.iter().map(|name| r.metrics.get(name).cloned().unwrap_or_default()).collect(),
        rows_after_divergence: 0,
    };
    RunTable {
        space: loaded.problem.space.clone(),
        full_steps: loaded.problem.budget.full,
        metric: loaded.metric().to_owned(),
        note_names: ["phase", "state", "steps"].map(str::to_owned).to_vec(),
        runs: history.runs().iter().map(run).collect(),
        extra_metrics: names.clone(),
    }
}

/// Phase, state and last step of a run.
pub fn notes(r: &RunRecord) -> Vec<String> {
    vec![r.phase.to_string(), format!("{:?}", r.status).to_lowercase(), r.step.to_string()]
}
