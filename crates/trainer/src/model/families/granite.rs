//! Granite 3 and 4 without experts (IBM 2024).

use super::{Family, TokenizerClass};

impl Family {
    /// Llama with factors on the embedding, the residual branches, the scores of attention and the logits.
    pub const GRANITE: Self = Self {
        model_type: "granite",
        class: "GraniteForCausalLM",
        attention_bias: true,
        mlp_bias: true,
        multipliers: true,
        tokenizer: TokenizerClass::OfTheFile,
        ..Self::PLAIN
    };
}
