//! Llama 2 and 3, SmolLM2, the TinyStories models and others of the same architecture (Touvron et al. 2023).

use super::Family;

impl Family {
    /// The reference architecture: RMS norms, rotary embeddings, grouped-query attention, SwiGLU, biases only on request.
    pub const LLAMA: Self = Self {
        model_type: "llama",
        class: "LlamaForCausalLM",
        attention_bias: true,
        mlp_bias: true,
        null_head_dim: true,
        whole_heads: true,
        ..Self::PLAIN
    };
}
