use jobs::RunRecord;
use jobs_core::Domain;

use super::importance::{Importance, importance};
use super::predictions::Predictions;
use super::view::View;
use super::{about, charts, mixtures, parallel, runs};
use crate::best_configuration::metrics_of;
use crate::feasibility::words;
use crate::numbers::number;
use crate::output::value_text;
use crate::peft::Peft;
use crate::warnings;

const STYLE: &str = include_str!("page.css");

/// The page as HTML.
pub(super) fn write(view: &View<'_>) -> anyhow::Result<String> {
    let mut sections = vec![progress_section(view), curves_section(view), predictions_section(view)?];
    sections.push(importance_section(view)?);
    for d in view.loaded.problem.space.dimensions() {
        if let Domain::Simplex { parts } = &d.domain {
            let id = format!("mixture-{}", sections.len());
            sections.push(mixtures_section(view, &id, &d.name, parts));
        }
    }
    sections.push(section("", "Budget", "Steps used, by purpose.", &ledger(view)));
    sections.push(configurations_section(view));
    let name = text(&view.loaded.name());
    let rest = runs::table(view) + &about::section(view);
    let body = format!("{}<div class=\"grid\">\n{}</div>\n{rest}", head(view, &name), sections.concat());
    Ok(document(&name, &body))
}

/// A whole page; its name and body are HTML already.
pub(super) fn document(name: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: JoBS report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn progress_section(view: &View<'_>) -> String {
    let chart = charts::progress(view).inline("progress", "Values of full runs against budget used");
    let constrained =
        if view.loaded.problem.constraints.is_empty() { "" } else { ", of runs that satisfy all constraints" };
    section(
        "",
        "Metric against budget used",
        &format!("Each point is a full run. The line is the best measured value so far{constrained}."),
        &chart,
    )
}

fn curves_section(view: &View<'_>) -> String {
    let chart = charts::curves(view).inline("curves", "Learning curves of all runs");
    section("", "Every curve", "Blue: full runs. Grey: early runs. Orange: the best.", &chart)
}

fn predictions_section(view: &View<'_>) -> anyhow::Result<String> {
    let (caption, chart) = match Predictions::of(view)? {
        Some(predictions) => {
            (predictions.caption(), predictions.chart(view).inline("predictions", "Predicted and measured values"))
        }
        None => ("Too few full runs so far, or no early runs.".to_owned(), String::new()),
    };
    Ok(section("", "Predicted against actual", &caption, &chart))
}

fn importance_section(view: &View<'_>) -> anyhow::Result<String> {
    let (caption, chart) = match importance(view)? {
        Some(Importance { shares, from }) => {
            let caption = format!(
                "Share of the variation that each dimension contributes to (total Sobol index of a Gaussian process fitted to {from}). With interactions, the sum exceeds 100 %."
            );
            (caption, charts::bars(&shares).inline("importance", "Importance of dimensions"))
        }
        None => ("Too few runs so far.".to_owned(), String::new()),
    };
    Ok(section("", "Importance", &caption, &chart))
}

fn mixtures_section(view: &View<'_>, id: &str, dimension: &str, parts: &[String]) -> String {
    let chart = mixtures::chart(view, dimension, parts).inline(id, "Mixtures of the best runs");
    let caption = format!("`{}` of the ten best full runs, the best first.", text(dimension));
    section("", "Mixtures", &caption, &chart)
}

fn configurations_section(view: &View<'_>) -> String {
    let chart = parallel::chart(view).inline("parallel", "Configurations of all runs");
    let caption = "One line per run. Grey: early runs. Dark (good) to light (bad): full runs. Orange: the best. Of many parts of a mixture, those with the largest shares are shown.";
    section("wide", "Configurations", caption, &format!("<div class=\"scroll\">{chart}</div>"))
}

fn section(class: &str, title: &str, caption: &str, body: &str) -> String {
    format!("<section class=\"{class}\">\n<h2>{title}</h2>\n<p class=\"note\">{caption}</p>\n{body}</section>\n")
}

fn head(view: &View<'_>, name: &str) -> String {
    let history = view.study.history();
    let full = view.runs.iter().filter(|r| r.value.is_some()).count();
    let best = view.shown_best;
    let shown = best.measured.unwrap_or(best.value);
    let kind = match (best.measured, best.so_far) {
        (Some(_), _) => "measured",
        (None, Some((_, v))) if v == shown => "so far, not in full",
        _ => "expected",
    };
    let mut notes: Vec<String> = best.reason.iter().map(|why| format!("Why this run: {why}")).collect();
    let warnings = warnings::of_best(view.loaded, history, &view.best.point);
    if !best.constraints.is_empty() {
        notes.push(format!("Constraints: {}", words(&best.constraints)));
    }
    let warnings = best.infeasible().into_iter().chain(warnings).collect::<Vec<_>>();
    notes.extend(warnings.iter().map(|warning| format!("Warning: {warning}")));
    let notes: String = notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", text(note))).collect();
    let fact = |what: &str, value: String| format!("<div>{what}<b>{value}</b></div>\n");
    let limit = view.loaded.time_limit(view.loaded.file.executor.workers);
    let hours = limit.map_or(String::new(), |limit| {
        let [used, total] = [history.seconds(), limit.seconds].map(|s| number(s / 3600.0));
        fact("hours of all runs", format!("{used} of {total}"))
    });
    let facts = [
        fact(&format!("best {} ({kind})", text(view.loaded.metric())), view.digits().write(shown)),
        fact("by run", best.run.to_string()),
        fact("steps used", format!("{} of {}", history.spent(), view.total())),
        hours,
        fact("runs", format!("{} ({full} full)", view.runs.len())),
        fact("method", text(&view.loaded.file.method.name)),
    ];
    let arguments = arguments(&Peft::of(view.loaded, &view.best.point));
    let rows: String = view
        .best
        .point
        .record()
        .0
        .iter()
        .map(|(k, v)| (k.clone(), value_text(v)))
        .chain(history.run(view.best.run).into_iter().flat_map(|r| other_metrics(view, r)))
        .map(|(k, v)| format!("<tr><td>{}</td><td class=\"words\">{}</td></tr>\n", text(&k), text(&v)))
        .collect();
    format!(
        "<h1>{name}</h1>\n<p class=\"note\">{}</p>\n<div class=\"facts\">\n{}</div>\n\
         <div class=\"grid\" style=\"margin-bottom:1.8rem\">\n<section><h2>The best configuration</h2>\n{notes}<table>\n{rows}</table></section>\n\
         <section><h2>Arguments for PEFT</h2>\n<pre>{}</pre></section>\n</div>\n",
        about::line(view),
        facts.concat(),
        text(&arguments)
    )
}

/// The other metrics of a run, where it is scored.
fn other_metrics(view: &View<'_>, run: &RunRecord) -> Vec<(String, String)> {
    let metrics = metrics_of(run, view.loaded.problem.target).into_iter();
    metrics.map(|(name, value)| (format!("metric {name}"), number(value))).collect()
}

/// The arguments for PEFT, or why they cannot be determined.
fn arguments(peft: &Peft) -> String {
    let Some(arguments) = peft.whole() else {
        let why: Vec<String> = peft.undetermined.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        return format!("cannot be determined:\n{}", why.join("\n"));
    };
    let arguments: Vec<String> = arguments.iter().map(|(k, v)| format!("  \"{k}\": {v}")).collect();
    format!("{{\n{}\n}}", arguments.join(",\n"))
}

fn ledger(view: &View<'_>) -> String {
    let rows = view.ledger();
    let total = view.total().0;
    let spent = view.study.history().spent().0;
    let share = |steps: u64| format!("{:.0} %", 100.0 * steps as f64 / total.max(1) as f64);
    let mut body: String = rows
        .iter()
        .map(|(what, n, steps)| {
            let (steps_text, share) = if what.starts_with("imported") {
                ("-".into(), "-".into())
            } else {
                (steps.to_string(), share(*steps))
            };
            format!("<tr><td>{what}</td><td>{n}</td><td>{steps_text}</td><td>{share}</td></tr>\n")
        })
        .collect();
    body += &format!(
        "<tr><td>left</td><td></td><td>{}</td><td>{}</td></tr>\n",
        total.saturating_sub(spent),
        share(total.saturating_sub(spent))
    );
    format!(
        "<table>\n<tr><th>for</th><th>runs</th><th>steps</th><th>of the budget</th></tr>\n{body}<tr><th>budget</th><th>{}</th><th>{total}</th><th>100 %</th></tr>\n</table>\n",
        view.runs.len()
    )
}

/// Escapes text for HTML.
pub(super) fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
