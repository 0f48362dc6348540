//! # trainer: runs of configurations
//!
//! Implementations of [`jobs_core::Trainer`]. [`emulator`] yields learning curves from models fitted to recorded runs: free of charge,
//! deterministic for a seed, with run-to-run noise as recorded. [`recorded`] replays the runs of a table: what was recorded is the truth. `llm` (a feature, on by default) fine-tunes language models with LoRA in
//! Burn; without it the crate does not depend on Burn.

pub mod emulator;
#[cfg(feature = "llm")]
pub mod llm;
pub mod recorded;
pub mod synthetic;
