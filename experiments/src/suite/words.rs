//! The scores as a page of Markdown.

use std::fmt::Write as _;

use super::scores::ScoreRow;
use crate::comparison::stats::mean;

/// For each budget a table of mean ranks and one of normalised regret, a row per method and a column per family.
pub(super) fn page(scores: &[ScoreRow], methods: &[String]) -> String {
    let mut budgets: Vec<u64> = scores.iter().map(|r| r.full_runs).collect();
    budgets.sort_unstable_by(|a, b| b.cmp(a));
    budgets.dedup();
    let mut out = String::new();
    for full_runs in budgets {
        let here: Vec<&ScoreRow> = scores.iter().filter(|r| r.full_runs == full_runs).collect();
        for (title, of) in [
            ("mean rank", (|r: &ScoreRow| r.rank) as fn(&ScoreRow) -> f64),
            ("regret relative to random search", |r| r.regret),
            ("regret averaged along the budget, relative to random search", |r| r.area),
        ] {
            let _ = writeln!(out, "**C = {full_runs}: {title}**\n");
            table(&mut out, &here, methods, |r| format!("{:.2}", of(r)), of);
        }
        let _ = writeln!(
            out,
            "**C = {full_runs}: wins/ties/losses of `jobs` against the method, and its saving in budget**\n"
        );
        let cell =
            |r: &ScoreRow| r.saving.map_or("-".into(), |s| format!("{}/{}/{}, {s:.1}", r.wins, r.ties, r.losses));
        table(&mut out, &here, methods, cell, |r| r.saving.unwrap_or(f64::NAN));
    }
    out
}

/// The last column is the mean over the families that the method has, each counting the same.
fn table(
    out: &mut String,
    rows: &[&ScoreRow],
    methods: &[String],
    cell: impl Fn(&ScoreRow) -> String,
    value: impl Fn(&ScoreRow) -> f64,
) {
    let mut families: Vec<&str> = vec![];
    for row in rows {
        if !families.contains(&row.family) {
            families.push(row.family);
        }
    }
    let _ = writeln!(out, "| method | {} | mean |", families.join(" | "));
    let _ = writeln!(out, "| --- |{}", " --- |".repeat(families.len() + 1));
    for method in methods {
        let own: Vec<Option<&&ScoreRow>> =
            families.iter().map(|f| rows.iter().find(|r| r.family == *f && &r.method == method)).collect();
        let cells: Vec<String> = own.iter().map(|r| r.map_or("-".into(), |r| cell(r))).collect();
        let values: Vec<f64> = own.iter().flatten().map(|r| value(r)).filter(|v| v.is_finite()).collect();
        let mean = mean(&values).map_or("-".into(), |m| format!("{m:.2}"));
        let _ = writeln!(out, "| {method} | {} | {mean} |", cells.join(" | "));
    }
    out.push('\n');
}
