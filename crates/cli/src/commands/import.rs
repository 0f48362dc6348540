use std::collections::{BTreeMap, HashSet};

use jobs::{ImportedRun, MetricValues};
use jobs_core::run_table::RecordedRun;
use jobs_core::{Domain, PointRecord, RecordValue, RunTable, Steps};
use serde_json::json;

use crate::args::ImportArgs;
use crate::configuration::{completed, of_arguments};
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
    let set = of_arguments(&loaded.problem.space, &args.set)?.record(&loaded.problem.space)?;
    if let Some(name) = set.keys().find(|name| table.space.index_of(name).is_some()) {
        return Err(Kind::Input.error(format_args!("--set {name}: the table has values of `{name}`")));
    }
    let Selection { mut runs, mut skipped, without } = select(loaded, &table, &set, args.full_only);
    if runs.is_empty() {
        let why = skipped.why().unwrap_or_else(|| "it has no run".into());
        return Err(Kind::Input.error(format_args!("{}: no run can be imported: {why}", args.folder.display())));
    }
    let mut opened = open_for_writing(loaded)?;
    let known = opened.study.history().runs().iter();
    let known: HashSet<String> =
        known.map(|k| identity(&k.point.record(), &k.curve.iter().collect::<Vec<_>>())).collect();
    let all = runs.len();
    runs.retain(|r| !known.contains(&identity(&r.point, &r.evaluations)));
    let early = runs.iter().filter(|r| r.partial).count();
    let taken = Taken { full: runs.len() - early, early, without };
    skipped.twice = all - runs.len();
    if !runs.is_empty() {
        opened.study.import(runs)?;
        opened.record()?;
    }
    let value = json!({ "imported": taken.full, "imported_early": taken.early, "known_already": skipped.twice,
        "too_short": skipped.short, "without_evaluation": skipped.empty, "outside_the_space": skipped.foreign });
    show(as_json, &value, || text(&taken, &skipped))
}

/// What makes a run the same as another: its configuration and its losses. As text it can be looked up, however many runs there are.
fn identity(point: &PointRecord, evaluations: &[(Steps, f64)]) -> String {
    // plain data with string keys: serialisation cannot fail
    serde_json::to_string(&(point, evaluations)).unwrap_or_default()
}

/// The runs of a table that a study can import.
struct Selection {
    runs: Vec<ImportedRun>,
    skipped: Skipped,
    /// Parts of mixtures that the table does not have.
    without: Vec<String>,
}

/// Numbers of runs that are not imported.
#[derive(Default)]
struct Skipped {
    /// In the study already.
    twice: usize,
    /// Shorter than a full run.
    short: usize,
    /// Without any evaluation.
    empty: usize,
    /// Outside the search space, with the reason.
    foreign: Vec<String>,
}

impl Skipped {
    fn why(&self) -> Option<String> {
        let short = (self.short > 0).then(|| format!("all {} runs are shorter than a full run", self.short));
        let empty = (self.empty > 0).then(|| format!("{} runs have no evaluation", self.empty));
        self.foreign.first().cloned().or(short).or(empty)
    }
}

/// What is imported.
struct Taken {
    full: usize,
    early: usize,
    without: Vec<String>,
}

fn select(loaded: &LoadedStudy, table: &RunTable, set: &BTreeMap<String, RecordValue>, full_only: bool) -> Selection {
    let (mut runs, mut skipped) = (vec![], Skipped::default());
    let full = loaded.problem.budget.full;
    // of early and full runs with few evaluations, the interval is no measure of what may be missing at the end
    let enough = full.saturating_sub(interval(table).min(Steps(full.0 / 4)));
    for run in &table.runs {
        let mut record = run.point.record();
        record.0.extend(set.clone());
        let record = completed(&loaded.problem.space, record);
        if let Err(e) = loaded.problem.space.point_from_record(&record) {
            skipped.foreign.push(format!("run {}: {e}", run.id));
            continue;
        }
        let diverged_at = run.curve.diverged_at();
        let last = run.curve.last().map(|(step, _)| step);
        let partial = diverged_at.is_none() && last.is_none_or(|step| step < enough);
        if diverged_at.is_none() && last.is_none() {
            skipped.empty += 1;
        } else if partial && full_only {
            skipped.short += 1;
        } else {
            let evaluations = run.curve.iter().map(|(step, v)| (step, loaded.direction.turn(v))).collect();
            runs.push(ImportedRun {
                point: record,
                evaluations,
                diverged_at,
                partial,
                metrics: metrics(table, run, full),
            });
        }
    }
    Selection { runs, skipped, without: without(loaded, table) }
}

/// Parts of the study's mixtures that the table's mixtures do not have.
fn without(loaded: &LoadedStudy, table: &RunTable) -> Vec<String> {
    let mut found = vec![];
    for d in loaded.problem.space.dimensions() {
        let there = table.space.dimensions().iter().find(|t| t.name == d.name).map(|t| &t.domain);
        if let (Domain::Simplex { parts }, Some(Domain::Simplex { parts: known })) = (&d.domain, there) {
            found.extend(parts.iter().filter(|p| !known.contains(p)).map(|p| format!("{}.{p}", d.name)));
        }
    }
    found
}

/// The other metrics of a run, up to a full run.
fn metrics(table: &RunTable, run: &RecordedRun, full: Steps) -> MetricValues {
    let values = |values: &[(Steps, f64)]| -> Vec<(Steps, f64)> {
        values.iter().copied().filter(|(step, v)| v.is_finite() && *step <= full).collect()
    };
    let named = table.extra_metrics.iter().cloned().zip(run.extras.iter().map(|v| values(v)));
    named.filter(|(_, values)| !values.is_empty()).collect()
}

fn text(taken: &Taken, skipped: &Skipped) -> String {
    let early = if taken.early > 0 { format!(", and {} shorter ones", taken.early) } else { String::new() };
    let mut out = format!("{} full runs imported{early}; they use no budget\n", taken.full);
    for part in &taken.without {
        out += &format!("`{part}` counts as 0: the table does not have it\n");
    }
    for (n, what) in [
        (skipped.twice, "already in the study"),
        (skipped.short, "shorter than a full run"),
        (skipped.empty, "without an evaluation"),
    ] {
        if n > 0 {
            out += &format!("{n} runs skipped: {what}\n");
        }
    }
    if let Some(first) = skipped.foreign.first() {
        out += &format!("{} runs skipped: outside the search space; the first: {first}\n", skipped.foreign.len());
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
