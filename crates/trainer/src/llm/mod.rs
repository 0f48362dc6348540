//! LoRA fine-tuning of decoder language models in Burn.

mod error;
pub mod kernels;
pub mod lora;
pub mod model;
pub mod train;
pub mod weights;

pub use self::error::LlmError;
