use std::collections::BTreeMap;

use jobs::{History, Status};

use crate::args::StatusArgs;
use crate::best::best;
use crate::failure::Kind;
use crate::feasibility::words;
use crate::history::read_history;
use crate::loaded_study::LoadedStudy;
use crate::numbers::{Digits, number};
use crate::open_study::replay_with_method;
use crate::output::{columns, say, show};
use crate::pace::duration;
use crate::status::{Kept, ROWS, View, WAITING, word};

/// Width of the progress bar.
const BAR: usize = 30;

/// `jobs status`
pub(super) fn run(args: &StatusArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let view = view(loaded, args.all)?;
    show(json, &view, || text(&view))
}

/// The state of the study now, with all runs or the last ones.
pub(super) fn view(loaded: &LoadedStudy, all: bool) -> anyhow::Result<View> {
    if !all && let Some(view) = Kept::current(loaded)? {
        return Ok(view.with_files(loaded));
    }
    let (history, best) = match read_history(loaded) {
        // the history shows the progress even where the method cannot be opened: a kept table was removed, for example
        Ok(history) => (history, replay_with_method(loaded).and_then(|study| best(loaded, &study))),
        Err(e) if Kind::Nothing.is(&e) => {
            return Ok(View::of(loaded, &History::new(loaded.problem.clone())?, None, 0));
        }
        Err(e) => return Err(e),
    };
    let rows = if all { usize::MAX } else { ROWS };
    if let Err(e) = &best {
        say(&format!("warning: the best run is unknown: {e:#}"));
    }
    let best = best.ok().flatten().map(|(_, best)| best);
    Ok(View::of(loaded, &history, best, rows).with_files(loaded))
}

pub(super) fn text(view: &View) -> String {
    if view.runs == 0 && view.queued == 0 && view.stopped.is_none() {
        return format!("{}: no run yet, 0 of {} steps used; start with `jobs run`\n", view.study, view.total);
    }
    let share = view.budget_used as f64 / view.total.max(1) as f64;
    let full = ((share * BAR as f64) as usize).min(BAR);
    let bar = "#".repeat(full) + &".".repeat(BAR - full);
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "{} ({})\n[{bar}] {} of {} steps used, {:.0} %\n",
        view.study,
        view.method,
        view.budget_used,
        view.total,
        100.0 * share
    );
    out += &format!("{} runs: {}\n", view.runs, list(&view.by_status));
    out += &times(view);
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
    } else if view.finished {
        out += "finished: the budget is used; `jobs extend` adds more\n";
    }
    let shown = view.rows.iter().flat_map(|r| [r.last, r.best]);
    let digits = Digits::that_distinguish(shown.flatten());
    if let Some(best) = &view.recommended {
        let others = view.best.iter().flat_map(|r| &r.metrics);
        let others: String = others.map(|(name, v)| format!(", {name} {}", number(*v))).collect();
        out += &format!("best: run {}, {}{others}\n", best.run, best.words(&view.metric, view.full_steps));
        best.reason.iter().for_each(|why| out += &format!("  {why}\n"));
        if !best.constraints.is_empty() {
            out += &format!("  constraints: {}\n", words(&best.constraints));
        }
        best.infeasible().iter().for_each(|warning| out += &format!("  warning: {warning}\n"));
    }
    if view.rows.len() < view.runs {
        out += &format!("the last {} (--all shows all):\n", view.rows.len());
    }
    out + "\n" + &table(view, &digits)
}

/// One line for each of the last runs.
fn table(view: &View, digits: &Digits) -> String {
    let cell = |v: Option<f64>| v.map_or("-".into(), |v| digits.write(v));
    let rows: Vec<Vec<String>> = view
        .rows
        .iter()
        .map(|r| {
            let step = r.reached.unwrap_or(r.step);
            let steps = if r.step == r.to { r.step.to_string() } else { format!("{step} -> {}", r.to) };
            let pending = r.status == Status::Pending && view.stopped.is_some();
            let state = if pending { WAITING } else { word(r.status) };
            let since = r.since.clone().unwrap_or("-".into());
            vec![r.run.to_string(), r.phase.to_string(), state.into(), steps, cell(r.last), cell(r.best), since]
        })
        .collect();
    columns(&["run", "phase", "state", "steps", "last", "value", "since"], &rows)
}

/// When it began, when the last result came, and what is left.
fn times(view: &View) -> String {
    let mut parts = vec![];
    parts.extend(view.began.iter().map(|time| format!("began {time}")));
    parts.extend(view.last_result.iter().map(|time| format!("last result {time}")));
    parts.extend(view.seconds_left.map(|left| format!("about {} left", duration(left))));
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}
