//! Qwen3 (Yang et al. 2025).

use super::Family;

impl Family {
    /// Llama with an RMS norm over each query and key head.
    pub const QWEN3: Self = Self { model_type: "qwen3", class: "Qwen3ForCausalLM", head_norms: true, ..Self::PLAIN };
}
