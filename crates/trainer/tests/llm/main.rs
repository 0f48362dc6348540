//! Language models, adapters, data and training, against transformers, PEFT, PyTorch and themselves.
#![cfg(feature = "llm")]
#![allow(clippy::unwrap_used)] // helpers of tests, too

mod golden;
mod parity;
mod torch;
