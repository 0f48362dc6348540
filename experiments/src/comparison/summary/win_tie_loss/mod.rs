//! Wins, ties and losses of the baseline against each other method on each task.
//!
//! A difference counts as a win or a loss if it is significant: two-sided Wilcoxon signed-rank test over seeds, Holm-corrected over the
//! methods of a task and budget, p < 0.05. Everything else is a tie.

mod words;

use super::{BASELINE, RankRow, StageRow, SummaryRow};

/// Differences at p values below this are significant.
const LEVEL: f64 = 0.05;

/// Outcome of the baseline against one method on one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The baseline is significantly better.
    Win,
    /// The difference is not significant.
    Tie,
    /// The baseline is significantly worse.
    Loss,
}

/// The baseline against one method on one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Task.
    pub task: String,
    /// Win, tie or loss.
    pub outcome: Outcome,
    /// The baseline's mean final regret over the method's; `None` where that is not above zero, or no optimum is known.
    pub ratio: Option<f64>,
    /// Whether the means differ by less than one run's noise, significant or not. `None` where the noise is not known.
    pub within_noise: Option<bool>,
}

impl Pair {
    /// Whether the difference is known to be less than one run's noise.
    pub fn is_within_noise(&self) -> bool {
        self.within_noise == Some(true)
    }
}

/// The baseline against one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// The method.
    pub method: String,
    /// By task; tasks that one of the two lacks are omitted.
    pub pairs: Vec<Pair>,
}

impl Rival {
    /// Pairs with this outcome.
    pub fn on(&self, outcome: Outcome) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(move |m| m.outcome == outcome)
    }

    /// Tasks on which the baseline wins; if `clear`, only those where the difference exceeds one run's noise.
    pub fn wins(&self, clear: bool) -> usize {
        self.on(Outcome::Win).filter(|m| !(clear && m.is_within_noise())).count()
    }
}

/// Median final regret on one task, relative to the best other method.
#[derive(Clone, Debug, PartialEq)]
pub struct MedianRatio {
    /// Task.
    pub task: String,
    /// The baseline's median final regret over the lowest of the others.
    pub ratio: f64,
    /// The method that reached it.
    pub method: String,
}

/// The baseline against every other method at one budget.
#[derive(Clone, Debug, PartialEq)]
pub struct WinTieLoss {
    /// Budget, in full runs.
    pub full_runs: u64,
    /// The fewest seeds that a method has on a task.
    pub seeds: usize,
    /// Tasks, in the order of the summary.
    pub tasks: Vec<String>,
    /// The baseline's rank among the methods; `None` where nothing was ranked.
    pub rank: Option<BaselineRank>,
    /// The other methods, the lowest mean rank first.
    pub rivals: Vec<Rival>,
    /// By task, where medians are known; a task whose lowest median is zero is omitted.
    pub medians: Vec<MedianRatio>,
}

/// Rank of the baseline by mean rank over tasks and seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineRank {
    /// Mean rank.
    pub mean_rank: f64,
    /// Position by mean rank; 1 is best.
    pub position: usize,
    /// Methods ranked.
    pub of: usize,
    /// The lowest mean rank of the others less its own.
    pub lead: Option<f64>,
    /// See [`RankRow::critical_difference`].
    pub critical_difference: Option<f64>,
}

/// One per budget, in the order of the summary; empty where the baseline is not among the methods.
pub fn win_tie_losses(summary: &[SummaryRow], ranks: &[RankRow], stages: &[StageRow]) -> Vec<WinTieLoss> {
    let budgets = summary.chunk_by(|a, b| a.full_runs == b.full_runs);
    budgets.filter(|of| of.iter().any(|r| r.method == BASELINE)).map(|of| at_budget(of, ranks, stages)).collect()
}

fn at_budget(summary: &[SummaryRow], ranks: &[RankRow], stages: &[StageRow]) -> WinTieLoss {
    let full_runs = summary[0].full_runs;
    let ranked: Vec<&RankRow> = ranks.iter().filter(|r| r.full_runs == full_runs).collect();
    let mut methods: Vec<&str> = ranked.iter().map(|r| r.method.as_str()).collect();
    for row in summary {
        if !methods.contains(&row.method.as_str()) {
            methods.push(&row.method);
        }
    }
    let rival = |method: &str| {
        let rows = summary.iter().filter(|r| r.method == method);
        let pairs = rows.filter_map(|row| {
            let own = summary.iter().find(|r| r.task == row.task && r.method == BASELINE)?;
            Some(pair(own, row))
        });
        Rival { method: method.to_owned(), pairs: pairs.collect() }
    };
    let tasks = summary.chunk_by(|a, b| a.task == b.task).map(|rows| rows[0].task.clone()).collect();
    WinTieLoss {
        full_runs,
        seeds: summary.iter().map(|r| r.seeds).min().unwrap_or(0),
        tasks,
        rank: baseline_rank(&ranked),
        rivals: methods.into_iter().filter(|m| *m != BASELINE).map(rival).collect(),
        medians: medians(stages.iter().filter(|r| r.full_runs == full_runs).collect::<Vec<_>>().as_slice()),
    }
}

fn pair(own: &SummaryRow, other: &SummaryRow) -> Pair {
    let significant = other.p_vs_jobs.is_some_and(|p| p < LEVEL);
    let outcome = match own.mean_oracle.total_cmp(&other.mean_oracle) {
        std::cmp::Ordering::Less if significant => Outcome::Win,
        std::cmp::Ordering::Greater if significant => Outcome::Loss,
        _ => Outcome::Tie,
    };
    let ratio = own.mean_regret.zip(other.mean_regret.filter(|r| *r > 0.0)).map(|(own, other)| own / other);
    let within_noise = own.noise.map(|noise| (own.mean_oracle - other.mean_oracle).abs() < noise);
    Pair { task: own.task.clone(), outcome, ratio, within_noise }
}

fn baseline_rank(ranked: &[&RankRow]) -> Option<BaselineRank> {
    let at = ranked.iter().position(|r| r.method == BASELINE)?;
    let own = ranked[at];
    let others = ranked.iter().filter(|r| r.method != BASELINE).map(|r| r.mean_rank);
    Some(BaselineRank {
        mean_rank: own.mean_rank,
        position: at + 1,
        of: ranked.len(),
        lead: others.min_by(f64::total_cmp).map(|next| next - own.mean_rank),
        critical_difference: own.critical_difference,
    })
}

fn medians(stages: &[&StageRow]) -> Vec<MedianRatio> {
    let ratio = |own: &&StageRow| {
        let others = stages.iter().filter(|r| r.task == own.task && r.method != BASELINE);
        let known = others.filter_map(|r| Some((r.median_regret?, r.method.as_str())));
        let (best, method) = known.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 > 0.0)?;
        Some(MedianRatio { task: own.task.clone(), ratio: own.median_regret? / best, method: method.to_owned() })
    };
    stages.iter().filter(|r| r.method == BASELINE).filter_map(ratio).collect()
}

impl WinTieLoss {
    /// The same against these methods only.
    pub fn among(&self, methods: &[String]) -> Self {
        let rivals = self.rivals.iter().filter(|r| methods.contains(&r.method)).cloned().collect();
        Self { rivals, ..self.clone() }
    }

    /// The baseline's wins ([`Rival::wins`]) against whichever method it beats on the fewest tasks; `None` without rivals.
    pub fn fewest_wins(&self, clear: bool) -> Option<usize> {
        self.rivals.iter().map(|r| r.wins(clear)).min()
    }

    /// Whether one run's noise is known of any task.
    pub fn knows_noise(&self) -> bool {
        self.rivals.iter().flat_map(|r| &r.pairs).any(|m| m.within_noise.is_some())
    }
}
