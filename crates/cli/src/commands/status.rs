use std::collections::BTreeMap;

use jobs::{History, Status};

use crate::args::StatusArgs;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::numbers::{Digits, number};
use crate::output::{columns, emit, show};
use crate::status::{Kept, ROWS, Row, View, WAITING, word};

/// Width of the progress bar.
const BAR: usize = 30;

/// `jobs status`
pub(super) fn run(args: &StatusArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    if !args.all
        && let Some(view) = Kept::current(loaded)?
    {
        let view = view.with_files(loaded);
        return show(json, &view, || text(&view));
    }
    let history = match read_history(loaded) {
        Ok(history) => history,
        Err(e) if Kind::Nothing.is(&e) => {
            let history = History::new(loaded.problem.clone())?;
            if json {
                return show(json, &View::of(loaded, &history, 0), String::new);
            }
            let total = loaded.problem.budget.total;
            return emit(&format!("{}: no run yet, 0 of {total} steps used; start with `jobs run`\n", loaded.name()));
        }
        Err(e) => return Err(e),
    };
    let view = View::of(loaded, &history, if args.all { usize::MAX } else { ROWS }).with_files(loaded);
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
    if let (Some(hours), Some(total)) = (view.hours, view.total_hours) {
        out += &format!(
            "{} of {} hours of all runs together used; the steps are what they cover\n",
            number(hours),
            number(total)
        );
        if let Some([start, step]) = view.pace {
            out += &format!("pace: {} s to start, {} s a step\n", number(start), number(step));
        }
    }
    if view.queued > 0 {
        out += &format!("{} configurations in the queue (`jobs enqueue --list`)\n", view.queued);
    }
    if let Some(why) = &view.stopped {
        out += &format!("stopped: {why}\n");
    }
    let shown = view.rows.iter().flat_map(|r| [r.last, r.best]).chain([view.best.as_ref().and_then(|r| r.best)]);
    let digits = Digits::that_distinguish(shown.flatten());
    if let Some(Row { run, best: Some(best), metrics, .. }) = &view.best {
        let metrics: String = metrics.iter().map(|(name, v)| format!(", {name} {}", number(*v))).collect();
        out += &format!("best full run: {run}, {} {}{metrics}\n", view.metric, digits.write(*best));
    }
    if view.rows.len() < view.runs {
        out += &format!("the last {} (--all shows all):\n", view.rows.len());
    }
    let cell = |v: Option<f64>| v.map_or("-".into(), |v| digits.write(v));
    let rows: Vec<Vec<String>> = view
        .rows
        .iter()
        .map(|r| {
            let step = r.reached.unwrap_or(r.step);
            let steps = if r.step == r.to { r.step.to_string() } else { format!("{step} -> {}", r.to) };
            let pending = r.status == Status::Pending && view.stopped.is_some();
            let state = if pending { WAITING } else { word(r.status) };
            vec![r.run.to_string(), r.phase.to_string(), state.into(), steps, cell(r.last), cell(r.best)]
        })
        .collect();
    out + "\n" + &columns(&["run", "phase", "state", "steps", "last", "value"], &rows)
}
