use super::ModelConfig;
use crate::error::nearest;

use serde::{Deserialize, Serialize};

/// A projection of a decoder layer: what an adapter can be attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Module {
    /// Queries.
    #[serde(rename = "q_proj")]
    Q,
    /// Keys.
    #[serde(rename = "k_proj")]
    K,
    /// Values.
    #[serde(rename = "v_proj")]
    V,
    /// Output of attention.
    #[serde(rename = "o_proj")]
    O,
    /// Gate of the MLP.
    #[serde(rename = "gate_proj")]
    Gate,
    /// Input of the MLP.
    #[serde(rename = "up_proj")]
    Up,
    /// Output of the MLP.
    #[serde(rename = "down_proj")]
    Down,
}

impl Module {
    /// All projections of a layer, in the order of the forward pass.
    pub const ALL: [Self; 7] = [Self::Q, Self::K, Self::V, Self::O, Self::Gate, Self::Up, Self::Down];

    /// Name in Hugging Face models, such as `q_proj`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q => "q_proj",
            Self::K => "k_proj",
            Self::V => "v_proj",
            Self::O => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }

    /// Path within a layer, such as `self_attn.q_proj`.
    pub fn path(self) -> String {
        let part = if self <= Self::O { "self_attn" } else { "mlp" };
        format!("{part}.{}", self.name())
    }

    /// Index among the projections of all layers.
    pub(crate) fn site(self, layer: usize) -> u64 {
        (layer * Self::ALL.len() + self as usize) as u64
    }

    /// The projection with this name; the error lists all names.
    pub fn from_name(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|m| m.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name);
            format!("unknown projection `{name}`, expected one of {}{}", known.join(", "), nearest(name, known))
        })
    }

    /// Shape `[out, in]` of its weight.
    pub fn shape(self, c: &ModelConfig) -> [usize; 2] {
        let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        match self {
            Self::Q => [q, c.hidden],
            Self::K | Self::V => [kv, c.hidden],
            Self::O => [c.hidden, q],
            Self::Gate | Self::Up => [c.intermediate, c.hidden],
            Self::Down => [c.hidden, c.intermediate],
        }
    }
}
