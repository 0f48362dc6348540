//! `config.json` of a Hugging Face folder; member names are those of transformers.

use std::path::Path;

use serde::Deserialize;

use super::{Family, ModelConfig, RopeScaling};
use crate::error::LlmError;

#[derive(Deserialize)]
struct ConfigFile {
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
    rope_scaling: Option<RopeMembers>,
    rope_parameters: Option<RopeMembers>,
    tie_word_embeddings: Option<bool>,
    hidden_act: Option<String>,
    attention_bias: Option<bool>,
    mlp_bias: Option<bool>,
    use_sliding_window: Option<bool>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<OneOrMany>,
}

#[derive(Clone, Deserialize)]
struct RopeMembers {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    original_max_position_embeddings: Option<f32>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

/// Largest accepted size. The product of any two sizes is far from overflowing.
const LARGEST: usize = 1 << 24;

impl ModelConfig {
    /// Reads a `config.json`. An error names the file and the member that is missing, out of range or not supported.
    pub fn read(path: &Path) -> Result<Self, LlmError> {
        Self::parse(&std::fs::read_to_string(path).map_err(|e| LlmError::io(path, e))?, path)
    }

    /// Parses the text of a `config.json`; `path` is for error messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LlmError> {
        let file: ConfigFile = serde_json::from_str(text).map_err(|e| LlmError::Line {
            path: path.into(),
            line: e.line(),
            problem: format!("not a model configuration: {e}"),
        })?;
        file.config().map_err(|problem| LlmError::file(path, problem))
    }

    /// The text of a `config.json` that transformers reads. Frequency scaling is not written.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "architectures": [self.family.class],
            "model_type": self.family.model_type,
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
}

/// Sizes of the attention heads.
struct Heads {
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
}

impl ConfigFile {
    fn config(&self) -> Result<ModelConfig, String> {
        let family = Family::from_model_type(self.model_type.as_deref().ok_or("`model_type` is missing")?)?;
        self.check_supported(family)?;
        let hidden = size("hidden_size", self.hidden_size)?;
        let Heads { heads, kv_heads, head_dim } = self.heads(hidden)?;
        let rope = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        let rope_theta = self.rope_theta.or(rope.and_then(|r| r.rope_theta)).unwrap_or(10_000.0);
        positive("rope_theta", f64::from(rope_theta))?;
        Ok(ModelConfig {
            family,
            hidden,
            intermediate: size("intermediate_size", self.intermediate_size)?,
            layers: size("num_hidden_layers", self.num_hidden_layers)?,
            heads,
            kv_heads,
            head_dim,
            vocabulary: size("vocab_size", self.vocab_size)?,
            context: size("max_position_embeddings", self.max_position_embeddings.or(Some(2048)))?,
            norm_eps: positive("rms_norm_eps", self.rms_norm_eps.unwrap_or(1e-6))?,
            rope_theta,
            rope_scaling: rope.map_or(Ok(RopeScaling::None), RopeMembers::scaling)?,
            tied_head: self.tie_word_embeddings.unwrap_or(false),
            bos: self.bos_token_id,
            eos: self.eos_token_id.as_ref().and_then(|eos| match eos {
                OneOrMany::One(id) => Some(*id),
                OneOrMany::Many(ids) => ids.first().copied(),
            }),
        })
    }

    /// Rejects members that change the arithmetic in a way the decoder does not implement.
    fn check_supported(&self, family: &Family) -> Result<(), String> {
        if let Some(act) = self.hidden_act.as_deref().filter(|act| *act != "silu") {
            return Err(format!("hidden_act `{act}` is not supported, expected `silu`"));
        }
        if self.mlp_bias == Some(true) || (self.attention_bias == Some(true) && !family.qkv_bias) {
            let members = "`attention_bias`, `mlp_bias`";
            return Err(format!("biases on projections ({members}) are not supported for {}", family.model_type));
        }
        if self.use_sliding_window == Some(true) {
            return Err("`use_sliding_window` is true: sliding-window attention is not supported".into());
        }
        Ok(())
    }

    fn heads(&self, hidden: usize) -> Result<Heads, String> {
        let heads = size("num_attention_heads", self.num_attention_heads)?;
        let kv_heads = size("num_key_value_heads", self.num_key_value_heads.or(Some(heads)))?;
        if !heads.is_multiple_of(kv_heads) {
            return Err(format!("{heads} query heads cannot share {kv_heads} key-value heads evenly"));
        }
        if self.head_dim.is_none() && !hidden.is_multiple_of(heads) {
            return Err(format!("hidden_size {hidden} is not a multiple of {heads} heads and `head_dim` is missing"));
        }
        let head_dim = size("head_dim", self.head_dim.or(Some(hidden / heads)))?;
        if !head_dim.is_multiple_of(2) {
            return Err(format!("head_dim is {head_dim}, expected an even number for rotary embeddings"));
        }
        Ok(Heads { heads, kv_heads, head_dim })
    }
}

impl RopeMembers {
    fn scaling(&self) -> Result<RopeScaling, String> {
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
            Some(other) => Err(format!("rope scaling `{other}` is not supported, expected default, linear or llama3")),
        }
    }
}

fn size(name: &str, value: Option<usize>) -> Result<usize, String> {
    match value {
        Some(v) if (1..=LARGEST).contains(&v) => Ok(v),
        Some(v) => Err(format!("`{name}` is {v}, expected 1 to {LARGEST}")),
        None => Err(format!("`{name}` is missing")),
    }
}

fn positive(name: &str, value: f64) -> Result<f64, String> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(format!("`{name}` is {value}, expected a positive number"))
    }
}
