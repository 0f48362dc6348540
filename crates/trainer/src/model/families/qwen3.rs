//! Qwen3 (Yang et al. 2025).

use super::{Family, HeadNorms, TokenizerClass, Window};

impl Family {
    /// Llama with an RMS norm over each query and key head.
    pub const QWEN3: Self = Self {
        model_type: "qwen3",
        class: "Qwen3ForCausalLM",
        attention_bias: true,
        head_norms: HeadNorms::PerHead,
        context: 32_768,
        kv_heads: Some(32),
        head_dim: Some(128),
        window: Window::IfUsed(Some(4096)),
        tokenizer: TokenizerClass::Default("Qwen2Tokenizer"),
        ..Self::PLAIN
    };
}
