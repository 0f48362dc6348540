//! `config.json` of a Hugging Face folder; member names are those of transformers.

mod gemma;
mod rope;
mod window;

use std::path::Path;

use serde::{Deserialize, Deserializer};

use self::gemma::GemmaFile;
use self::rope::{Rope, RopeFile};
use self::window::WindowFile;
use super::families::Activation;
use super::{Biases, Factors, Family, ModelConfig};
use crate::error::LlmError;

/// Members that are absent are `None`; those that transformers does not allow to be null must not be.
#[derive(Deserialize)]
struct ConfigFile {
    model_type: Option<String>,
    #[serde(default, deserialize_with = "present")]
    hidden_size: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    intermediate_size: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    num_hidden_layers: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    num_attention_heads: Option<usize>,
    /// Null: as many as heads. Absent: the family's default.
    #[serde(default, deserialize_with = "present")]
    num_key_value_heads: Option<Option<usize>>,
    /// Null is as absent in some families.
    #[serde(default, deserialize_with = "present")]
    head_dim: Option<Option<usize>>,
    #[serde(default, deserialize_with = "present")]
    vocab_size: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    max_position_embeddings: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    rms_norm_eps: Option<f64>,
    #[serde(flatten)]
    rope: RopeFile,
    #[serde(default, deserialize_with = "present")]
    tie_word_embeddings: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    hidden_act: Option<String>,
    #[serde(default, deserialize_with = "present")]
    attention_bias: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    mlp_bias: Option<bool>,
    attention_dropout: Option<f64>,
    resid_pdrop: Option<f64>,
    embd_pdrop: Option<f64>,
    #[serde(flatten)]
    window: WindowFile,
    #[serde(flatten)]
    gemma: GemmaFile,
    quantization_config: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "present")]
    is_causal: Option<Option<bool>>,
    /// 1 for every layer with a rotary embedding.
    no_rope_layers: Option<Vec<u8>>,
    #[serde(default, deserialize_with = "present")]
    no_rope_layer_interval: Option<usize>,
    #[serde(default, deserialize_with = "present")]
    embedding_multiplier: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    residual_multiplier: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    attention_multiplier: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    logits_scaling: Option<f64>,
    bos_token_id: Option<u32>,
    /// Null: none.
    #[serde(default, deserialize_with = "present")]
    eos_token_id: Option<Option<OneOrMany>>,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(u32),
    Many(Vec<u32>),
}

/// Reads a member that is there, so that null differs from absence.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
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
            "eos_token_id": match self.eos.as_deref() {
                None | Some([]) => serde_json::Value::Null,
                Some([only]) => (*only).into(),
                Some(several) => several.into(),
            },
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
        let Heads { heads, kv_heads, head_dim } = self.heads(hidden, family)?;
        let longest = size("max_position_embeddings", self.max_position_embeddings.or(Some(family.context)))?;
        let layers = size("num_hidden_layers", self.num_hidden_layers)?;
        let (Rope { theta, scaling, context }, local_rope_theta) = self.rope.all(longest, head_dim, family)?;
        let window = self.window.everywhere(family)?;
        Ok(ModelConfig {
            family,
            hidden,
            intermediate: size("intermediate_size", self.intermediate_size)?,
            layers,
            heads,
            kv_heads,
            head_dim,
            vocabulary: size("vocab_size", self.vocab_size)?,
            context: window.map_or(context, |window| context.min(window)),
            windows: self.window.by_layer(layers, family)?,
            norm_eps: positive("rms_norm_eps", self.rms_norm_eps.unwrap_or(family.norm_eps))?,
            rope_theta: theta,
            rope_scaling: scaling,
            local_rope_theta,
            tied_head: self.tie_word_embeddings.unwrap_or(family.tied_head),
            biases: self.biases(family),
            no_rope_layers: self.no_rope_layers(layers, family)?,
            factors: self.factors(hidden, head_dim, family)?,
            caps: self.gemma.caps(family)?,
            bos: self.bos_token_id,
            eos: self.eos_token_id.as_ref().map(|eos| match eos {
                None => vec![],
                Some(OneOrMany::One(id)) => vec![*id],
                Some(OneOrMany::Many(ids)) => ids.clone(),
            }),
            notes: self.notes(longest, context, window),
        })
    }

    /// What differs from transformers without changing a logit within the context.
    fn notes(&self, longest: usize, context: usize, window: Option<usize>) -> Vec<String> {
        let mut notes = vec![];
        if let Some(window) = window.filter(|window| *window < context) {
            notes.push(format!("attention has a window of {window} tokens: texts are at most that long"));
        } else if context < longest {
            notes.push(format!("the rotary scaling changes beyond {context} tokens: texts are at most that long"));
        }
        if let Some(dropout) = self.attention_dropout.filter(|dropout| *dropout > 0.0) {
            notes.push(format!("`attention_dropout` is {dropout}: training does without it"));
        }
        notes
    }

    /// Rejects members that change the arithmetic in a way the decoder does not implement.
    fn check_supported(&self, family: &Family) -> Result<(), String> {
        if self.quantization_config.is_some() {
            return Err(
                "`quantization_config` is set: quantised weights are not supported, expected F32, BF16 or F16".into()
            );
        }
        if !matches!(self.is_causal, None | Some(Some(true))) {
            return Err("`is_causal` is not true: attention to later tokens is not supported".into());
        }
        let silu = family.activation == Activation::Silu;
        if let Some(act) = self.hidden_act.as_deref().filter(|act| silu && !["silu", "swish"].contains(act)) {
            return Err(format!("hidden_act `{act}` is not supported, expected `silu`"));
        }
        for (name, dropout) in [("resid_pdrop", self.resid_pdrop), ("embd_pdrop", self.embd_pdrop)] {
            if family.fused && dropout.is_some_and(|dropout| dropout > 0.0) {
                return Err(format!("`{name}` is above 0: dropout outside adapters is not supported"));
            }
        }
        self.gemma.check(family)?;
        if self.mlp_bias == Some(true) && !family.mlp_bias {
            return Err(format!("`mlp_bias` is true, which {} does not have", family.model_type));
        }
        Ok(())
    }

    fn biases(&self, family: &Family) -> Biases {
        let attention = family.attention_bias && self.attention_bias == Some(true);
        Biases { qkv: family.qkv_bias || attention, output: attention, mlp: self.mlp_bias == Some(true) }
    }

    fn no_rope_layers(&self, layers: usize, family: &Family) -> Result<Vec<usize>, String> {
        let Some(interval) = family.no_rope_interval else { return Ok(vec![]) };
        match &self.no_rope_layers {
            Some(marks) if marks.len() < layers => {
                Err(format!("`no_rope_layers` has {} marks, expected one for each of {layers} layers", marks.len()))
            }
            Some(marks) => Ok((0..layers).filter(|&layer| marks[layer] == 0).collect()),
            None => {
                let interval = size("no_rope_layer_interval", self.no_rope_layer_interval.or(Some(interval)))?;
                Ok((0..layers).filter(|layer| (layer + 1).is_multiple_of(interval)).collect())
            }
        }
    }

    fn factors(&self, hidden: usize, head_dim: usize, family: &Family) -> Result<Factors, String> {
        if family.gemma.is_some() {
            return self.gemma.factors(hidden);
        }
        if !family.multipliers {
            return Ok(Factors::plain(head_dim));
        }
        let factor = |name: &str, value: Option<f64>| positive(name, value.unwrap_or(1.0));
        Ok(Factors {
            embedding: factor("embedding_multiplier", self.embedding_multiplier)?,
            residual: factor("residual_multiplier", self.residual_multiplier)?,
            attention: factor("attention_multiplier", self.attention_multiplier)?,
            logits: 1.0 / factor("logits_scaling", self.logits_scaling)?,
        })
    }

    fn heads(&self, hidden: usize, family: &Family) -> Result<Heads, String> {
        let heads = size("num_attention_heads", self.num_attention_heads)?;
        for (name, null, allowed) in [
            ("num_key_value_heads", self.num_key_value_heads == Some(None), family.null_kv_heads),
            ("head_dim", self.head_dim == Some(None), family.null_head_dim),
        ] {
            if null && !allowed {
                return Err(format!("`{name}` is null, expected a number"));
            }
        }
        let kv_heads = self.num_key_value_heads.unwrap_or(family.kv_heads).unwrap_or(heads);
        let kv_heads = size("num_key_value_heads", Some(kv_heads))?;
        if !heads.is_multiple_of(kv_heads) {
            return Err(format!("{heads} query heads cannot share {kv_heads} key-value heads evenly"));
        }
        let head_dim = self.head_dim.flatten().or(family.head_dim);
        if (head_dim.is_none() || family.whole_heads) && !hidden.is_multiple_of(heads) {
            return Err(format!("hidden_size {hidden} is not a multiple of {heads} heads"));
        }
        let head_dim = size("head_dim", head_dim.or(Some(hidden / heads)))?;
        if !head_dim.is_multiple_of(2) {
            return Err(format!("head_dim is {head_dim}, expected an even number for rotary embeddings"));
        }
        Ok(Heads { heads, kv_heads, head_dim })
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
