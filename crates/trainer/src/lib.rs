//! # trainer: LoRA fine-tuning of decoder language models in Burn

mod base;
pub mod data;
mod device;
mod error;
pub mod kernels;
pub mod lora;
pub mod model;
pub mod train;
pub mod weights;

pub use self::base::{BUILT_IN, Base, write_built_in};
pub use self::device::{Device, OnDevice};
pub use self::error::LlmError;
