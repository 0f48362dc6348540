use std::collections::BTreeMap;

use jobs::{History, Phase, RunRecord, Status};
use serde::Serialize;

use crate::args::StatusArgs;
use crate::failure::Kind;
use crate::open::look;
use crate::output::{columns, show};
use crate::study_file::Place;

/// Rows of the table, where not all are asked for.
const ROWS: usize = 12;
/// Cells of the bar.
const BAR: usize = 30;

#[derive(Serialize)]
struct View {
    study: String,
    method: String,
    metric: String,
    spent: u64,
    total: u64,
    runs: usize,
    by_status: BTreeMap<String, usize>,
    by_phase: BTreeMap<String, usize>,
    best: Option<Row>,
    rows: Vec<Row>,
}

#[derive(Clone, Serialize)]
struct Row {
    run: u64,
    phase: Phase,
    status: Status,
    step: u64,
    to: u64,
    /// In the metric's own terms.
    last: Option<f64>,
    best: Option<f64>,
}

/// `jobs status`
pub(super) fn run(args: &StatusArgs, place: &Place, json: bool) -> anyhow::Result<()> {
    let study = match look(place) {
        Ok(study) => study,
        Err(e) if Kind::Nothing.is(&e) && !json => {
            let total = place.problem.budget.total;
            return crate::output::emit(&format!(
                "{}: nothing has been run yet, 0 of {total} steps; `jobs run` begins\n",
                place.name()
            ));
        }
        Err(e) => return Err(e),
    };
    let h = study.history();
    let mut counts: (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
    for r in h.runs() {
        *counts.0.entry(word(r.status).into()).or_default() += 1;
        *counts.1.entry(r.phase.to_string()).or_default() += 1;
    }
    let skip = if args.all { 0 } else { h.runs().len().saturating_sub(ROWS) };
    let view = View {
        study: place.name(),
        method: place.file.method.name.clone(),
        metric: place.metric().to_owned(),
        spent: h.spent().0,
        total: h.problem().budget.total.0,
        runs: h.runs().len(),
        by_status: counts.0,
        by_phase: counts.1,
        best: h.best_finished().map(|(r, _)| row(place, h, r)),
        rows: h.runs()[skip..].iter().map(|r| row(place, h, r)).collect(),
    };
    show(json, &view, || text(&view))
}

fn row(place: &Place, history: &History, r: &RunRecord) -> Row {
    let turn = |v: f64| place.direction.turn(v);
    Row {
        run: r.id.0,
        phase: r.phase,
        status: r.status,
        step: r.step.0,
        to: r.to.0,
        last: r.curve.last().map(|(_, v)| turn(v)),
        best: history.problem().target.of(&r.curve).map(turn),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "running",
        Status::Paused => "paused",
        Status::Finished => "finished",
        Status::Diverged => "diverged",
    }
}

fn text(view: &View) -> String {
    let share = view.spent as f64 / view.total.max(1) as f64;
    let full = ((share * BAR as f64) as usize).min(BAR);
    let bar = "#".repeat(full) + &".".repeat(BAR - full);
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "{} ({})\n[{bar}] {} of {} steps, {:.0} %\n",
        view.study,
        view.method,
        view.spent,
        view.total,
        100.0 * share
    );
    out += &format!("{} runs: {}\n", view.runs, list(&view.by_status));
    if let Some(Row { run, best: Some(best), .. }) = &view.best {
        out += &format!("best full run: {run}, {} {best:.4}\n", view.metric);
    }
    if view.rows.len() < view.runs {
        out += &format!("the last {} (--all shows every one):\n", view.rows.len());
    }
    let number = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.4}"));
    let rows: Vec<Vec<String>> = view
        .rows
        .iter()
        .map(|r| {
            let steps = if r.step == r.to { r.step.to_string() } else { format!("{} -> {}", r.step, r.to) };
            vec![r.run.to_string(), r.phase.to_string(), word(r.status).into(), steps, number(r.last), number(r.best)]
        })
        .collect();
    out + "\n" + &columns(&["run", "phase", "state", "steps", "last", "value"], &rows)
}
