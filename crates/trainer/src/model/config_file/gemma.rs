//! Members of `config.json` that only the families of Gemma have.

use serde::Deserialize;

use super::{positive, present};
use crate::model::{Activation, Caps, Factors, Family};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct GemmaFile {
    #[serde(deserialize_with = "present")]
    hidden_activation: Option<String>,
    #[serde(deserialize_with = "present")]
    query_pre_attn_scalar: Option<u32>,
    /// Null: none. Absent: the family's default.
    #[serde(deserialize_with = "present")]
    attn_logit_softcapping: Option<Option<f64>>,
    /// Null: none. Absent: the family's default.
    #[serde(deserialize_with = "present")]
    final_logit_softcapping: Option<Option<f64>>,
    use_bidirectional_attention: Option<bool>,
}

impl GemmaFile {
    /// Rejects members that change the arithmetic in a way the decoder does not implement.
    pub(super) fn check(&self, family: &Family) -> Result<(), String> {
        if family.gemma.is_none() {
            return Ok(());
        }
        if self.use_bidirectional_attention == Some(true) {
            return Err("`use_bidirectional_attention` is true: attention to later tokens is not supported".into());
        }
        match self.hidden_activation.as_deref() {
            None | Some("gelu_pytorch_tanh") if family.activation == Activation::Gelu => Ok(()),
            other => {
                let found = other.unwrap_or_default();
                Err(format!("hidden_activation `{found}` is not supported, expected `gelu_pytorch_tanh`"))
            }
        }
    }

    pub(super) fn factors(&self, hidden: usize) -> Result<Factors, String> {
        let scalar = positive("query_pre_attn_scalar", f64::from(self.query_pre_attn_scalar.unwrap_or(256)))?;
        Ok(Factors { embedding: (hidden as f64).sqrt(), residual: 1.0, attention: 1.0 / scalar.sqrt(), logits: 1.0 })
    }

    pub(super) fn caps(&self, family: &Family) -> Result<Caps, String> {
        let Some(gemma) = family.gemma else { return Ok(Caps::default()) };
        let cap = |name: &str, given: Option<Option<f64>>, default: Option<f64>| {
            given.unwrap_or(default).map(|cap| positive(name, cap)).transpose()
        };
        let attention = gemma.attention_cap.is_some().then_some(self.attn_logit_softcapping).flatten();
        Ok(Caps {
            attention: cap("attn_logit_softcapping", attention, gemma.attention_cap)?,
            logits: cap("final_logit_softcapping", self.final_logit_softcapping, gemma.logits_cap)?,
        })
    }
}
