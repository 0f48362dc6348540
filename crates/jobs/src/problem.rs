use std::sync::Arc;

use jobs_core::{Budget, BudgetError, Point, SearchSpace, Seed, Target};

use crate::{OutcomeConstraint, Transfer};

/// What a study is about: everything a method may use before the first run.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The search space.
    pub space: SearchSpace,
    /// The budget, in training steps.
    pub budget: Budget,
    /// Which number of a learning curve is minimised.
    pub target: Target,
    /// Root of all randomness.
    pub seed: Seed,
    /// The only points that may be tried, each once; `None`: any point of the space, any number of times.
    pub candidates: Option<Arc<[Point]>>,
    /// The prior transferred from other studies.
    pub transfer: Transfer,
    /// Whether, in a space of finitely many points, a point is repeated only once all of them have been tried. `false` for studies that
    /// began without this rule.
    pub untried_first: bool,
    /// Limits on other metrics of a run.
    pub constraints: Vec<OutcomeConstraint>,
}

/// Longest design. Methods make a share of the budget's runs one, and a budget may cover billions of them; their models are fitted to a
/// subset of 500 observations.
const LONGEST_DESIGN: usize = 1000;

impl Problem {
    /// A problem in which any point of the space may be tried.
    pub fn new(space: SearchSpace, budget: Budget, target: Target, seed: Seed) -> Self {
        let (transfer, constraints) = (Transfer::default(), vec![]);
        Self { space, budget, target, seed, candidates: None, transfer, untried_first: true, constraints }
    }

    /// The same problem, restricted to these points.
    pub fn among(self, candidates: impl Into<Arc<[Point]>>) -> Self {
        Self { candidates: Some(candidates.into()), ..self }
    }

    /// The same problem with this transferred prior.
    pub fn with_transfer(self, transfer: Transfer) -> Self {
        Self { transfer, ..self }
    }

    /// # Errors
    /// An unusable budget.
    pub fn check(&self) -> Result<(), BudgetError> {
        self.budget.check()
    }

    /// Whether early runs are shorter than full ones. Otherwise there are no early losses to use.
    pub fn has_early_runs(&self) -> bool {
        self.budget.early < self.budget.full
    }

    /// `n` space-filling points, at most 1,000, with the dimensions of the transferred prior set by it ([`Transfer::inform_design`]). With
    /// candidates: those nearest to these points, each at most once, so fewer than `n` where there are fewer candidates.
    pub fn design(&self, n: usize) -> Vec<Point> {
        let design = self.space.design(n.min(LONGEST_DESIGN), self.seed);
        let design = self.transfer.inform_design(&self.space, design, self.seed);
        let Some(candidates) = &self.candidates else { return design };
        let encoded: Vec<Vec<f64>> = candidates.iter().map(|p| self.space.encode(p)).collect();
        let mut open: Vec<usize> = (0..candidates.len()).collect();
        let mut chosen = vec![];
        for wish in &design {
            let x = self.space.encode(wish);
            let far = |&i: &usize| -> f64 { encoded[i].iter().zip(&x).map(|(a, b)| (a - b).powi(2)).sum() };
            let nearest = open.iter().enumerate().min_by(|a, b| far(a.1).total_cmp(&far(b.1)));
            let Some(at) = nearest.map(|(at, _)| at) else { break };
            chosen.push(candidates[open.swap_remove(at)].clone());
        }
        chosen
    }
}
