//! ablation: JoBS with one part changed at a time.

mod rows;

pub use rows::ABLATIONS;

use crate::comparison::args::Fig5Args;
use crate::comparison::emulated;

/// The tasks used for tuning; the other three appear only in fig5.
pub const TUNING_TASKS: &[&str] = &["gsm8k", "triviaqa", "mmlu"];
/// First seed used for tuning; fig5 uses lower seeds only.
const TUNING_SEED: u64 = 1000;

/// Runs the ablation on the tuning tasks, with separate seeds.
///
/// # Errors
/// A mistake in the arguments, or cells that failed.
pub fn run(args: Fig5Args) -> anyhow::Result<()> {
    emulated::run("ablation", ABLATIONS, TUNING_TASKS, TUNING_SEED, args)
}
