use std::collections::BTreeMap;

use crate::args::StatusArgs;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::output::{columns, emit, show};
use crate::status::{Kept, ROWS, Row, View, word};

/// Width of the progress bar.
const BAR: usize = 30;

/// `jobs status`
pub(super) fn run(args: &StatusArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    if !args.all
        && let Some(view) = Kept::current(loaded)?
    {
        return show(json, &view, || text(&view));
    }
    let history = match read_history(loaded) {
        Ok(history) => history,
        Err(e) if Kind::Nothing.is(&e) && !json => {
            let total = loaded.problem.budget.total;
            return emit(&format!("{}: no run yet, 0 of {total} steps used; start with `jobs run`\n", loaded.name()));
        }
        Err(e) => return Err(e),
    };
    let view = View::of(loaded, &history, if args.all { usize::MAX } else { ROWS });
    show(json, &view, || text(&view))
}

fn text(view: &View) -> String {
    let share = view.spent as f64 / view.total.max(1) as f64;
    let full = ((share * BAR as f64) as usize).min(BAR);
    let bar = "#".repeat(full) + &".".repeat(BAR - full);
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "{} ({})\n[{bar}] {} of {} steps used, {:.0} %\n",
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
        out += &format!("the last {} (--all shows all):\n", view.rows.len());
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
