use super::{Family, Module};

/// How rotary frequencies change for long contexts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RopeScaling {
    /// Unchanged.
    None,
    /// All frequencies divided by a factor.
    Linear {
        /// The factor.
        factor: f32,
    },
    /// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, and those in between blended.
    Llama3 {
        /// Stretch of long wavelengths.
        factor: f32,
        /// Wavelengths above `original_context / low` are long.
        low: f32,
        /// Wavelengths below `original_context / high` are short.
        high: f32,
        /// Context length of pre-training, in tokens.
        original_context: f32,
    },
}

/// The configuration of a decoder, read from the `config.json` of a Hugging Face folder.
///
/// ```
/// use trainer::model::ModelConfig;
///
/// let text = r#"{"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
///                "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 61}"#;
/// let config = ModelConfig::parse(text, "config.json".as_ref())?;
/// assert_eq!((config.head_dim, config.group()), (8, 2));
/// # Ok::<(), trainer::LlmError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Model family.
    pub family: &'static Family,
    /// Width of the residual stream, H.
    pub hidden: usize,
    /// Width of the MLP, F.
    pub intermediate: usize,
    /// Number of decoder layers.
    pub layers: usize,
    /// Number of query heads.
    pub heads: usize,
    /// Number of key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head, D (even).
    pub head_dim: usize,
    /// Number of tokens, V.
    pub vocabulary: usize,
    /// Longest context, in tokens.
    pub context: usize,
    /// Constant added to the mean square in RMS norms.
    pub norm_eps: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// Change of the rotary frequencies.
    pub rope_scaling: RopeScaling,
    /// Whether the output head is the embedding.
    pub tied_head: bool,
    /// Token put before every sequence, if any.
    pub bos: Option<u32>,
    /// Token that ends a sequence.
    pub eos: Option<u32>,
}

impl ModelConfig {
    /// Query heads per key-value head.
    pub fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Number of parameters of the base model.
    pub fn parameters(&self) -> usize {
        let kv = self.kv_heads * self.head_dim;
        let projections: usize = Module::ALL.iter().map(|m| m.shape(self).iter().product::<usize>()).sum();
        let bias = if self.family.qkv_bias { self.heads * self.head_dim + 2 * kv } else { 0 };
        let head_norms = if self.family.head_norms { 2 * self.head_dim } else { 0 };
        let block = projections + bias + head_norms + 2 * self.hidden;
        let embeddings = self.vocabulary * self.hidden * if self.tied_head { 1 } else { 2 };
        self.layers * block + embeddings + self.hidden
    }
}
