//! # trainer: runs of configurations
//!
//! Implementations of [`jobs_core::Trainer`].
//!
//! | module | its runs are |
//! | --- | --- |
//! | [`emulator`] | learning curves of models fitted to recorded runs: free of charge, deterministic for a seed, with run-to-run noise as recorded |
//! | [`recorded`] | the runs of a table: what was recorded is the truth |
//! | [`synthetic`] | functions whose optimum is known |
//! | [`WithoutPart`] | those of another trainer, one domain left out of its mixtures |
//! | `llm` | real: LoRA fine-tuning of language models in Burn (a feature, on by default; without it the crate does not depend on Burn) |

pub mod emulator;
#[cfg(feature = "llm")]
pub mod llm;
pub mod recorded;
pub mod synthetic;
mod without_part;

pub use without_part::{WithoutPart, WithoutPartError};
