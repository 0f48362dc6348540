//! The text model of Gemma 3 (Gemma team 2025).

use super::{Family, Gemma, HeadNorms, Window};

impl Family {
    /// Gemma 2 with norms of heads instead of capped scores, and two rotary bases: one for layers with a window, one for the others.
    pub const GEMMA3: Self = Self {
        model_type: "gemma3_text",
        class: "Gemma3ForCausalLM",
        head_norms: HeadNorms::PerHead,
        context: 131_072,
        window: Window::Layers { width: 4096, full: 6, pattern: true },
        rope_theta: 1_000_000.0,
        local_rope_theta: Some(10_000.0),
        gemma: Some(Gemma { attention_cap: None, logits_cap: None }),
        ..Self::GEMMA2
    };
}
