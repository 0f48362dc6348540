//! SmolLM3 (Hugging Face 2025).

use super::{Family, Window};

impl Family {
    /// Llama without rotary embeddings in every fourth layer (Yang et al. 2025, "RoPE to NoPE").
    pub const SMOLLM3: Self = Self {
        model_type: "smollm3",
        class: "SmolLM3ForCausalLM",
        attention_bias: true,
        mlp_bias: true,
        context: 32_768,
        kv_heads: Some(4),
        window: Window::IfUsed(None),
        tied_head: true,
        rope_theta: 2_000_000.0,
        no_rope_interval: Some(4),
        ..Self::PLAIN
    };
}
