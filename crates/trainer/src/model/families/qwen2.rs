//! Qwen2 and Qwen2.5 (Yang et al. 2024).

use super::Family;

impl Family {
    /// Llama with biases on queries, keys and values.
    pub const QWEN2: Self = Self { model_type: "qwen2", class: "Qwen2ForCausalLM", qkv_bias: true, ..Self::PLAIN };
}
