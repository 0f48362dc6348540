//! # methods: JoBS and its competitors
//!
//! A method is built from parts of other crates: a surrogate and an acquisition function (`gp`), a predictor (`predictor`), an
//! allocator (`budget`), and runs on the loop of `jobs`. The program, the experiments and your own code use the same methods:
//!
//! - [`JobsOptions::default()`] is the product's method; [`AblationSettings`] holds what only the ablation changes.
//! - [`METHODS`] lists every method by name; [`MethodSettings`] holds everything that decides its proposals, as plain data.
//! - [`PilotPlan`] splits a budget by the regret bound with constants from recorded full runs.
//! - [`transfer`] turns runs of other studies into a prior for a new one.
//!
//! Methods with networks need the default feature `burn`; without it, making one is an error ([`WITHOUT_BURN`]).
//!
//! ```
//! use jobs::{Problem, Study};
//! use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
//! use methods::JobsOptions;
//!
//! let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'mixture'\nkind = 'simplex'\nparts = ['maths', 'code']")?;
//! let budget = Budget { total: Steps(12_500), full: Steps(625), early: Steps(100) };
//! let problem = Problem::new(space, budget, Target::Best, Seed(0));
//! let method = JobsOptions { early_signal_check: false, ..JobsOptions::default() }.make(&problem)?;
//! let mut study = Study::new(problem, method)?;
//! let trial = study.ask()?; // an early run of the design
//! assert!(trial.is_some_and(|t| t.to == Steps(100)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bayes_opt;
mod beta_schedule;
mod default_configuration;
mod entry;
mod joint;
mod model;
mod multi_fidelity;
#[cfg(feature = "burn")]
mod online;
mod partial;
pub mod parts;
mod parzen;
mod pilot;
mod random_search;
mod settings;
mod shared;
pub mod subset;
mod successive_halving;
mod table;
pub mod transfer;
mod trust_region;

pub use bayes_opt::BayesOpt;
pub use beta_schedule::BetaSchedule;
pub use default_configuration::{DefaultConfiguration, default_configuration};
pub use entry::{ALGORITHM_VERSION, MethodEntry};
pub use joint::{ConstraintModel, Evidence, Jobs, JobsParts, Promotion, Recommend, Scale};
pub use model::Model;
pub use multi_fidelity::{LevelRule, MultiFidelity};
#[cfg(feature = "burn")]
pub use online::{OnlineJobs, jobs_with_full_runs};
pub use partial::{Order, Part, Partial};
pub use parts::{GpSettings, priors};
pub use parzen::{ParzenSampler, Tpe};
pub use pilot::{GivenConstants, Known, Measured, MeasuredError, PilotError, PilotPlan};
pub use random_search::RandomSearch;
pub use settings::{
    AblationSettings, AcquisitionChoice, BayesOptSettings, FullRunsFirst, InitialEarlyRuns, InitialRuns, JobsOptions,
    JobsSettings, Levels, MethodSettings, MultiFidelitySettings, PredictorChoice, SamplerChoice, WITHOUT_BURN,
    initial_early_runs,
};
pub use successive_halving::{Asha, Hyperband, Sampler, Uniform};
pub use table::{METHODS, find};
pub use trust_region::TrustRegion;
