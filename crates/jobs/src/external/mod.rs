//! Training by any command, in any language.
//!
//! # What a command is given
//! Its last argument is the path of a JSON file, the [`Request`]:
//!
//! ```json
//! {
//!   "run": 7,                          // number of the run
//!   "seed": 1804289383,                // the run's own seed, below 2^31
//!   "configuration": {"lora_rank": 16, "mixture": {"maths": 0.4, "chat": 0.6}},
//!   "from": 100,                       // steps done and paid for already; 0 for a new run
//!   "to": 625,                         // train until this step, then keep a checkpoint and exit with 0
//!   "full_steps": 625,                 // steps of a full run: schedules (warm-up, decay) are of this length
//!   "checkpoint": "/.../run-00007/checkpoint",   // the run's own folder; it exists
//!   "resume": true,                    // go on from the newest checkpoint in that folder, or start anew where there is none
//!   "metric": "eval_loss"
//! }
//! ```
//!
//! # What it answers
//! JSON lines on standard output, flushed one by one: `{"step": 25, "eval_loss": 1.23}`. Other keys, and lines that do not begin
//! with `{"`, are ignored; a line without the metric says how far the run is. The last line is of step `to`. A loss of `NaN`
//! (bare, quoted, or `null`) or infinity ends the run: it diverged, which is data. Steps rise within one execution; after a
//! resume, steps said before may come again, and the new values count. Standard error is kept in a file.
//!
//! SIGTERM asks it to keep a checkpoint and exit; after a grace period it is killed. Whatever happens, it is judged by its
//! lines: where `to` was reached the trial is done; otherwise it is executed again, with `resume` set, as long as it gets
//! further, and after some executions in a row without getting further it has failed.
//!
//! # Where things lie
//! `run-00007/` holds `attempt-1.request.json`, `attempt-1.out`, `attempt-1.err`, `attempt-1.exit` (the exit status) and the
//! launcher's notes, and so on for later attempts. The command writes straight to these files, so nothing is lost when the study's
//! process dies: its next process finds the attempt still running, or ended, and goes on reading.

mod attempt;
mod executor;
mod follow;
mod launcher;
mod line;
mod local;
mod output;
mod processes;
mod request;

pub use attempt::Attempt;
pub use executor::{CommandExecutor, CommandOptions};
pub use launcher::{Fate, Launcher};
pub use line::{Measurement, parse_line};
pub use local::LocalLauncher;
pub(crate) use local::SCRIPT;
pub use request::Request;
