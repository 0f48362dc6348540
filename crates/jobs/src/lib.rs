//! # jobs: joint Bayesian optimisation of data mixture and model configuration
//!
//! The method of "The Chicken and Egg Dilemma: Co-optimizing Data and Model Configurations for LLMs" (arXiv 2602.08351) and its
//! competitors, on **one loop**:
//!
//! ```text
//! while let Some(trial) = study.ask()? {                 // which configuration, until which step
//!     let report = train(trial);                         // start, or go on where the run was paused
//!     study.tell(report)?;                               // the curve so far; diverged runs are data
//! }
//! study.best()                                           // the recommendation
//! ```
//!
//! A [`Study`] is a pure state machine: no clock, file or process. What it was asked and told are [`Event`]s, and replaying
//! them gives the same study ([`Study::replay`]). What to do next is a [`Method`]: random search, Bayesian optimisation on
//! full runs, multi-fidelity optimisation and JoBS are built from parts that implement the traits of `jobs-core`
//! (surrogate, acquisition, maximiser, predictor, allocator); an ablation is another part. [`drive`] is the loop above with
//! a [`Trainer`](jobs_core::Trainer), [`Journal`] keeps events in a file.
//!
//! ```
//! use jobs::{Problem, Report, Study};
//! use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
//! use methods::RandomSearch;
//!
//! let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
//! let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
//! let problem = Problem::new(space, budget, Target::Best, Seed(0));
//! let mut study = Study::new(problem, Box::new(RandomSearch))?;
//! while let Some(trial) = study.ask()? {
//!     let loss = trial.point.real("rate").map_or(f64::NAN, |rate| (rate - 0.3).powi(2)); // train here
//!     let curve = LearningCurve::from_pairs([(trial.to, loss)])?;
//!     study.tell(Report { run: trial.run, step: trial.to, curve })?;
//! }
//! assert_eq!(study.history().spent(), Steps(500));
//! assert!(study.best()?.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Assumed**: lower is better; a run's cost is its steps; a paused run can go on. Runs may diverge, end early or skip evaluations.

mod checkpoints;
mod drive;
mod event;
mod executor;
pub mod external;
mod history;
mod inline;
mod journal;
mod lock;
mod method;
mod observer;
mod problem;
pub mod slurm;
mod study;
mod threads;
mod transfer;
mod trial;

pub use checkpoints::{Checkpoints, FolderCheckpoints, MemoryCheckpoints};
pub use drive::{DriveError, DriveOptions, drive};
pub use event::{Event, ImportedRun, Phase, RunId, Status};
pub use executor::{Executor, ExecutorError, Outcome};
pub use history::{History, HistoryError, RunRecord};
pub use inline::InlineExecutor;
pub use journal::{Journal, JournalError, JournalFile, JournalHeader, Recovered};
pub use lock::{LockError, StudyLock};
pub use method::{Method, MethodError, Proposal, Recommendation};
pub use observer::Observer;
pub use problem::Problem;
pub use study::{Study, StudyError};
pub use threads::ThreadExecutor;
pub use transfer::Transfer;
pub use trial::{Report, Trial};
