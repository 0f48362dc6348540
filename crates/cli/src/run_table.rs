//! The runs of a study as a run table.

use jobs::{History, RunRecord};
use jobs_core::RunTable;
use jobs_core::run_table::RecordedRun;

use crate::loaded_study::LoadedStudy;

/// The runs as a run table of metrics, with phase and state as notes.
pub fn run_table(loaded: &LoadedStudy, history: &History) -> RunTable {
    let run = |r: &RunRecord| RecordedRun {
        id: r.id.to_string(),
        point: r.point.clone(),
        notes: notes(r),
        curve: loaded.direction.turn_curve(&r.curve),
        extras: vec![],
        rows_after_divergence: 0,
    };
    RunTable {
        space: loaded.problem.space.clone(),
        full_steps: loaded.problem.budget.full,
        metric: loaded.metric().to_owned(),
        note_names: ["phase", "state", "steps"].map(str::to_owned).to_vec(),
        extra_metrics: vec![],
        runs: history.runs().iter().map(run).collect(),
    }
}

/// Phase, state and last step of a run.
pub fn notes(r: &RunRecord) -> Vec<String> {
    vec![r.phase.to_string(), format!("{:?}", r.status).to_lowercase(), r.step.to_string()]
}
