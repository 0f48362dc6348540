//! # jobs: studies, the loop that drives them, and their journal
//!
//! A study searches for the best data mixture and model configuration of a fine-tuning task within a budget of training steps
//! ("The Chicken and Egg Dilemma: Co-optimizing Data and Model Configurations for LLMs", arXiv 2602.08351). Every method runs on
//! one loop:
//!
//! ```text
//! while let Some(trial) = study.ask()? {                 // which configuration, up to which step
//!     let report = train(trial);                         // start, or resume where the run was paused
//!     study.tell(report)?;                               // the curve so far; diverged runs are data
//! }
//! study.best()                                           // the recommendation
//! ```
//!
//! | type | what it is |
//! | --- | --- |
//! | [`History`] | everything that has happened: the fold of [`Event`]s, readable without a method |
//! | [`Method`] | the policy: reads a history, proposes what to train next (crate `methods`, or your own) |
//! | [`Study`] | a history and its method, with `ask`, `tell` and `best`; no clock, files or processes |
//! | [`drive`] | the loop above, with up to `workers` trials at once |
//! | [`Executor`] | trains trials: [`InlineExecutor`], [`ThreadExecutor`], [`external`] commands, [`slurm`] |
//! | [`Journal`] | events in a file, so that a study goes on after a crash |
//!
//! An own method takes three functions. This one trains full runs at uniform points:
//!
//! ```
//! use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, Report, Study};
//! use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
//!
//! struct Uniform;
//!
//! impl Method for Uniform {
//!     fn name(&self) -> &str {
//!         "uniform"
//!     }
//!     fn observe(&mut self, _: &History) -> Result<(), MethodError> {
//!         Ok(())
//!     }
//!     fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
//!         let to = history.problem().budget.full;
//!         let point = history.draw("uniform", history.runs().len() as u64).filter(|_| history.remaining() >= to);
//!         Ok(point.map_or(Proposal::Finish, |point| Proposal::Start { point, to, phase: Phase::Search }))
//!     }
//!     fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
//!         let best = history.best_finished();
//!         Ok(best.map(|(r, value)| Recommendation { run: r.id, point: r.point.clone(), inference: value }))
//!     }
//! }
//!
//! let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
//! let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
//! let problem = Problem::new(space, budget, Target::Best, Seed(0));
//! let mut study = Study::new(problem, Box::new(Uniform))?;
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
//! **Assumptions**: lower is better; a run costs its steps; a paused run can resume. Runs may diverge, end early or skip
//! evaluations.

mod checkpoints;
mod drive;
mod event;
mod executor;
pub mod external;
mod history;
mod inline;
mod journal;
mod kept_file;
mod lock;
mod method;
mod observer;
mod outcome_constraint;
mod problem;
pub mod slurm;
mod study;
mod threads;
mod timing;
mod transfer;
mod trial;

pub use checkpoints::{Checkpoints, FolderCheckpoints, MemoryCheckpoints};
pub use drive::{DriveError, DriveOptions, drive};
pub use event::{Event, ImportedRun, MetricValues, Phase, QueuedRecord, RunId, Status};
pub use executor::{Executor, ExecutorError, Outcome};
pub use history::{History, HistoryError, Pace, Queued, RunRecord};
pub use inline::InlineExecutor;
pub use journal::{Journal, JournalError, JournalFile, JournalHeader, Place, Recovered};
pub use kept_file::KeptFile;
pub use lock::{LockError, StudyLock};
pub use method::{Method, MethodError, Proposal, Recommendation};
pub use observer::Observer;
pub use outcome_constraint::{Bound, OutcomeConstraint};
pub use problem::Problem;
pub use study::{CaughtUp, KeptState, MOST_OBSERVED, Study, StudyError, TimeLimit};

pub use threads::ThreadExecutor;
pub use timing::Timing;
pub use transfer::Transfer;
pub use trial::{Report, Trial};
