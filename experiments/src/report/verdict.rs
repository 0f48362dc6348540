//! What a comparison says of jobs, in words made from its tables.

use crate::summary::{BASELINE, RankRow, StageRow, SummaryRow};

fn read<R: serde::de::DeserializeOwned>(text: &str) -> Option<Vec<R>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().ok()
}

/// One paragraph (as Markdown list items) per budget; `None` without the tables or without jobs among the methods.
pub(super) fn verdict(summary: &str, ranks: &str, stages: &str) -> Option<String> {
    let (summary, ranks): (Vec<SummaryRow>, Vec<RankRow>) = (read(summary)?, read(ranks)?);
    let stages: Vec<StageRow> = read(stages)?;
    if summary.is_empty() {
        return None;
    }
    let mut out = String::new();
    for budget in ranks.chunk_by(|a, b| a.full_runs == b.full_runs) {
        let full_runs = budget[0].full_runs;
        let place = budget.iter().position(|r| r.method == BASELINE)? + 1;
        let own: Vec<&SummaryRow> = summary.iter().filter(|r| r.full_runs == full_runs).collect();
        let base = |task: &str| own.iter().find(|r| r.task == task && r.method == BASELINE).map(|r| r.mean_oracle);
        let (mut ahead, mut behind, mut tied) = (0, vec![], 0);
        for row in own.iter().filter(|r| r.method != BASELINE) {
            let Some(ours) = base(&row.task) else { continue };
            match row.p_vs_jobs {
                Some(p) if p < 0.05 && ours < row.mean_oracle => ahead += 1,
                Some(p) if p < 0.05 => behind.push(format!("{} on {}", row.method, row.task)),
                _ => tied += 1,
            }
        }
        let ratios = median_ratios(&stages, full_runs);
        let half = ratios.iter().filter(|r| r.ratio <= 0.5).count();
        let each: Vec<String> = ratios.iter().map(|r| format!("{} {:.2} ({})", r.task, r.ratio, r.method)).collect();
        let each = if each.is_empty() { "nothing to compare".to_owned() } else { each.join(", ") };
        let behind = if behind.is_empty() { "none".to_owned() } else { behind.join(", ") };
        let seeds = own.iter().map(|r| r.seeds).min().unwrap_or(0);
        out += &format!(
            "- **C = {full_runs}** ({seeds} seeds): jobs has mean rank {:.2}, place {place} of {}. Of its comparisons by task and method it is \
             significantly ahead in {ahead}, level in {tied}, behind in: {behind}. Its median final regret is at most half of the best \
             other method's on {half} of {} tasks; as a share of that: {each}.\n",
            budget[place - 1].mean_rank,
            budget.len(),
            ratios.len(),
        );
    }
    Some(out)
}

/// On one task.
struct MedianRatio<'a> {
    task: &'a str,
    /// The median regret of jobs over the lowest other one.
    ratio: f64,
    /// Whose that is.
    method: &'a str,
}

/// By task, where both have a median; nothing is half of a best other one of zero.
fn median_ratios(stages: &[StageRow], full_runs: u64) -> Vec<MedianRatio<'_>> {
    let own = || stages.iter().filter(move |r| r.full_runs == full_runs);
    let ratio = |jobs: &'_ StageRow| {
        let others = own().filter(|r| r.task == jobs.task && r.method != BASELINE);
        let known = others.filter_map(|r| Some((r.median_regret?, r.method.as_str())));
        let (best, method) = known.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 > 0.0)?;
        Some((jobs.median_regret? / best, method))
    };
    let jobs = own().filter(|r| r.method == BASELINE);
    jobs.filter_map(|r| ratio(r).map(|(ratio, method)| MedianRatio { task: &r.task, ratio, method })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_tables() {
        let summary = "task,full_runs,method,seeds,mean_oracle,se_oracle,mean_regret,rank,p_vs_jobs\n\
                       t,15,jobs,2,1.0,,0.1,1.0,\nt,15,a,2,2.0,,1.1,2.0,0.01\nt,15,b,2,0.9,,0.05,2.0,0.02\nt,15,c,2,1.5,,0.6,2.0,0.5\n";
        let ranks = "full_runs,method,mean_rank,blocks,critical_difference\n15,b,1.2,2,1.0\n15,jobs,1.5,2,1.0\n";
        let stages = "task,full_runs,method,seeds,failed,regret_25,regret_50,regret_100,median_regret,mean_area\n\
                      t,15,jobs,2,0,,,,0.1,\nt,15,a,2,0,,,,0.25,\n";
        let said = verdict(summary, ranks, stages).unwrap();
        assert!(
            said.contains("mean rank 1.50, place 2 of 2") && said.contains("ahead in 1, level in 1, behind in: b on t")
        );
        assert!(
            said.contains("half of the best other method's on 1 of 1 tasks; as a share of that: t 0.40 (a)."),
            "{said}"
        );
        let exact = verdict(summary, ranks, &stages.replace("0.25", "0")).unwrap();
        assert!(exact.contains("on 0 of 0 tasks"), "{exact}");
        assert_eq!(verdict("task\n", ranks, stages), None);
    }
}
