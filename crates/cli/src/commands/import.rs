use std::collections::HashSet;

use jobs::ImportedRun;
use jobs_core::{PointRecord, RunTable, Steps};
use serde_json::json;

use crate::args::ImportArgs;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::open_study::open_for_writing;
use crate::output::show;

/// `jobs import`
pub(super) fn run(args: &ImportArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let table = RunTable::read(&args.folder).map_err(|e| Kind::Input.error(e))?;
    let full = loaded.problem.budget.full;
    if table.full_steps != full {
        return Err(Kind::Input.error(format_args!(
            "{}: a full run has {} steps there and {full} in {}; losses are comparable only at equal lengths",
            args.folder.display(),
            table.full_steps,
            loaded.path.display()
        )));
    }
    let Selection { mut runs, short, foreign } = select(loaded, &table);
    if runs.is_empty() {
        let why = foreign.first().map_or_else(|| format!("all {short} runs are shorter than a full run"), Clone::clone);
        return Err(Kind::Input.error(format_args!("{}: no run can be imported: {why}", args.folder.display())));
    }
    let mut opened = open_for_writing(loaded)?;
    let known = opened.study.history().runs().iter();
    let known: HashSet<String> =
        known.map(|k| identity(&k.point.record(), &k.curve.iter().collect::<Vec<_>>())).collect();
    let all = runs.len();
    runs.retain(|r| !known.contains(&identity(&r.point, &r.evaluations)));
    let (taken, twice) = (runs.len(), all - runs.len());
    if taken > 0 {
        opened.study.import(runs)?;
        opened.record()?;
    }
    let value = json!({ "imported": taken, "known_already": twice, "too_short": short, "outside_the_space": foreign });
    show(as_json, &value, || text(taken, twice, short, &foreign))
}

/// What makes a run the same as another: its configuration and its losses. As text it can be looked up, however many runs there are.
fn identity(point: &PointRecord, evaluations: &[(Steps, f64)]) -> String {
    // plain data with string keys: serialisation cannot fail
    serde_json::to_string(&(point, evaluations)).unwrap_or_default()
}

/// The runs of a table that a study can import.
struct Selection {
    runs: Vec<ImportedRun>,
    /// Number of runs that are shorter than a full run.
    short: usize,
    /// Runs outside the search space, with the reason.
    foreign: Vec<String>,
}

fn select(loaded: &LoadedStudy, table: &RunTable) -> Selection {
    let (mut runs, mut short, mut foreign) = (vec![], 0, vec![]);
    let enough = loaded.problem.budget.full.saturating_sub(interval(table));
    for run in &table.runs {
        let record = run.point.record();
        if let Err(e) = loaded.problem.space.point_from_record(&record) {
            foreign.push(format!("run {}: {e}", run.id));
            continue;
        }
        let diverged_at = run.curve.diverged_at();
        if diverged_at.is_none() && run.curve.last().is_none_or(|(step, _)| step < enough) {
            short += 1;
            continue;
        }
        let evaluations = run.curve.iter().map(|(step, v)| (step, loaded.direction.turn(v))).collect();
        runs.push(ImportedRun { point: record, evaluations, diverged_at });
    }
    Selection { runs, short, foreign }
}

fn text(taken: usize, twice: usize, short: usize, foreign: &[String]) -> String {
    let mut out = format!("{taken} full runs imported; they use no budget\n");
    for (n, what) in [(twice, "runs skipped: already in the study"), (short, "runs skipped: shorter than a full run")] {
        if n > 0 {
            out += &format!("{n} {what}\n");
        }
    }
    if let Some(first) = foreign.first() {
        out += &format!("{} runs skipped: outside the search space; the first: {first}\n", foreign.len());
    }
    out
}

/// The median interval of evaluations. A run that lacks only its last evaluation counts as full.
fn interval(table: &RunTable) -> Steps {
    let mut gaps: Vec<u64> = table
        .runs
        .iter()
        .flat_map(|r| r.curve.steps().windows(2).map(|w| w[1].0 - w[0].0).collect::<Vec<_>>())
        .collect();
    gaps.sort_unstable();
    Steps(gaps.get(gaps.len() / 2).copied().unwrap_or(0))
}
