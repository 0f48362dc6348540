//! Models, adapters, data and training, compared with transformers, PEFT, PyTorch and alternative implementations.
#![cfg(feature = "program")]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

mod accuracy;
mod data;
mod families;
mod folders;
mod golden;
mod hand_written;
mod loop_by_hand;
mod parity;
mod peft_variants;
mod program;
mod published;
mod published_files;
mod runs;
mod scripts;
mod tokenizer_classes;
mod tokenizers;
mod torch;
mod variants;
