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
//!
//! ```
//! use jobs_core::{Seed, Steps, Trainer};
//! use trainer::emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
//!
//! let (name, bytes) = LLAMA3_8B[1];
//! let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name)?);
//! let point = &trainer.space().design(1, Seed(0))[0];
//! let mut run = trainer.start(point, Seed(1))?;
//! run.advance_to(Steps(100))?;
//! let saved = run.save()?; // another day
//! let mut run = trainer.resume(&saved)?;
//! run.advance_to(trainer.full_steps())?;
//! assert_eq!(run.curve().last().map(|(step, _)| step), Some(Steps(625)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod emulator;
#[cfg(feature = "llm")]
pub mod llm;
pub mod recorded;
pub mod synthetic;
mod without_part;

pub use without_part::{WithoutPart, WithoutPartError};
