//! What benches and comparisons with peers run on: the search space of the recorded Llama-3-8B runs and a made-up loss over it.

mod lora_space;

pub use lora_space::{SPACE, observations};
