//! Mistral 7B and Nemo (Jiang et al. 2023).

use super::{Family, TokenizerClass, Window};

impl Family {
    /// Llama with a sliding window of attention. Texts within the window are computed as without one.
    pub const MISTRAL: Self = Self {
        model_type: "mistral",
        class: "MistralForCausalLM",
        context: 131_072,
        kv_heads: Some(8),
        null_head_dim: true,
        null_kv_heads: false,
        window: Window::Default(4096),
        tokenizer: TokenizerClass::OfTheFile,
        ..Self::PLAIN
    };
}
