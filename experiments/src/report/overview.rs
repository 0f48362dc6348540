//! All comparisons at a glance: a line per comparison and budget.

use super::Section;
use super::table::{markdown, rows};
use crate::comparison::summary::{BASELINE, Outcome, SummaryRow, WinTieLoss, rounded, win_tie_losses};

/// A table of all comparisons that have rivals; empty where there are none.
pub(super) fn overview(sections: &[Section]) -> String {
    let lines: String = sections.iter().filter(|s| s.compares()).filter_map(lines).collect();
    if lines.is_empty() {
        return lines;
    }
    markdown(&format!(
        "#### All comparisons\n\
         Mean final regret over the tasks, of {BASELINE} and of the best other method; {BASELINE}'s rank among the methods by mean rank; the number of \
         tasks on which it significantly beats the method it beats least often (in brackets: by more than one run's noise); and in how many of all \
         comparisons with another method on a task it loses significantly (in brackets: by more than one run's noise). There are no brackets where that \
         noise is unknown.\n\n\
         | results | C | seeds | {BASELINE} | best other | rank | wins on | losses |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n{lines}"
    ))
}

fn lines(section: &Section) -> Option<String> {
    let summary: Vec<SummaryRow> = rows(section.summary.as_deref()?)?;
    let (ranks, stages) = (rows(section.ranks.as_deref()?)?, rows(section.stages.as_deref()?)?);
    let all = win_tie_losses(&summary, &ranks, &stages);
    Some(all.iter().filter(|s| !s.rivals.is_empty()).map(|s| line(&section.name, s, &summary)).collect())
}

fn line(name: &str, of: &WinTieLoss, summary: &[SummaryRow]) -> String {
    let budget: Vec<&SummaryRow> = summary.iter().filter(|r| r.full_runs == of.full_runs).collect();
    let mean = |method: &str| {
        let own = budget.iter().filter(|r| r.method == method).map(|r| r.mean_regret);
        let values: Vec<f64> = own.collect::<Option<_>>()?;
        (values.len() == of.tasks.len()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let others = of.rivals.iter().filter_map(|r| Some((mean(&r.method)?, r.method.as_str())));
    let best = others.min_by(|a, b| a.0.total_cmp(&b.0));
    let rank = of.rank.map_or("-".into(), |p| format!("{} ({} of {})", rounded(p.mean_rank, 2), p.position, p.of));
    let pairs: Vec<_> = of.rivals.iter().flat_map(|r| &r.pairs).collect();
    let behind: Vec<_> = pairs.iter().filter(|m| m.outcome == Outcome::Loss).collect();
    let clearly = |count: usize| if of.knows_noise() { format!(" ({count})") } else { String::new() };
    let fewest = |clear: bool| of.fewest_wins(clear).unwrap_or(0);
    format!(
        "| {name} | {} | {} | {} | {} | {rank} | {}{} of {} | {}{} of {} |\n",
        of.full_runs,
        of.seeds,
        mean(BASELINE).map_or("-".into(), |v| rounded(v, 4)),
        best.map_or("-".into(), |(v, method)| format!("{} {method}", rounded(v, 4))),
        fewest(false),
        clearly(fewest(true)),
        of.tasks.len(),
        behind.len(),
        clearly(behind.iter().filter(|m| !m.is_within_noise()).count()),
        pairs.len(),
    )
}
