//! Language models, adapters, data and training, against transformers, PEFT, PyTorch and themselves.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used)] // helpers of tests, too

mod accuracy;
mod data;
mod golden;
mod hand_written;
mod loop_by_hand;
mod parity;
mod program;
mod published;
mod published_files;
mod runs;
mod scripts;
mod torch;
