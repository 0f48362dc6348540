//! Methods as plain data.
//!
//! A [`MethodSettings`] value holds everything that decides what a method proposes, apart from the algorithms themselves, which
//! [`ALGORITHM_VERSION`](crate::ALGORITHM_VERSION) stands for. The method is made from the value, and so are the key of cached
//! results and the sentence that people read: they cannot disagree.

mod choices;
mod describe;
mod follows_budget;
mod jobs;

use ::jobs::{Method, MethodError, Problem};
use gp::DeepGp;
use gp::maximise::MixedMaximiser;
use serde::Serialize;

pub use self::choices::{AcquisitionChoice, InitialRuns, PredictorChoice};
use self::follows_budget::FollowsBudget;
pub use self::jobs::{
    AblationSettings, FullRunsFirst, InitialEarlyRuns, JobsOptions, JobsSettings, Levels, initial_early_runs,
};
use crate::parts::{GpSettings, model, model_over_steps, with_transfer};
use crate::{
    Asha, BayesOpt, DefaultConfiguration, Hyperband, LevelRule, Model, MultiFidelity, Order, Partial, ParzenSampler,
    RandomSearch, Tpe, TrustRegion, Uniform,
};

/// A method and all its settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MethodSettings {
    /// JoBS.
    Jobs(JobsSettings),
    /// JoBS as published, with N decided during the study by the predictor's own errors.
    JobsOnline,
    /// Bayesian optimisation on full runs.
    BayesOpt(BayesOptSettings),
    /// Bayesian optimisation on full runs in a trust region.
    TrustRegion(BayesOptSettings),
    /// Bayesian optimisation over (configuration, steps).
    MultiFidelity(MultiFidelitySettings),
    /// Bayesian optimisation on full runs of one part of the configuration at a time.
    Partial {
        /// Which part is searched when.
        order: Order,
        /// The search within a part, which starts with half as many initial runs.
        search: BayesOptSettings,
    },
    /// Hyperband.
    Hyperband {
        /// Where new configurations come from.
        sampler: SamplerChoice,
    },
    /// Asynchronous successive halving.
    Asha,
    /// Tree-structured Parzen estimator on full runs.
    Tpe,
    /// One full run of the default configuration.
    DefaultConfiguration,
    /// Random search on full runs.
    Random,
}

/// Bayesian optimisation on full runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BayesOptSettings {
    /// Full runs of the initial design.
    pub initial: InitialRuns,
    /// Chooses configurations.
    pub acquisition: AcquisitionChoice,
    /// The surrogate.
    pub gp: GpSettings,
    /// Whether the kernel is over features that a small network learns (Wilson et al. 2016); `gp.priors` then do not apply.
    pub deep_kernel: bool,
}

impl BayesOptSettings {
    /// Default settings with this acquisition.
    pub fn new(acquisition: AcquisitionChoice) -> Self {
        Self { initial: InitialRuns::default(), acquisition, gp: GpSettings::default(), deep_kernel: false }
    }

    fn model(&self, problem: &Problem) -> Result<Model, MethodError> {
        let acquisition = self.acquisition.make(problem);
        if !self.deep_kernel {
            return Ok(model(problem, &self.gp, acquisition));
        }
        let surrogate = DeepGp::for_space(&problem.space, self.gp.kernel)
            .map_err(|_| MethodError::NotApplicable("no deep kernel fits the space"))?;
        Ok(Model::new(with_transfer(problem, surrogate), acquisition, Box::new(MixedMaximiser::default())))
    }
}

/// Bayesian optimisation over (configuration, steps).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MultiFidelitySettings {
    /// Full runs of the initial design.
    pub initial: InitialRuns,
    /// Ranks configurations at full steps.
    pub acquisition: AcquisitionChoice,
    /// How far the chosen configuration is trained.
    pub rule: LevelRule,
    /// Levels below a full run, as multiples of an early run.
    pub levels: [f64; 3],
    /// The surrogate.
    pub gp: GpSettings,
}

impl MultiFidelitySettings {
    /// Levels of 1, 2 and 4 early runs.
    pub fn new(acquisition: AcquisitionChoice, rule: LevelRule) -> Self {
        let (initial, gp) = (InitialRuns::default(), GpSettings::default());
        Self { initial, acquisition, rule, levels: [1.0, 2.0, 4.0], gp }
    }

    fn make(&self, name: &str, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        if self.rule == LevelRule::KnowledgeGradient && !problem.transfer.is_empty() {
            return Err(MethodError::NotApplicable("its look-ahead does not support transferred priors"));
        }
        let model = model_over_steps(problem, &self.gp, self.acquisition.make(problem));
        let initial = self.initial.count(problem);
        Ok(Box::new(MultiFidelity::new(name, problem, initial, &self.levels, self.rule, model)?))
    }
}

#[cfg(feature = "burn")]
fn online(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    Ok(Box::new(crate::OnlineJobs::new(problem, budget::OnlineRule::default())))
}

#[cfg(not(feature = "burn"))]
fn online(_: &Problem) -> Result<Box<dyn Method>, MethodError> {
    Err(MethodError::NotApplicable(WITHOUT_BURN))
}

/// What to say where networks are asked for in a program that was built without Burn.
pub const WITHOUT_BURN: &str = "it has networks, which need the feature `burn`, and this program was built without it; \
     `cargo build --bin jobs` builds it in";

/// Where Hyperband's configurations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SamplerChoice {
    /// Uniform draws.
    Uniform,
    /// Parzen densities, one draw in three uniform (BOHB).
    Parzen,
}

impl MethodSettings {
    /// Whether the method has networks, which only programs with the feature `burn` can train.
    pub fn needs_burn(&self) -> bool {
        match self {
            Self::Jobs(settings) => settings.options.predictor.needs_burn(),
            Self::JobsOnline => true,
            _ => false,
        }
    }

    /// The method with these settings, ready for a problem. It follows changes of the budget.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where the method does not fit the problem; a budget that cannot be split.
    pub fn make(&self, name: &str, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        Ok(Box::new(FollowsBudget::new(name, *self, problem)?))
    }

    /// The method for the budget of this problem only.
    fn make_for_budget(&self, name: &str, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        Ok(match self {
            Self::Jobs(settings) => settings.make_for_budget(name, problem)?,
            Self::JobsOnline => online(problem)?,
            Self::BayesOpt(s) => Box::new(BayesOpt::new(name, problem, s.initial.count(problem), s.model(problem)?)),
            Self::TrustRegion(s) => {
                Box::new(TrustRegion::new(name, problem, s.initial.count(problem), s.model(problem)?)?)
            }
            Self::MultiFidelity(settings) => settings.make(name, problem)?,
            Self::Partial { order, search } => {
                let initial = search.initial.count(problem).div_ceil(2);
                Box::new(Partial::new(name, problem, *order, initial, search.model(problem)?)?)
            }
            Self::Hyperband { sampler: SamplerChoice::Uniform } => {
                Box::new(Hyperband::new(name, problem, Box::new(Uniform))?)
            }
            Self::Hyperband { sampler: SamplerChoice::Parzen } => {
                Box::new(Hyperband::new(name, problem, Box::new(ParzenSampler))?)
            }
            Self::Asha => Box::new(Asha::new(problem)?),
            Self::Tpe => Box::new(Tpe::new(problem)),
            Self::DefaultConfiguration => Box::new(DefaultConfiguration::new(problem)?),
            Self::Random => Box::new(RandomSearch),
        })
    }
}
