use jobs_core::Domain;

use super::importance::importance;
use super::predictions::Predictions;
use super::view::View;
use super::{charts, parallel};
use crate::numbers::number;
use crate::output::value_text;
use crate::peft::Peft;

const STYLE: &str = include_str!("page.css");
/// Maximum number of rows in the list of runs.
const MOST_ROWS: usize = 1000;

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
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: JoBS report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{}<div class=\"grid\">\n{}</div>\n{}</body>\n</html>\n",
        head(view, &name),
        sections.concat(),
        runs(view)
    ))
}

fn progress_section(view: &View<'_>) -> String {
    let chart = charts::progress(view).inline("progress", "Values of full runs against budget used");
    section("", "Metric against budget used", "Each point is a full run. The line is the best so far.", &chart)
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
        Some(rows) => {
            let caption = "Share of the variation that each dimension contributes to (total Sobol index of a Gaussian process fitted to the full runs). With interactions, the sum exceeds 100 %.";
            (caption, charts::bars(&rows).inline("importance", "Importance of dimensions"))
        }
        None => ("Too few full runs so far.", String::new()),
    };
    Ok(section("", "Importance", caption, &chart))
}

fn mixtures_section(view: &View<'_>, id: &str, dimension: &str, parts: &[String]) -> String {
    let chart = charts::mixtures(view, dimension, parts).inline(id, "Mixtures of the best runs");
    let caption = format!("`{}` of the ten best full runs, the best first.", text(dimension));
    section("", "Mixtures", &caption, &chart)
}

fn configurations_section(view: &View<'_>) -> String {
    let chart = parallel::chart(view).inline("parallel", "Configurations of all runs");
    let caption = "One line per run. Grey: early runs. Dark (good) to light (bad): full runs. Orange: the best.";
    section("wide", "Configurations", caption, &format!("<div class=\"scroll\">{chart}</div>"))
}

fn section(class: &str, title: &str, caption: &str, body: &str) -> String {
    format!("<section class=\"{class}\">\n<h2>{title}</h2>\n<p class=\"note\">{caption}</p>\n{body}</section>\n")
}

fn head(view: &View<'_>, name: &str) -> String {
    let history = view.study.history();
    let full = view.runs.iter().filter(|r| r.value.is_some()).count();
    let measured = view.runs.iter().find(|r| r.record.id == view.best.run).and_then(|r| r.value);
    let shown = measured.unwrap_or(view.loaded.direction.turn(view.best.inference));
    let kind = if measured.is_some() { "measured" } else { "expected" };
    let fact = |what: &str, value: String| format!("<div>{what}<b>{value}</b></div>\n");
    let limit = view.loaded.time_limit(view.loaded.file.executor.workers);
    let hours = limit.map_or(String::new(), |limit| {
        let [used, total] = [history.seconds(), limit.seconds].map(|s| number(s / 3600.0));
        fact("hours of all runs", format!("{used} of {total}"))
    });
    let facts = [
        fact(&format!("best {} ({kind})", text(view.loaded.metric())), view.digits().write(shown)),
        fact("by run", view.best.run.to_string()),
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
        .map(|(k, v)| format!("<tr><td>{}</td><td class=\"words\">{}</td></tr>\n", text(k), text(&value_text(v))))
        .collect();
    format!(
        "<h1>{name}</h1>\n<p class=\"note\">The best data mixture and model configuration found by `jobs`.</p>\n<div class=\"facts\">\n{}</div>\n\
         <div class=\"grid\" style=\"margin-bottom:1.8rem\">\n<section><h2>The best configuration</h2>\n<table>\n{rows}</table></section>\n\
         <section><h2>Arguments for PEFT</h2>\n<pre>{}</pre></section>\n</div>\n",
        facts.concat(),
        text(&arguments)
    )
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

fn runs(view: &View<'_>) -> String {
    let digits = view.digits();
    let rows: String = view.runs.iter().take(MOST_ROWS).map(|r| {
        let last = r.curve.last().map_or("-".into(), |p| digits.write(p.1));
        let value_ = r.value.map_or("-".into(), |v| digits.write(v));
        let words: Vec<String> = r.record.point.record().0.iter().map(|(k, v)| format!("{k} {}", value_text(v))).collect();
        format!("<tr><td>{}</td><td>{}</td><td>{}</td><td>{last}</td><td>{value_}</td><td class=\"words\">{}</td></tr>\n", r.record.id, r.record.phase, r.record.step, text(&words.join("; ")))
    }).collect();
    let more = view.runs.len().saturating_sub(MOST_ROWS);
    let more = if more > 0 {
        format!("<p class=\"note\">and {more} more; `jobs export` writes all runs</p>")
    } else {
        String::new()
    };
    format!(
        "<details style=\"margin-top:2rem\">\n<summary>All runs</summary>\n<div class=\"scroll\"><table>\n<tr><th>run</th><th>for</th><th>steps</th><th>last</th><th>value</th><th class=\"words\">configuration</th></tr>\n{rows}</table></div>{more}\n</details>\n"
    )
}

/// Escapes text for HTML.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
