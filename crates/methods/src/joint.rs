use budget::{FixedSplit, RegretBound};
use gp::acquisition::LogEi;
use jobs::method::{Evidence, Jobs, JobsParts, Promotion, Recommend};
use jobs::{Method, MethodError, Problem};
use jobs_core::{Acquisition, Predictor};
use predictor::MlpEnsemble;

use crate::parts::{BETA, model, ucb};

/// Early runs of JoBS to a promotion.
const PROMOTE_EVERY: u64 = 4;

/// JoBS in our form: the product's default method. An ablation changes one field.
///
/// ```
/// use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
///
/// let space = SearchSpace::from_toml_str("[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.1\nhigh = 1.0")?;
/// let budget = Budget { total: Steps(1500), full: Steps(100), early: Steps(20) };
/// let problem = jobs::Problem::new(space, budget, Target::Best, Seed(7));
/// let method = methods::JobsSettings::default().make(&problem)?;
/// let mut study = jobs::Study::new(problem, method)?;
/// assert!(study.ask()?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct JobsSettings {
    /// Full runs to learn from before the search begins.
    pub learn: fn(&Problem) -> u64,
    /// Foresees final values.
    pub predictor: fn() -> Box<dyn Predictor>,
    /// Whether predicted values carry their variance.
    pub predicted_variance: bool,
    /// Chooses early runs.
    pub acquisition: fn() -> Box<dyn Acquisition>,
    /// One promotion after so many early runs; `None`: never, and nothing is verified.
    pub promote_every: Option<u64>,
    /// What is handed over.
    pub recommend: Recommend,
}

impl Default for JobsSettings {
    fn default() -> Self {
        Self {
            learn: learning_runs,
            predictor: || Box::new(MlpEnsemble::default()),
            predicted_variance: true,
            acquisition: || ucb(BETA),
            promote_every: Some(PROMOTE_EVERY),
            recommend: Recommend::FinishedPosteriorMean,
        }
    }
}

impl JobsSettings {
    /// The method with these settings, ready for a problem.
    pub fn make(self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        let verification_runs = u64::from(problem.budget.full_runs() > 1 && self.promote_every.is_some());
        let parts = JobsParts {
            allocator: Box::new(FixedSplit { full_runs: (self.learn)(problem), verification_runs }),
            scouts: 0,
            evidence: Evidence::Predicted { predictor: (self.predictor)(), variance: self.predicted_variance },
            model: model(problem, (self.acquisition)()),
            promotion: self.promote_every.map(|every| Promotion { every, acquisition: Box::new(LogEi::default()) }),
            recommend: self.recommend,
        };
        Ok(Box::new(Jobs::new("jobs", problem, parts)?))
    }
}

/// Full runs JoBS learns from before it searches. Few: its promoted runs go on teaching the predictor. One full run is left
/// for verification where the budget has two.
pub fn learning_runs(problem: &Problem) -> u64 {
    let affordable = problem.budget.full_runs();
    (affordable / 10).max(3).min(affordable.saturating_sub(1)).max(1)
}

/// JoBS as published: N from the regret bound, predictions as if measured, nothing promoted or verified.
pub fn jobs_as_published(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(RegretBound { verification_runs: 0, ..RegretBound::default() }),
        scouts: 0,
        evidence: Evidence::Predicted { predictor: Box::new(MlpEnsemble::default()), variance: false },
        model: model(problem, ucb(BETA)),
        promotion: None,
        recommend: Recommend::LowestBelieved,
    };
    Ok(Box::new(Jobs::new("jobs-paper", problem, parts)?))
}
