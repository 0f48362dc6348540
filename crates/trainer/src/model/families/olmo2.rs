//! OLMo 2 (OLMo team 2024).

use super::{Family, HeadNorms, Norms, TokenizerClass};

impl Family {
    /// Llama with norms after attention and MLP instead of before, and norms over all queries and all keys.
    pub const OLMO2: Self = Self {
        model_type: "olmo2",
        class: "Olmo2ForCausalLM",
        attention_bias: true,
        head_norms: HeadNorms::Whole,
        norms: Norms::After,
        norm_eps: 1e-5,
        tokenizer: TokenizerClass::OfTheFile,
        ..Self::PLAIN
    };
}
