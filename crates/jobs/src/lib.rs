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

mod checkpoints;
mod driver;
mod event;
mod executor;
pub mod external;
mod history;
mod journal;
mod lock;
pub mod method;
mod observer;
mod parallel;
mod problem;
pub mod slurm;
mod study;
mod threads;

pub use checkpoints::{Checkpoints, FolderCheckpoints, MemoryCheckpoints};
pub use driver::{DriveError, drive};
pub use event::{Event, ImportedRun, Phase, RunId, Status};
pub use executor::{Ended, Executor, ExecutorError};
pub use history::{History, RunRecord};
pub use journal::{Journal, JournalError, JournalFile, JournalHeader, Recovered};
pub use lock::{LockError, StudyLock};
pub use method::{Method, MethodError, Proposal, Recommendation};
pub use observer::Observer;
pub use parallel::drive_parallel;
pub use problem::Problem;
pub use study::{Report, Study, StudyError, Trial};
pub use threads::ThreadExecutor;
