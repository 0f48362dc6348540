use super::{Evidence, Jobs, JobsParts, Promotion, Recommend};
use crate::model::Model;
use budget::{FixedSplit, RegretBound};
use gp::acquisition::LogEi;
use gp::maximise::MixedMaximiser;
use gp::{KernelSpec, Priors};
use jobs::{Method, MethodError, Problem};
use jobs_core::{Acquisition, Budget, Predictor, Steps, Surrogate};
use predictor::MlpEnsemble;

use crate::BetaSchedule;
use crate::parts::{BETA, initial_runs, model, priors, surrogate, surrogate_over_steps, taught, ucb};

/// beta of the acquisition when the budget is spent.
const BETA_AT_END: f64 = 4.0;
/// The same where there are full runs only. The schedule of [`beta_schedule`] counts the design's runs beside the budget's, so that the last of
/// 15 full runs has 3.2.
const BETA_AT_END_OF_FULL_RUNS: f64 = 2.0;
/// Share of the budget for promotions, and their lateness.
const PROMOTE: (f64, f64) = (0.5, 1.0);

/// Headroom of the logarithmic scale of losses: the floor is as far below the least loss as the median is above it.
pub(crate) const HEADROOM: f64 = 1.0;

/// Early runs of the design: the tenth part of those the budget pays for, between these.
const SCOUTS: (u64, u64) = (4, 12);
/// Promotions begin after so many early runs' steps: before there is anything to choose from, the first tenth of a full run's losses tells
/// more than two or three finished runs do (LOG.md, 2026-11-26).
const PROMOTE_AFTER: u64 = 24;
/// Finished runs from which on predictions carry their variance.
const VARIANCE_FROM: usize = 3;

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
    /// Full runs to learn from before anything else.
    pub learn: fn(&Problem) -> u64,
    /// Early runs of the design before the search begins.
    pub initial_early_runs: fn(&Problem) -> u64,
    /// Foresees final values; `None`: a learning-curve model over (x, steps) takes early losses as they are.
    pub predictor: Option<fn() -> Box<dyn Predictor>>,
    /// Full runs that have taught the predictor before predicted values carry their variance; `None`: they never do ([`Evidence::Predicted`]).
    pub variance_from: Option<usize>,
    /// Kernel of the surrogate.
    pub kernel: fn() -> KernelSpec,
    /// Priors of the surrogate's hyper-parameters.
    pub priors: fn() -> Priors,
    /// Headroom of the logarithmic scale of losses, in (median - least); `None`: losses as they are.
    pub log_losses: Option<f64>,
    /// Chooses runs.
    pub acquisition: fn(&Problem) -> Box<dyn Acquisition>,
    /// Share of the budget for promotions, and how late they come ([`Promotion`]); `None`: never.
    pub promote: Option<(f64, f64)>,
    /// Early runs whose steps are spent before the first of them.
    pub promote_after: u64,
    /// Whether the budget's last full run verifies the best early one.
    pub verify: bool,
    /// Whether full runs take over where early losses add nothing.
    pub early_signal_check: bool,
    /// Whether a full run after which none can be ended is chosen by expected improvement ([`JobsParts::last`]).
    pub last_by_improvement: bool,
    /// What is handed over.
    pub recommend: Recommend,
}

impl Default for JobsSettings {
    fn default() -> Self {
        Self {
            learn: |_| 0,
            initial_early_runs: initial_early_runs,
            predictor: Some(|| Box::new(MlpEnsemble::default())),
            variance_from: Some(VARIANCE_FROM),
            kernel: KernelSpec::default,
            priors,
            log_losses: Some(HEADROOM),
            acquisition: |p| {
                beta_schedule(p, BETA, if p.has_early_runs() { BETA_AT_END } else { BETA_AT_END_OF_FULL_RUNS })
            },
            promote: Some(PROMOTE),
            promote_after: PROMOTE_AFTER,
            verify: true,
            early_signal_check: true,
            last_by_improvement: true,
            recommend: Recommend::FinishedPosteriorMean,
        }
    }
}

impl JobsSettings {
    /// Full runs kept back to verify the best early one.
    pub fn verification_runs(&self, budget: &Budget) -> u64 {
        u64::from(self.verify && budget.full_runs() > 1)
    }

    /// The method with these settings, ready for a problem.
    pub fn make(self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        let budget = &problem.budget;
        let verification_runs = self.verification_runs(budget);
        let learn = (self.learn)(problem).min(budget.full_runs().saturating_sub(verification_runs));
        let early_levels = [budget.early, budget.full];
        let (evidence, surrogate): (_, Box<dyn Surrogate>) = match self.predictor {
            Some(predictor) => {
                let evidence = Evidence::Predicted { predictor: predictor(), variance_from: self.variance_from };
                (evidence, taught(problem, surrogate(&problem.space, (self.kernel)(), (self.priors)())))
            }
            None => {
                let surrogate = surrogate_over_steps(&problem.space, (self.kernel)(), (self.priors)());
                (Evidence::Levels(early_levels.to_vec()), taught(problem, surrogate))
            }
        };
        let promotion = self.promote.map(|(share, lateness)| Promotion {
            share,
            lateness,
            after: Steps(budget.early.0.saturating_mul(self.promote_after)),
            acquisition: Box::new(LogEi::default()),
        });
        let maximiser = Box::new(MixedMaximiser::default());
        let parts = JobsParts {
            allocator: Box::new(FixedSplit { full_runs: learn, verification_runs }),
            initial_early_runs: usize::try_from((self.initial_early_runs)(problem)).unwrap_or(usize::MAX),
            evidence,
            model: Model::new(surrogate, (self.acquisition)(problem), maximiser),
            promotion,
            last: self.last_by_improvement.then(|| Box::new(LogEi::default()) as Box<dyn Acquisition>),
            early_signal_check: self.early_signal_check,
            log_losses: self.log_losses,
            recommend: self.recommend,
        };
        Ok(Box::new(Jobs::new("jobs", problem, parts)?))
    }
}

/// UCB whose beta falls from `first` to `last` over the runs the budget is likely to pay for.
pub fn beta_schedule(problem: &Problem, first: f64, last: f64) -> Box<dyn Acquisition> {
    let budget = &problem.budget;
    let early = if problem.has_early_runs() { 1.0 - PROMOTE.0 } else { 1.0 };
    let runs = initial_early_runs(problem) as f64 + early * budget.total.as_f64() / budget.early.as_f64();
    Box::new(BetaSchedule::new(first, last, runs))
}

/// Early runs JoBS begins with: a tenth of those the budget pays for, four to twelve, and so many that half of what a full run leaves of
/// the budget is kept for the search. Without early runs they are the full runs a Bayesian optimisation begins with.
pub fn initial_early_runs(problem: &Problem) -> u64 {
    let budget = &problem.budget;
    if !problem.has_early_runs() {
        return initial_runs(problem) as u64;
    }
    let tenth = budget.total.0.checked_div(budget.early.0).unwrap_or(0) / 10;
    let spare = budget.total.saturating_sub(budget.full).0 / 2;
    tenth.clamp(SCOUTS.0, SCOUTS.1).min(spare.checked_div(budget.early.0).unwrap_or(0))
}

/// JoBS as published: N from the regret bound, predictions as if measured, nothing promoted or verified.
pub fn jobs_as_published(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    if !problem.has_early_runs() {
        return Err(MethodError::NotApplicable("it needs early runs, and here an early run is as long as a full one"));
    }
    let parts = JobsParts {
        allocator: Box::new(RegretBound { verification_runs: 0, ..RegretBound::default() }),
        initial_early_runs: 0,
        early_signal_check: false,
        last: None,
        log_losses: None,
        evidence: Evidence::Predicted { predictor: Box::new(MlpEnsemble::default()), variance_from: None },
        model: model(problem, ucb(BETA)),
        promotion: None,
        recommend: Recommend::LowestBelieved,
    };
    Ok(Box::new(Jobs::new("jobs-paper", problem, parts)?))
}
