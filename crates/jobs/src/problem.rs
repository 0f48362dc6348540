use jobs_core::{Budget, BudgetError, SearchSpace, Seed, Target};

/// What a study is about; everything a method may know before the first run.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where configurations live.
    pub space: SearchSpace,
    /// What may be spent.
    pub budget: Budget,
    /// Which number of a full run counts.
    pub target: Target,
    /// Root of all randomness.
    pub seed: Seed,
}

impl Problem {
    /// Refuses unusable budgets.
    pub fn check(&self) -> Result<(), BudgetError> {
        self.budget.check()
    }
}
