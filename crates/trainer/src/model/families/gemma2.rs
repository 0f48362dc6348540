//! Gemma 2 (Gemma team 2024).

use super::{Activation, Family, Gemma, Norms, TokenizerClass, Window};

impl Family {
    /// Llama with norms before and after attention and MLP, windows in every second layer, capped scores and logits, and GELU.
    pub const GEMMA2: Self = Self {
        model_type: "gemma2",
        class: "Gemma2ForCausalLM",
        attention_bias: true,
        norms: Norms::Both,
        norms_from_one: true,
        activation: Activation::Gelu,
        context: 8192,
        kv_heads: Some(4),
        head_dim: Some(256),
        null_kv_heads: false,
        whole_heads: true,
        window: Window::Layers { width: 4096, full: 2, pattern: false },
        tied_head: true,
        tokenizer: TokenizerClass::Default("GemmaTokenizer"),
        gemma: Some(Gemma { attention_cap: Some(50.0), logits_cap: Some(30.0) }),
        ..Self::PLAIN
    };
}
