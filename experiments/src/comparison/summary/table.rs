use std::collections::BTreeMap;
use std::io::IsTerminal;

use super::SummaryRow;
use crate::comparison::stats::mean;

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// The summary as a table for the terminal. Clear wins are marked `*`, and are bold where stdout is a terminal and `NO_COLOR` is unset.
pub fn table(summary: &[SummaryRow]) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    table_with(summary, std::io::stdout().is_terminal() && !plain)
}

/// The same with or without terminal styles.
pub fn table_with(summary: &[SummaryRow], styled: bool) -> String {
    let width = |of: fn(&SummaryRow) -> &str, least: usize| {
        summary.iter().map(|r| of(r).chars().count()).max().unwrap_or(0).max(least)
    };
    let layout = Layout { task: width(|r| &r.task, 4), method: width(|r| &r.method, 6), styled };
    let mut out = String::new();
    for budget in summary.chunk_by(|a, b| a.full_runs == b.full_runs) {
        out += &layout.style(BOLD, &format!("Budget of {} full runs", budget[0].full_runs));
        out += "\n";
        out += &layout.style(DIM, &layout.header());
        out += "\n";
        let tasks: Vec<_> = budget.chunk_by(|a, b| a.task == b.task).collect();
        for group in &tasks {
            let winner = winner(group);
            for (i, row) in group.iter().enumerate() {
                let task = if i == 0 { row.task.as_str() } else { "" };
                out += &layout.line(task, row, winner == Some(i));
            }
        }
        if tasks.len() > 1 {
            out += &layout.overall(&tasks);
        }
        out += "\n";
    }
    if !out.is_empty() {
        out += "loss: mean final loss of the recommendation +- standard error over seeds; regret: above the optimum;\n\
                rank: mean over seeds, 1 is best; p: against jobs, Wilcoxon signed-rank, Holm-corrected.\n\
                *: lowest by more than the standard error of the difference to every other method.\n";
    }
    out
}

/// The method whose mean is lowest by more than the standard error of every difference. None with one method, or one seed.
fn winner(group: &[SummaryRow]) -> Option<usize> {
    let best = (0..group.len()).min_by(|&i, &j| group[i].mean_oracle.total_cmp(&group[j].mean_oracle))?;
    let clear = |other: &SummaryRow| match (group[best].se_oracle, other.se_oracle) {
        (Some(a), Some(b)) => other.mean_oracle - group[best].mean_oracle > a.hypot(b),
        _ => false,
    };
    let mut others = group.iter().enumerate().filter(|(i, _)| *i != best).map(|(_, row)| row);
    (group.len() > 1 && others.all(clear)).then_some(best)
}

struct Layout {
    task: usize,
    method: usize,
    styled: bool,
}

impl Layout {
    fn style(&self, style: &str, text: &str) -> String {
        if self.styled { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }

    fn header(&self) -> String {
        self.cells("task", "method", ["loss", "", "regret", "rank", "p", "seeds"])
    }

    fn cells(&self, task: &str, method: &str, [loss, se, regret, rank, p, seeds]: [&str; 6]) -> String {
        let (t, m) = (self.task, self.method);
        let line = format!("{task:t$}  {method:m$}   {loss:>7} {se:<9} {regret:>7}  {rank:>4}  {p:>6}  {seeds:>5}");
        line.trim_end().to_owned()
    }

    fn line(&self, task: &str, row: &SummaryRow, wins: bool) -> String {
        let fixed = |v: Option<f64>, digits: usize| v.map_or("-".into(), |v| format!("{v:.digits$}"));
        let text = self.cells(
            task,
            &row.method,
            [
                &format!("{:.4}", row.mean_oracle),
                &row.se_oracle.map_or(String::new(), |se| format!("+- {se:.4}")),
                &fixed(row.mean_regret, 4),
                &fixed(row.rank, 1),
                &row.p_vs_jobs.map_or("-".into(), p_value),
                &row.seeds.to_string(),
            ],
        );
        if !wins {
            return text + "\n";
        }
        // The task's name belongs to all its methods; the star takes a blank, so columns stay in line.
        let at = text.char_indices().nth(self.task + 2 + self.method).map_or(text.len(), |(at, _)| at);
        let from = text.char_indices().nth(self.task + 2).map_or(text.len(), |(at, _)| at);
        let rest = text.get(at + 2..).unwrap_or("");
        format!("{}{}\n", &text[..from], self.style(BOLD, &format!("{} *{rest}", &text[from..at])))
    }

    /// Means over the tasks, for the methods that all tasks have.
    fn overall(&self, tasks: &[&[SummaryRow]]) -> String {
        let mut by_method: BTreeMap<&str, Vec<&SummaryRow>> = BTreeMap::new();
        for row in tasks.iter().copied().flatten() {
            by_method.entry(&row.method).or_default().push(row);
        }
        let over = |rows: &[&SummaryRow], of: fn(&SummaryRow) -> Option<f64>, digits: usize| {
            let values: Option<Vec<f64>> = rows.iter().map(|r| of(r)).collect();
            values.and_then(|v| mean(&v)).map_or("-".into(), |v| format!("{v:.digits$}"))
        };
        let mut out = String::new();
        for (i, row) in tasks.first().copied().unwrap_or_default().iter().enumerate() {
            let rows = by_method.get(row.method.as_str()).map_or(&[][..], Vec::as_slice);
            if rows.len() != tasks.len() {
                continue;
            }
            let label = if i == 0 { "mean" } else { "" };
            let (regret, rank) = (over(rows, |r| r.mean_regret, 4), over(rows, |r| r.rank, 1));
            out += &self.cells(label, &row.method, ["", "", &regret, &rank, "", ""]);
            out += "\n";
        }
        out
    }
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".into() } else { format!("{p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(task: &str, method: &str, mean_oracle: f64, se: Option<f64>) -> SummaryRow {
        SummaryRow {
            task: task.into(),
            full_runs: 50,
            method: method.into(),
            seeds: 5,
            mean_oracle,
            se_oracle: se,
            mean_regret: Some(mean_oracle - 0.9),
            rank: Some(1.5),
            p_vs_jobs: (method != "jobs").then_some(0.0625),
            noise: None,
            saving: None,
        }
    }

    fn two_tasks() -> Vec<SummaryRow> {
        vec![
            row("gsm8k", "jobs", 0.912, Some(0.001)),
            row("gsm8k", "bo-logei", 0.92, Some(0.001)),
            row("truthfulqa_gen", "jobs", 1.2, Some(0.02)),
            row("truthfulqa_gen", "bo-logei", 1.21, Some(0.02)),
        ]
    }

    #[test]
    fn is_aligned_and_marks_clear_wins_only() {
        let text = table_with(&two_tasks(), false);
        let expected = "\
Budget of 50 full runs
task            method        loss            regret  rank       p  seeds
gsm8k           jobs     *  0.9120 +- 0.0010  0.0120   1.5       -      5
                bo-logei    0.9200 +- 0.0010  0.0200   1.5   0.062      5
truthfulqa_gen  jobs        1.2000 +- 0.0200  0.3000   1.5       -      5
                bo-logei    1.2100 +- 0.0200  0.3100   1.5   0.062      5
mean            jobs                          0.1560   1.5
                bo-logei                      0.1650   1.5
";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn styles_change_no_column() {
        let styled = table_with(&two_tasks(), true);
        let bold: Vec<_> = styled.lines().filter(|l| l.contains(BOLD) && l.contains('*')).collect();
        assert_eq!(bold.len(), 1, "{styled}");
        let bare = [BOLD, DIM, PLAIN].iter().fold(styled.clone(), |text, code| text.replace(code, ""));
        assert_eq!(bare, table_with(&two_tasks(), false));
    }

    #[test]
    fn one_seed_or_one_method_wins_nothing() {
        assert_eq!(winner(&[row("t", "a", 0.1, None), row("t", "b", 0.9, None)]), None);
        assert_eq!(winner(&[row("t", "a", 0.1, Some(0.0))]), None);
        assert_eq!(winner(&[row("t", "b", 0.9, Some(0.1)), row("t", "a", 0.1, Some(0.1))]), Some(1));
        assert_eq!(table_with(&[], true), "");
    }
}
