//! ablation: JoBS with one part changed at a time.

mod rows;

pub use rows::ABLATIONS;

use crate::comparison::args::Fig5Args;
use crate::comparison::emulated;

/// The tasks everything here is tuned on; the other three are only looked at in fig5.
pub const TUNING_TASKS: &[&str] = &["gsm8k", "triviaqa", "mmlu"];
/// Seeds from here on are for tuning; fig5 never uses them.
const TUNING_SEED: u64 = 1000;

/// Runs the ablation, on the tuning tasks and on seeds of its own.
pub fn run(args: Fig5Args) -> anyhow::Result<()> {
    emulated::run("ablation", ABLATIONS, TUNING_TASKS, TUNING_SEED, args)
}
