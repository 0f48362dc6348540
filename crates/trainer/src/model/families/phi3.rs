//! Phi-3 and Phi-3.5 (Abdin et al. 2024).

use super::{Family, TokenizerClass, Window};

impl Family {
    /// Llama with queries, keys and values in one projection, and both inputs of the MLP in one.
    pub const PHI3: Self = Self {
        model_type: "phi3",
        class: "Phi3ForCausalLM",
        fused: true,
        norm_eps: 1e-5,
        context: 4096,
        original_context: Some(4096),
        window: Window::IfGiven,
        tokenizer: TokenizerClass::OfTheFile,
        ..Self::PLAIN
    };
}
