//! Fine-tuning: gradients, optimiser, runs.

mod adamw;
mod gradient;
mod schedule;

pub use self::adamw::{AdamW, AdamWConfig, clip_by_global_norm, global_norm};
pub use self::gradient::{Gradient, MicroBatch, gradient, losses};
pub use self::schedule::{Decay, Schedule};
