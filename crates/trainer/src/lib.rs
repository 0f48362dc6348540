//! LoRA fine-tuning of decoder language models in Burn.
//!
//! Hugging Face folders go in, PEFT adapters come out. Runs implement [`jobs_core::Run`]: they can be paused, saved, and resumed to the
//! last bit. On the CPU, losses and gradients are hand-written; on GPUs, Burn's autodiff computes them.
//!
//! | module | content |
//! | --- | --- |
//! | [`model`] | configuration, families and weights of a decoder |
//! | [`lora`] | low-rank adapters, in PEFT's format |
//! | [`kernels`] | element-wise pieces, and the hand-written CPU version |
//! | [`forward`] | the forward pass as tensor operations |
//! | [`data`] | domains of examples, mixtures, batches |
//! | [`train`] | gradients, optimiser, evaluation, runs |
//! | [`weights`] | safetensors files |
//!
//! Start at [`train::open`].

mod base;
mod caught;
pub mod data;
mod device;
mod error;
pub mod forward;
pub mod kernels;
pub mod lora;
pub mod model;
pub mod train;
pub mod weights;

pub use self::base::{BUILT_IN, Base, model_config, write_built_in};
pub use self::device::{Device, OnDevice};
pub use self::error::LlmError;
