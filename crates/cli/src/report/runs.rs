//! The table of all runs.

use super::page::text;
use super::view::{Shown, View};
use crate::best_configuration::metrics_of;
use crate::numbers::{Digits, number};
use crate::output::value_text;

/// Most rows.
const MOST_ROWS: usize = 1000;

/// A table that opens on request: every run with its configuration and all its metrics.
pub(super) fn table(view: &View<'_>) -> String {
    let (others, digits) = (view.other_metrics(), view.all_digits());
    let names: String = others.iter().map(|name| format!("<th>{}</th>", text(name))).collect();
    let rows: String = view.runs.iter().take(MOST_ROWS).map(|r| row(view, r, &others, digits)).collect();
    let more = view.runs.len().saturating_sub(MOST_ROWS);
    let more = if more > 0 {
        format!("<p class=\"note\">and {more} more; `jobs export` writes all runs</p>")
    } else {
        String::new()
    };
    format!(
        "<details style=\"margin-top:2rem\">\n<summary>All runs</summary>\n<div class=\"scroll\"><table>\n\
         <tr><th>run</th><th>for</th><th>steps</th><th>last</th><th>value</th>{names}<th class=\"words\">configuration</th></tr>\n\
         {rows}</table></div>{more}\n</details>\n"
    )
}

fn row(view: &View<'_>, r: &Shown<'_>, others: &[&str], digits: Digits) -> String {
    let last = r.curve.last().map_or("-".into(), |p| digits.write(p.1));
    let value = r.value.map_or("-".into(), |v| digits.write(v));
    let metrics = metrics_of(r.record, view.loaded.problem.target);
    let metric = |name: &&str| format!("<td>{}</td>", metrics.get(*name).map_or("-".into(), |v| number(*v)));
    let metrics: String = others.iter().map(metric).collect();
    let words: Vec<String> = r.record.point.record().0.iter().map(|(k, v)| format!("{k} {}", value_text(v))).collect();
    let (id, phase, step, words) = (r.record.id, r.record.phase, r.record.step, text(&words.join("; ")));
    format!(
        "<tr><td>{id}</td><td>{phase}</td><td>{step}</td><td>{last}</td><td>{value}</td>{metrics}<td class=\"words\">{words}</td></tr>\n"
    )
}
