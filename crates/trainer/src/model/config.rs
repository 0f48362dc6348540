use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::LlmError;
use crate::error::nearest;

/// The architectures read: one decoder with small differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// Llama 2 and 3, SmolLM2, TinyStories models, ...
    Llama,
    /// Qwen2 and Qwen2.5: biases on q, k and v.
    Qwen2,
    /// Qwen3: RMS norms over each head of q and k.
    Qwen3,
}

/// How rotary frequencies are changed for long contexts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum RopeScaling {
    /// As they are.
    None,
    /// All frequencies divided by a factor.
    Linear {
        /// The factor.
        factor: f32,
    },
    /// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between blended.
    Llama3 {
        /// Stretch of long wavelengths.
        factor: f32,
        /// Wavelengths above `original_context / low` are long.
        low: f32,
        /// Wavelengths below `original_context / high` are short.
        high: f32,
        /// Context the model was pre-trained with.
        original_context: f32,
    },
}

/// What `config.json` of a Hugging Face folder says about a decoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Which architecture.
    pub architecture: Architecture,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the MLP.
    pub intermediate: usize,
    /// Decoder layers.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head (even).
    pub head_dim: usize,
    /// Tokens.
    pub vocabulary: usize,
    /// Longest context.
    pub context: usize,
    /// Added to the mean square in RMS norms.
    pub norm_eps: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// Change of the rotary frequencies.
    pub rope_scaling: RopeScaling,
    /// Whether the output head is the embedding.
    pub tied_head: bool,
    /// Biases on q, k and v.
    pub qkv_bias: bool,
    /// Token put before every sequence, if any.
    pub bos: Option<u32>,
    /// Token that ends a sequence.
    pub eos: Option<u32>,
}

/// `config.json`; names are transformers'.
#[derive(Deserialize)]
struct Raw {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    rms_norm_eps: Option<f64>,
    rope_theta: Option<f32>,
    rope_scaling: Option<RawRope>,
    rope_parameters: Option<RawRope>,
    tie_word_embeddings: Option<bool>,
    hidden_act: Option<String>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    use_sliding_window: Option<bool>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
}

#[derive(Deserialize)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

const ARCHITECTURES: [(&str, Architecture); 3] =
    [("llama", Architecture::Llama), ("qwen2", Architecture::Qwen2), ("qwen3", Architecture::Qwen3)];

/// Largest size read; products of two are far from overflowing.
const LARGEST: usize = 1 << 24;

impl ModelConfig {
    /// Reads `config.json`.
    pub fn read(path: &Path) -> Result<Self, LlmError> {
        Self::parse(&std::fs::read_to_string(path).map_err(|e| LlmError::io(path, e))?, path)
    }

    /// Reads the text of a `config.json`; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LlmError> {
        let raw: Raw = serde_json::from_str(text).map_err(|e| LlmError::Line {
            path: path.into(),
            line: e.line(),
            problem: format!("not a model's configuration: {e}"),
        })?;
        raw.check(path)
    }

    /// The configuration as a `config.json`, as transformers reads it. Frequency scaling is not written.
    pub fn to_json(&self) -> serde_json::Value {
        let class = match self.architecture {
            Architecture::Llama => "LlamaForCausalLM",
            Architecture::Qwen2 => "Qwen2ForCausalLM",
            Architecture::Qwen3 => "Qwen3ForCausalLM",
        };
        serde_json::json!({
            "architectures": [class],
            "model_type": self.architecture,
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "rms_norm_eps": self.norm_eps,
            "rope_theta": self.rope_theta,
            "tie_word_embeddings": self.tied_head,
            "hidden_act": "silu",
            "bos_token_id": self.bos,
            "eos_token_id": self.eos,
            "torch_dtype": "float32",
        })
    }

    /// Query heads per key-value head.
    pub fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Parameters of the base model.
    pub fn parameters(&self) -> usize {
        let (q, kv) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let bias = if self.qkv_bias { q + 2 * kv } else { 0 };
        let head_norms = if self.architecture == Architecture::Qwen3 { 2 * self.head_dim } else { 0 };
        let block = 2 * self.hidden * (q + kv) + 3 * self.hidden * self.intermediate + 2 * self.hidden;
        let embeddings = self.vocabulary * self.hidden * if self.tied_head { 1 } else { 2 };
        self.layers * (block + bias + head_norms) + embeddings + self.hidden
    }
}

impl Raw {
    fn check(self, path: &Path) -> Result<ModelConfig, LlmError> {
        let wrong = |problem: String| LlmError::file(path, problem);
        let need = |name: &str, v: Option<usize>| match v {
            Some(v) if (1..=LARGEST).contains(&v) => Ok(v),
            Some(v) => Err(LlmError::file(path, format!("`{name}` is {v}, expected 1 to {LARGEST}"))),
            None => Err(LlmError::file(path, format!("`{name}` is missing"))),
        };
        let kind = self.model_type.as_deref().ok_or_else(|| wrong("`model_type` is missing".into()))?;
        let known = ARCHITECTURES.iter().map(|(n, _)| *n);
        let architecture = ARCHITECTURES.iter().find(|(n, _)| *n == kind).map(|(_, a)| *a).ok_or_else(|| {
            let hint = nearest(kind, known.clone());
            wrong(format!("model_type `{kind}` is not read (there are: llama, qwen2, qwen3){hint}"))
        })?;
        if let Some(act) = self.hidden_act.as_deref().filter(|a| *a != "silu") {
            return Err(wrong(format!("hidden_act `{act}` is not known, expected `silu`")));
        }
        if self.mlp_bias == Some(true) || (self.attention_bias == Some(true) && architecture != Architecture::Qwen2) {
            return Err(wrong(
                "biases on projections (`attention_bias`, `mlp_bias`) are not read for this model".into(),
            ));
        }
        if self.use_sliding_window == Some(true) {
            return Err(wrong("`use_sliding_window` is on: windowed attention is not known".into()));
        }
        let hidden = need("hidden_size", self.hidden_size)?;
        let heads = need("num_attention_heads", self.num_attention_heads)?;
        let kv_heads = need("num_key_value_heads", self.num_key_value_heads.or(Some(heads)))?;
        if !heads.is_multiple_of(kv_heads) {
            return Err(wrong(format!("{heads} query heads cannot share {kv_heads} key-value heads evenly")));
        }
        if self.head_dim.is_none() && !hidden.is_multiple_of(heads) {
            return Err(wrong(format!(
                "hidden_size {hidden} is no multiple of {heads} heads and `head_dim` is missing"
            )));
        }
        let head_dim = need("head_dim", self.head_dim.or(Some(hidden / heads)))?;
        if !head_dim.is_multiple_of(2) {
            return Err(wrong(format!("head_dim is {head_dim}, expected an even number for rotary embeddings")));
        }
        let rope = self.rope_parameters.or(self.rope_scaling);
        let rope_theta = self.rope_theta.or(rope.as_ref().and_then(|r| r.rope_theta)).unwrap_or(10_000.0);
        let norm_eps = self.rms_norm_eps.unwrap_or(1e-6);
        for (name, value) in [("rope_theta", f64::from(rope_theta)), ("rms_norm_eps", norm_eps)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(wrong(format!("`{name}` is {value}, expected a positive number")));
            }
        }
        Ok(ModelConfig {
            architecture,
            hidden,
            intermediate: need("intermediate_size", self.intermediate_size)?,
            layers: need("num_hidden_layers", self.num_hidden_layers)?,
            heads,
            kv_heads,
            head_dim,
            vocabulary: need("vocab_size", self.vocab_size)?,
            context: need("max_position_embeddings", self.max_position_embeddings.or(Some(2048)))?,
            norm_eps,
            rope_theta,
            rope_scaling: rope.map_or(Ok(RopeScaling::None), |r| r.check()).map_err(wrong)?,
            tied_head: self.tie_word_embeddings.unwrap_or(false),
            qkv_bias: architecture == Architecture::Qwen2,
            bos: self.bos_token_id,
            eos: self.eos_token_id.and_then(|e| match e {
                OneOrMany::One(id) => Some(id),
                OneOrMany::Many(ids) => ids.first().copied(),
            }),
        })
    }
}

impl RawRope {
    fn check(&self) -> Result<RopeScaling, String> {
        let need = |name: &str, v: Option<f32>| match v {
            Some(v) if v.is_finite() && v > 0.0 => Ok(v),
            _ => Err(format!("rope scaling needs a positive `{name}`")),
        };
        match self.rope_type.as_deref() {
            None | Some("default") => Ok(RopeScaling::None),
            Some("linear") => Ok(RopeScaling::Linear { factor: need("factor", self.factor)? }),
            Some("llama3") => Ok(RopeScaling::Llama3 {
                factor: need("factor", self.factor)?,
                low: need("low_freq_factor", self.low_freq_factor)?,
                high: need("high_freq_factor", self.high_freq_factor)?,
                original_context: need("original_max_position_embeddings", self.original_max_position_embeddings)?,
            }),
            Some(other) => Err(format!("rope scaling `{other}` is not known (there are: default, linear, llama3)")),
        }
    }
}
