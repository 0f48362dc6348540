//! Training by any command, in any language.
//!
//! # Input of the command
//! The last argument is the path of a JSON file, the [`Request`]:
//!
//! ```json
//! {
//!   "run": 7,                          // number of the run
//!   "seed": 1804289383,                // the run's own seed, below 2^31
//!   "configuration": {"lora_rank": 16, "mixture": {"maths": 0.4, "chat": 0.6}},
//!   "from": 100,                       // steps trained and charged already; 0 for a new run
//!   "to": 625,                         // train until this step, then save a checkpoint and exit with 0
//!   "full_steps": 625,                 // steps of a full run: the length of schedules (warm-up, decay)
//!   "checkpoint": "/.../run-00007/checkpoint",   // the run's own folder; it exists
//!   "resume": true,                    // resume from the newest checkpoint in that folder; start from step 0 where there is none
//!   "metric": "eval_loss"
//! }
//! ```
//!
//! # Output of the command
//! JSON lines on standard output, each flushed: `{"step": 25, "eval_loss": 1.23}`.
//!
//! | line | meaning |
//! | --- | --- |
//! | with the metric | an evaluation; steps rise within one execution |
//! | without the metric | progress |
//! | other numbers | recorded as metrics of the run ([`OtherMetrics`]) |
//! | a loss of `NaN` (bare, quoted or `null`) or infinity | the run diverged, which is data; it ends |
//! | not starting with `{"` | ignored |
//!
//! The last line has step `to`. After a resume, steps may be reported again; the new values count. Standard error is kept in a file.
//!
//! # End of an execution
//! SIGTERM: the command saves a checkpoint and exits; after a grace period it is killed. The lines decide what follows: where `to` was
//! reached, the trial is done. Otherwise the command runs again with `resume` set, as long as it makes progress. After several
//! executions in a row without progress the run has failed.
//!
//! # Files
//! `run-00007/` holds `attempt-1.request.json`, `attempt-1.out`, `attempt-1.err`, `attempt-1.exit` (the exit status) and the
//! launcher's notes, and the same for later attempts. The command writes to these files directly, so nothing is lost when the
//! process of the study dies: the next one finds the attempt running, or ended, and reads on.

mod attempt;
mod executor;
mod follow;
mod gpus;
mod launcher;
mod line;
mod local;
mod metrics;
mod output;
mod processes;
mod request;
mod reread;
mod training;

pub use attempt::Attempt;
pub use executor::{CommandExecutor, CommandOptions};
pub use gpus::Gpus;
pub use launcher::{Fate, Launcher};
pub use line::{Measurement, parse_line};
pub use local::LocalLauncher;
pub(crate) use local::SCRIPT;
pub use metrics::OtherMetrics;
pub use processes::adopt_orphans;
pub use request::Request;
pub use reread::{Reread, reread};
pub use training::training;
