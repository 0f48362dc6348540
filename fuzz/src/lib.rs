//! Mutated files for every reader of the workspace.
//!
//! [`formats::all`] lists what the workspace reads, each with valid files and the public function that reads them. [`run`] changes a valid
//! file ([`mutate`]) and gives it to that function. A reader may accept the result or refuse it with a message. It may not panic, take
//! more than [`MOST_BYTES`] of memory or more than [`MOST_SECONDS`].
//!
//! Input `i` of a format depends on the seed, the format's name and `i` only, so each can be repeated alone.

pub mod formats;
pub mod mutate;
mod run;
mod watch;

pub use self::formats::Format;
pub use self::run::{Counts, Finding, MOST_BYTES, input, run, try_input};
pub use self::watch::{MOST_SECONDS, Watch};
