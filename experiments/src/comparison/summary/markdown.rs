use std::fmt::Write as _;

use super::{BASELINE, SummaryRow};

/// The summary as Markdown: a table per budget, a line per method, mean final regret +- standard error per task, or the loss
/// where no optimum is known. Bold: the lowest mean;
/// `*`: differs from the baseline at p < 0.05 (Wilcoxon signed-rank over seeds, Holm-corrected). `saving` is the geometric mean over tasks of
/// the saving in budget, with 1 where the baseline does not get there. The last line has the noise of one run.
pub fn markdown(summary: &[SummaryRow]) -> String {
    let mut out = String::new();
    for budget in summary.chunk_by(|a, b| a.full_runs == b.full_runs) {
        let tasks: Vec<&[SummaryRow]> = budget.chunk_by(|a, b| a.task == b.task).collect();
        let mut methods: Vec<&str> = vec![];
        budget.iter().for_each(|r| {
            if !methods.contains(&r.method.as_str()) {
                methods.push(&r.method);
            }
        });
        let seeds = budget.iter().map(|r| r.seeds).max().unwrap_or(0);
        let what = if budget.iter().any(|r| r.mean_regret.is_some()) { "regret" } else { "loss (no optimum is known)" };
        let _ = writeln!(out, "**Budget of {} full runs**, {seeds} seeds: mean final {what}\n", budget[0].full_runs);
        let names: Vec<&str> = tasks.iter().map(|t| t[0].task.as_str()).collect();
        let _ = writeln!(out, "| method | {} | mean | mean rank | saving |", names.join(" | "));
        let _ = writeln!(out, "| --- |{}", " --- |".repeat(names.len() + 3));
        for method in methods {
            let own: Vec<Option<&SummaryRow>> = tasks.iter().map(|t| t.iter().find(|r| r.method == method)).collect();
            let cells: Vec<String> = tasks.iter().zip(&own).map(|(task, row)| cell(*row, task)).collect();
            let mean = |of: fn(&SummaryRow) -> Option<f64>, digits: usize| {
                let values: Option<Vec<f64>> = own.iter().map(|r| r.and_then(of)).collect();
                values.map_or("-".into(), |v| rounded(v.iter().sum::<f64>() / v.len() as f64, digits))
            };
            let (regret, rank, saving) = (mean(|r| Some(value(r)), 4), mean(|r| r.rank, 2), saving(method, &own));
            let _ = writeln!(out, "| {method} | {} | {regret} | {rank} | {saving} |", cells.join(" | "));
        }
        if tasks.iter().any(|t| t[0].noise.is_some()) {
            let noise = tasks.iter().map(|t| t[0].noise.map_or("-".into(), |sd| rounded(sd, 4)));
            let _ = writeln!(out, "| one run's noise | {} | | | |", noise.collect::<Vec<_>>().join(" | "));
        }
        out.push('\n');
    }
    out
}

/// Geometric mean of the saving in budget over the tasks; "(n < 1)" where the baseline does not reach the method on n of them, which
/// count as 1. No entry for the baseline, or where it is not among the methods.
fn saving(method: &str, own: &[Option<&SummaryRow>]) -> String {
    let rows: Option<Vec<&SummaryRow>> = own.iter().copied().collect();
    let Some(rows) = rows.filter(|_| method != BASELINE) else { return "-".into() };
    let unreached = rows.iter().filter(|r| r.saving.is_none()).count();
    if rows.iter().all(|r| r.p_vs_jobs.is_none() && r.saving.is_none()) {
        return "-".into();
    }
    let logs: f64 = rows.iter().map(|r| r.saving.unwrap_or(1.0).ln()).sum();
    let mean = rounded((logs / rows.len() as f64).exp(), 1);
    if unreached > 0 { format!("{mean} ({unreached} < 1)") } else { mean }
}

/// The regret; the loss where no optimum is known.
fn value(row: &SummaryRow) -> f64 {
    row.mean_regret.unwrap_or(row.mean_oracle)
}

fn cell(row: Option<&SummaryRow>, task: &[SummaryRow]) -> String {
    let Some((row, regret)) = row.map(|r| (r, value(r))) else { return "-".into() };
    let lowest = task.iter().map(value).fold(f64::INFINITY, f64::min);
    // what looks alike is alike
    let (regret, lowest) = (rounded(regret, 4), rounded(lowest, 4));
    let se = row.se_oracle.map_or(String::new(), |se| format!(" +- {se:.4}"));
    let mark = if row.p_vs_jobs.is_some_and(|p| p < 0.05) { " *" } else { "" };
    if regret == lowest { format!("**{regret}**{se}{mark}") } else { format!("{regret}{se}{mark}") }
}

/// A number with `digits` decimals; zero has no sign.
pub(crate) fn rounded(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|b| b == b'0' || b == b'.') => zero.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bold_is_lowest_and_stars_are_significant() {
        let row = |method: &str, regret: f64, p: Option<f64>| SummaryRow {
            task: "t".into(),
            full_runs: 15,
            method: method.into(),
            seeds: 3,
            mean_oracle: 1.0,
            se_oracle: Some(0.01),
            mean_regret: Some(regret),
            rank: Some(1.5),
            p_vs_jobs: p,
            noise: None,
            saving: None,
        };
        let noisy = |method: &str| SummaryRow { task: "u".into(), noise: Some(0.007), ..row(method, 0.2, None) };
        let text = markdown(&[row("jobs", 0.1, None), noisy("jobs")]);
        assert!(text.ends_with("| one run's noise | - | 0.0070 | | | |\n\n"), "{text}");
        let text = markdown(&[row("jobs", 0.1, None), row("random", 0.5, Some(0.01))]);
        assert!(!text.contains("noise"), "{text}");
        assert!(text.contains("| jobs | **0.1000** +- 0.0100 | 0.1000 | 1.50 | - |"), "{text}");
        assert!(text.contains("| random | 0.5000 +- 0.0100 * | 0.5000 | 1.50 | 1.0 (1 < 1) |"), "{text}");
        let text = markdown(&[SummaryRow { mean_regret: None, ..row("jobs", 0.1, None) }]);
        assert!(text.contains("mean final loss (no optimum is known)"), "{text}");
        assert!(text.contains("| jobs | **1.0000** +- 0.0100 | 1.0000 |"), "{text}");
        // rounding errors are no differences
        let text = markdown(&[row("jobs", 1e-17, None), row("random", -1e-17, None)]);
        for method in ["jobs", "random"] {
            assert!(text.contains(&format!("| {method} | **0.0000** +- 0.0100 | 0.0000 | 1.50 |")), "{text}");
        }
    }
}
