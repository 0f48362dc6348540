//! Inputs of benches and peer comparisons: the search space of the recorded Llama-3-8B runs and a synthetic loss over it.

mod lora_space;

pub use lora_space::{SPACE, observations};
