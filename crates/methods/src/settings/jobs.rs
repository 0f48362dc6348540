//! Settings of JoBS: what a user may choose, and what only the ablation changes.

use budget::{FixedSplit, RegretBound};
use gp::acquisition::LogEi;
use gp::maximise::MixedMaximiser;
use jobs::{Method, MethodError, Problem, Transfer};
use jobs_core::{Acquisition, Allocator, Budget, Steps, Surrogate};
use serde::Serialize;

use super::{AcquisitionChoice, InitialRuns, MethodSettings, PredictorChoice};
use crate::joint::{ConstraintModel, Evidence, HEADROOM, Jobs, JobsParts, Promotion, Recommend, Scale};
use crate::model::Model;
use crate::parts::{BETA, GpSettings, surrogate, surrogate_over_steps, with_transfer};

/// beta of the acquisition when the budget is used up.
const BETA_AT_END: f64 = 4.0;
/// The same where there are full runs only. The schedule counts the design's runs on top of the budget's, so the last of 15 full
/// runs has beta 3.2.
const BETA_AT_END_OF_FULL_RUNS: f64 = 2.0;

/// What a user may choose of JoBS, for example in a study file.
///
/// ```
/// use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
///
/// let space = SearchSpace::from_toml_str("[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.1\nhigh = 1.0")?;
/// let budget = Budget { total: Steps(1500), full: Steps(100), early: Steps(20) };
/// let problem = jobs::Problem::new(space, budget, Target::Best, Seed(7));
/// let method = methods::JobsOptions { verify: false, ..Default::default() }.make(&problem)?;
/// let mut study = jobs::Study::new(problem, method)?;
/// assert!(study.ask()?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct JobsOptions {
    /// Predicts final values from early losses.
    pub predictor: PredictorChoice,
    /// Chooses configurations.
    pub acquisition: AcquisitionChoice,
    /// Share of the budget that promotions get; `None`: no promotion.
    pub promote: Option<f64>,
    /// Whether the last full run of the budget verifies the best early run.
    pub verify: bool,
    /// Whether the search falls back to full runs while early losses are uninformative.
    pub early_signal_check: bool,
}

impl Default for JobsOptions {
    fn default() -> Self {
        Self {
            predictor: PredictorChoice::KernelResidual,
            acquisition: AcquisitionChoice::UcbSchedule {
                first: BETA,
                last: BETA_AT_END,
                last_without_early_runs: BETA_AT_END_OF_FULL_RUNS,
            },
            promote: Some(0.5),
            verify: true,
            early_signal_check: true,
        }
    }
}

impl JobsOptions {
    /// JoBS with these options, ready for a problem.
    ///
    /// # Errors
    /// A budget that cannot be split.
    pub fn make(self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        JobsSettings::from(self).make("jobs", problem)
    }
}

/// Parts of JoBS that only the ablation and the published form change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AblationSettings {
    /// Full runs before anything else.
    pub full_runs_first: FullRunsFirst,
    /// Early runs of the design before the search starts.
    pub initial_early_runs: InitialEarlyRuns,
    /// Full runs from which on predictions carry their variance; `None`: they count as measured ([`Evidence::Predicted`]).
    pub variance_from: Option<usize>,
    /// The surrogate.
    pub gp: GpSettings,
    /// Headroom of the logarithmic scale of losses, in units of (median - lowest); `None`: losses as they are.
    pub log_losses: Option<f64>,
    /// Whether promoted runs pause at levels between an early and a full run.
    pub levels: Levels,
    /// Whether predictors see the target's value so far instead of the loss ([`JobsParts::target_so_far`]).
    pub target_so_far: bool,
    /// How late promotions come ([`Promotion::lateness`]).
    pub promotion_lateness: f64,
    /// Early runs before the first promotion. Earlier there is too little to choose from, and two or three full runs tell the
    /// predictor less than the first losses of the runs themselves.
    pub promote_after: u64,
    /// Whether a full run that no other can follow is chosen by expected improvement ([`JobsParts::final_acquisition`]).
    pub last_by_improvement: bool,
    /// Which run is recommended.
    pub recommend: Recommend,
}

impl Default for AblationSettings {
    fn default() -> Self {
        Self {
            full_runs_first: FullRunsFirst::NONE,
            initial_early_runs: InitialEarlyRuns::default(),
            variance_from: Some(3),
            gp: GpSettings::default(),
            log_losses: Some(HEADROOM),
            levels: Levels::default(),
            target_so_far: true,
            promotion_lateness: 1.0,
            promote_after: 24,
            last_by_improvement: true,
            recommend: Recommend::FinishedPosteriorMean,
        }
    }
}

/// Where promoted runs pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// At each doubling of an early run up to two thirds of a full one.
    #[default]
    Doubling,
    /// Nowhere: they go on to the end.
    None,
}

impl Levels {
    /// The steps of an early run, and of every pause after it.
    pub fn of(self, budget: &Budget) -> Vec<Steps> {
        let mut levels = vec![budget.early];
        let mut next = budget.early.0.saturating_mul(2);
        while self == Self::Doubling
            && budget.early > Steps::ZERO
            && next.saturating_mul(3) <= budget.full.0.saturating_mul(2)
        {
            levels.push(Steps(next));
            next = next.saturating_mul(2);
        }
        levels
    }
}

/// Full runs that come before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FullRunsFirst {
    /// A fixed number.
    Fixed {
        /// Their number.
        runs: u64,
        /// At most this share of the budget's full runs, as numerator and denominator.
        at_most: [u64; 2],
    },
    /// The minimiser N of the regret bound with its default constants. Needs early runs.
    RegretBound,
}

impl FullRunsFirst {
    /// None.
    pub const NONE: Self = Self::Fixed { runs: 0, at_most: [1, 1] };

    /// This many, at most a share of the budget's full runs.
    pub const fn fixed(runs: u64, at_most: [u64; 2]) -> Self {
        Self::Fixed { runs, at_most }
    }

    fn count(self, problem: &Problem, verification_runs: u64) -> Result<u64, MethodError> {
        let budget = &problem.budget;
        let count = match self {
            Self::Fixed { runs, at_most: [numerator, denominator] } => {
                runs.min(budget.full_runs().saturating_mul(numerator) / denominator)
            }
            Self::RegretBound if !problem.has_early_runs() => {
                return Err(MethodError::NotApplicable(
                    "it needs early runs, but an early run is as long as a full one",
                ));
            }
            Self::RegretBound => {
                RegretBound { verification_runs, ..RegretBound::default() }.allocate(budget)?.full_runs
            }
        };
        Ok(count.min(budget.full_runs().saturating_sub(verification_runs)))
    }
}

/// Early runs of the space-filling design before the search starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitialEarlyRuns {
    /// One in `one_in` of the early runs that the budget covers, within limits, and at most what leaves half of the budget beyond
    /// one full run to the search. Without early runs: the full runs of [`InitialRuns`].
    Share {
        /// One in this many.
        one_in: u64,
        /// At least this many.
        least: u64,
        /// At most this many.
        most: u64,
    },
    /// A fixed number.
    Fixed(u64),
}

impl Default for InitialEarlyRuns {
    fn default() -> Self {
        Self::Share { one_in: 10, least: 4, most: 12 }
    }
}

impl InitialEarlyRuns {
    /// Their number.
    pub fn count(self, problem: &Problem) -> u64 {
        let budget = &problem.budget;
        match self {
            Self::Fixed(n) => n,
            Self::Share { .. } if !problem.has_early_runs() => InitialRuns::default().count(problem) as u64,
            Self::Share { one_in, least, most } => {
                let share = budget.total.0.checked_div(budget.early.0).unwrap_or(0) / one_in;
                let spare = budget.total.saturating_sub(budget.full).0 / 2;
                share.clamp(least, most).min(spare.checked_div(budget.early.0).unwrap_or(0))
            }
        }
    }
}

/// Early runs that JoBS starts with by default.
pub fn initial_early_runs(problem: &Problem) -> u64 {
    InitialEarlyRuns::default().count(problem)
}

/// JoBS: the user's options and everything else that decides its proposals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct JobsSettings {
    /// What a user may choose.
    pub options: JobsOptions,
    /// What only the ablation and the published form change.
    pub ablation: AblationSettings,
}

impl From<JobsOptions> for JobsSettings {
    /// Without promotion most runs stay early runs, so any of them may be recommended.
    fn from(options: JobsOptions) -> Self {
        let default = AblationSettings::default();
        let recommend = if options.promote.is_some() { default.recommend } else { Recommend::PosteriorMean };
        Self { options, ablation: AblationSettings { recommend, ..default } }
    }
}

impl JobsSettings {
    /// JoBS as published (arXiv 2602.08351): N from the regret bound, perceptrons, predictions as if measured, no promotion or
    /// verification.
    pub fn as_published() -> Self {
        Self {
            options: JobsOptions {
                predictor: PredictorChoice::MlpEnsemble,
                acquisition: AcquisitionChoice::Ucb { beta: BETA },
                promote: None,
                verify: false,
                early_signal_check: false,
            },
            ablation: AblationSettings {
                full_runs_first: FullRunsFirst::RegretBound,
                initial_early_runs: InitialEarlyRuns::Fixed(0),
                levels: Levels::None,
                target_so_far: false,
                variance_from: None,
                log_losses: None,
                last_by_improvement: false,
                recommend: Recommend::LowestEstimate,
                ..AblationSettings::default()
            },
        }
    }

    /// The first version of `jobs`, for studies that it began: promoted runs went on to the end at once, and predictors saw losses as they
    /// were recorded.
    pub fn first_version(options: JobsOptions) -> Self {
        let settings = Self::from(options);
        Self {
            ablation: AblationSettings { levels: Levels::None, target_so_far: false, ..settings.ablation },
            ..settings
        }
    }

    /// Full runs kept back to verify the best early run.
    pub fn verification_runs(&self, budget: &Budget) -> u64 {
        u64::from(self.options.verify && budget.full_runs() > 1)
    }

    /// The method, ready for a problem.
    ///
    /// # Errors
    /// A budget that cannot be split, or [`FullRunsFirst::RegretBound`] without early runs.
    pub fn make(&self, name: &str, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        MethodSettings::Jobs(*self).make(name, problem)
    }

    /// The method for the budget of this problem only.
    pub(super) fn make_for_budget(&self, name: &str, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        let mut parts = self.parts(problem)?;
        for constraint in &problem.constraints {
            parts.constraints.push(ConstraintModel::new(constraint.clone(), self.learner(problem)?));
        }
        Ok(Box::new(Jobs::new(name, problem, parts)?))
    }

    /// The model of a constrained metric: the same predictor and surrogate. The transferred prior is about the objective.
    fn learner(&self, problem: &Problem) -> Result<Jobs, MethodError> {
        let problem = Problem { transfer: Transfer::default(), constraints: vec![], ..problem.clone() };
        let allocator = Box::new(FixedSplit { full_runs: 0, verification_runs: 0 });
        let parts = JobsParts { allocator, initial_early_runs: 0, scale: Scale::Excess, ..self.parts(&problem)? };
        Jobs::new("constraint", &problem, parts)
    }

    fn parts(&self, problem: &Problem) -> Result<JobsParts, MethodError> {
        let (options, ablation) = (&self.options, &self.ablation);
        let verification_runs = self.verification_runs(&problem.budget);
        let full_runs = ablation.full_runs_first.count(problem, verification_runs)?;
        let initial_early_runs = ablation.initial_early_runs.count(problem);
        let levels = ablation.levels.of(&problem.budget);
        let (evidence, surrogate) = self.evidence(problem)?;
        Ok(JobsParts {
            allocator: Box::new(FixedSplit { full_runs, verification_runs }),
            initial_early_runs: usize::try_from(initial_early_runs).unwrap_or(usize::MAX),
            evidence,
            levels,
            target_so_far: ablation.target_so_far,
            model: Model::new(surrogate, options.acquisition.make(problem), Box::new(MixedMaximiser::default())),
            is_logarithmic: options.acquisition == AcquisitionChoice::LogEi,
            promotion: self.promotion(&problem.budget),
            final_acquisition: ablation.last_by_improvement.then(|| Box::new(LogEi::default()) as Box<dyn Acquisition>),
            early_signal_check: options.early_signal_check,
            scale: ablation.log_losses.map_or(Scale::Identity, |headroom| Scale::Logarithmic { headroom }),
            recommend: ablation.recommend,
            constraints: vec![],
        })
    }

    fn evidence(&self, problem: &Problem) -> Result<(Evidence, Box<dyn Surrogate>), MethodError> {
        let GpSettings { kernel, priors } = self.ablation.gp;
        Ok(match self.options.predictor.factory()? {
            Some(predictor) => {
                let evidence = Evidence::Predicted { predictor, variance_from: self.ablation.variance_from };
                (evidence, with_transfer(problem, surrogate(&problem.space, kernel, priors)))
            }
            None => {
                let surrogate = surrogate_over_steps(&problem.space, kernel, priors);
                (Evidence::Levels, with_transfer(problem, surrogate))
            }
        })
    }

    fn promotion(&self, budget: &Budget) -> Option<Promotion> {
        self.options.promote.map(|share| Promotion {
            share,
            lateness: self.ablation.promotion_lateness,
            after: Steps(budget.early.0.saturating_mul(self.ablation.promote_after)),
            acquisition: Box::new(LogEi::default()),
        })
    }
}
