//! Where the baseline stands against each other method on each task, and where it does not win.

mod words;

use super::{BASELINE, RankRow, StageRow, SummaryRow};

/// Differences at p values below this are significant.
const LEVEL: f64 = 0.05;

/// What the seeds say of a method on a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The baseline is significantly ahead.
    Ahead,
    /// They do not tell the two apart.
    Level,
    /// The baseline is significantly behind.
    Behind,
}

/// The baseline against one method on one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// Task.
    pub task: String,
    /// What the seeds say.
    pub side: Side,
    /// The baseline's mean final regret over the method's; `None` where that is not above zero, or no optimum is known.
    pub ratio: Option<f64>,
    /// Whether the means differ by less than one run's noise: a tie, whatever the seeds say. `None` where the noise is not known.
    pub tie: Option<bool>,
}

impl Meeting {
    /// Whether it is known to be a tie.
    pub fn is_tie(&self) -> bool {
        self.tie == Some(true)
    }
}

/// The baseline against one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// The method.
    pub method: String,
    /// By task; tasks that one of the two lacks are left out.
    pub meetings: Vec<Meeting>,
}

impl Rival {
    /// Meetings of this outcome.
    pub fn on(&self, side: Side) -> impl Iterator<Item = &Meeting> {
        self.meetings.iter().filter(move |m| m.side == side)
    }

    /// Tasks on which the baseline is significantly ahead; if `clear`, only those where it is not a tie.
    pub fn wins(&self, clear: bool) -> usize {
        self.on(Side::Ahead).filter(|m| !(clear && m.is_tie())).count()
    }
}

/// On one task.
#[derive(Clone, Debug, PartialEq)]
pub struct MedianRatio {
    /// Task.
    pub task: String,
    /// The baseline's median final regret over the lowest of the others.
    pub ratio: f64,
    /// Whose that is.
    pub method: String,
}

/// Where the baseline stands at one budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Budget, in full runs.
    pub full_runs: u64,
    /// The fewest seeds that a method has on a task.
    pub seeds: usize,
    /// Tasks, in the order of the summary.
    pub tasks: Vec<String>,
    /// Its mean rank, and its place by it among the methods ranked; `None` where nothing was ranked.
    pub rank: Option<Place>,
    /// The other methods, the lowest mean rank first.
    pub rivals: Vec<Rival>,
    /// By task, where medians are known; nothing is half of a lowest one of zero.
    pub medians: Vec<MedianRatio>,
}

/// A place by mean rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Mean rank.
    pub mean_rank: f64,
    /// 1: the lowest.
    pub place: usize,
    /// Methods ranked.
    pub of: usize,
    /// The lowest mean rank of the others less its own.
    pub lead: Option<f64>,
    /// See [`RankRow::critical_difference`].
    pub critical_difference: Option<f64>,
}

/// One per budget, in the order of the summary; empty where the baseline is not among the methods.
pub fn standings(summary: &[SummaryRow], ranks: &[RankRow], stages: &[StageRow]) -> Vec<Standing> {
    let budgets = summary.chunk_by(|a, b| a.full_runs == b.full_runs);
    budgets.filter(|of| of.iter().any(|r| r.method == BASELINE)).map(|of| standing(of, ranks, stages)).collect()
}

fn standing(summary: &[SummaryRow], ranks: &[RankRow], stages: &[StageRow]) -> Standing {
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
        let meetings = rows.filter_map(|row| {
            let own = summary.iter().find(|r| r.task == row.task && r.method == BASELINE)?;
            Some(meeting(own, row))
        });
        Rival { method: method.to_owned(), meetings: meetings.collect() }
    };
    let tasks = summary.chunk_by(|a, b| a.task == b.task).map(|rows| rows[0].task.clone()).collect();
    Standing {
        full_runs,
        seeds: summary.iter().map(|r| r.seeds).min().unwrap_or(0),
        tasks,
        rank: place(&ranked),
        rivals: methods.into_iter().filter(|m| *m != BASELINE).map(rival).collect(),
        medians: medians(stages.iter().filter(|r| r.full_runs == full_runs).collect::<Vec<_>>().as_slice()),
    }
}

fn meeting(own: &SummaryRow, other: &SummaryRow) -> Meeting {
    let significant = other.p_vs_jobs.is_some_and(|p| p < LEVEL);
    let side = match own.mean_oracle.total_cmp(&other.mean_oracle) {
        std::cmp::Ordering::Less if significant => Side::Ahead,
        std::cmp::Ordering::Greater if significant => Side::Behind,
        _ => Side::Level,
    };
    let ratio = own.mean_regret.zip(other.mean_regret.filter(|r| *r > 0.0)).map(|(own, other)| own / other);
    let tie = own.noise.map(|noise| (own.mean_oracle - other.mean_oracle).abs() < noise);
    Meeting { task: own.task.clone(), side, ratio, tie }
}

fn place(ranked: &[&RankRow]) -> Option<Place> {
    let at = ranked.iter().position(|r| r.method == BASELINE)?;
    let own = ranked[at];
    let others = ranked.iter().filter(|r| r.method != BASELINE).map(|r| r.mean_rank);
    Some(Place {
        mean_rank: own.mean_rank,
        place: at + 1,
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

impl Standing {
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
        self.rivals.iter().flat_map(|r| &r.meetings).any(|m| m.tie.is_some())
    }
}
