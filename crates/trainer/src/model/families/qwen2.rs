//! Qwen2 and Qwen2.5 (Yang et al. 2024).

use super::{Family, TokenizerClass, Window};

impl Family {
    /// Llama with biases on queries, keys and values.
    pub const QWEN2: Self = Self {
        model_type: "qwen2",
        class: "Qwen2ForCausalLM",
        qkv_bias: true,
        context: 32_768,
        kv_heads: Some(32),
        window: Window::IfUsed(Some(4096)),
        tokenizer: TokenizerClass::Always("Qwen2Tokenizer"),
        ..Self::PLAIN
    };
}
