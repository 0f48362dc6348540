//! # emulator: training runs without a GPU
//!
//! Three implementations of [`Trainer`](jobs_core::Trainer) and a wrapper:
//!
//! | module or type | runs |
//! | --- | --- |
//! | [`EmulatorTrainer`] | learning curves of an [`Emulator`] fitted to recorded runs |
//! | [`recorded`] | the recorded runs of a table, replayed |
//! | [`synthetic`] | functions with a known optimum |
//! | [`WithoutPart`] | those of another trainer, without one domain in its mixtures |
//!
//! [`fit`] fits an [`Emulator`] to a [`RunTable`](jobs_core::RunTable) and optional [`OutcomeTable`](jobs_core::OutcomeTable)s. An
//! emulator holds fitted parameters only, no recorded runs. Given a point and a seed it returns a learning curve at the table's
//! evaluation steps.
//!
//! # Model
//! With x a point, z(x) its standardised features (logarithms of shares, of rank, of adapter parameters, ...) and s a step:
//!
//! | part | formula | fitted from |
//! | --- | --- | --- |
//! | level | g(x) = floor + exp(squash(mean_m h_m(z))) | best losses of runs and outcomes |
//! | shape | e(x, s) = exp(q) - delta - min_s(...), q = mean(s) + sum_k c_k(z) phi_k(s) | curves |
//! | noise-free curve | g(x) + e(x, s) | |
//! | run | g(x) + sd Z + e'(x, s) - min_s e', e' = e + jitter | near-duplicate runs |
//!
//! The minimum over s of the noise-free curve is exactly g(x). The `best` loss of a run is normal around it, and runs may overfit
//! (`best` need not be `last`). h_m and c_k are one-layer networks with fixed random hidden weights. Their input scales are
//! fitted by evidence, and their output weights follow in closed form. The file holds the seed, the scales and the weights.
//!
//! # Smooth part, detail and noise
//! Runs differ from a smooth fit for two reasons. Run-to-run noise is visible in near-duplicates. The rest is real detail of the
//! configuration that 60 runs cannot resolve.
//!
//! That detail is a deterministic part of the *shape*: the heads c_k use one posterior draw of their output weights instead of
//! the mean, so they agree with the runs at recorded points and vary as much as runs do elsewhere.
//!
//! The *level* g uses the posterior mean. With a draw, chance would decide the optimum of g, and with it every regret. g is
//! therefore smoother than the truth, by about the error found when a search is left out.
//!
//! # Away from the runs
//! Features are softly clamped six standard deviations from their mean, and outputs of g a little outside the recorded range. The
//! floor lies below every recorded loss by a margin. An optimiser therefore finds no absurd values in regions without runs.
//!
//! # Example
//! ```
//! use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
//! use jobs_core::{Seed, Steps, Trainer};
//!
//! let (name, bytes) = LLAMA3_8B[1];
//! let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name)?);
//! let point = &trainer.space().design(1, Seed(0))[0];
//! let mut run = trainer.start(point, Seed(1))?;
//! run.advance_to(Steps(100))?;
//! let saved = run.save()?; // and in another process:
//! let mut run = trainer.resume(&saved)?;
//! run.advance_to(trainer.full_steps())?;
//! assert_eq!(run.curve().last().map(|(step, _)| step), Some(Steps(625)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod features;
mod file;
mod fit;
mod level;
mod llama3_8b;
mod model;
mod network;
mod noise;
mod optimum;
pub mod recorded;
mod report;
mod scaling;
mod shape;
mod source;
pub mod synthetic;
mod trainer;
mod without_part;

pub use self::error::EmulatorError;
pub use self::fit::{FitOptions, fit, noise_of_runs};
pub use self::llama3_8b::LLAMA3_8B;
pub use self::model::Emulator;
pub use self::noise::Noise;
pub use self::optimum::{Optimum, SearchEffort, search as search_optimum};
pub use self::report::{FitReport, HeldOut, NoiseReport, OptimumReport, RankReport, RowCounts};
pub use self::source::{Provenance, Source};
pub use self::trainer::EmulatorTrainer;
pub use self::without_part::{WithoutPart, WithoutPartError};
