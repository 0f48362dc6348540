//! Fine-tuning: gradients, optimiser, evaluation, and the runs of a [`jobs_core::Trainer`].

mod adamw;
mod checkpoint;
mod choice;
mod evaluate;
mod gradient;
mod pretrain;
mod run;
mod schedule;
mod settings;
mod shared;
mod trainer;

pub use self::adamw::{AdamW, AdamWConfig, clip_by_global_norm, global_norm};
pub use self::checkpoint::Evaluation;
pub use self::choice::{Choice, check_space, default_space};
pub use self::evaluate::Validation;
pub use self::gradient::{gradient, gradient_by_autodiff, losses};
pub use self::pretrain::{Pretraining, pretrain};
pub use self::run::LiveRun;
pub use self::schedule::{Decay, Schedule};
pub use self::settings::{LoraSettings, Precision, TrainSettings};
pub use self::shared::read_domains;
pub use self::trainer::{LiveTrainer, open};
pub use crate::kernels::Gradient;
pub use crate::model::MicroBatch;
