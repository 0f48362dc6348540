use serde::{Deserialize, Serialize};

use crate::LlmError;
use crate::error::nearest;
use crate::model::ModelConfig;

/// A projection that can carry an adapter.
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
    /// All of them, in the order of the forward pass.
    pub const ALL: [Self; 7] = [Self::Q, Self::K, Self::V, Self::O, Self::Gate, Self::Up, Self::Down];

    /// Its name in Hugging Face models.
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

    /// Its path within a layer.
    pub fn path(self) -> String {
        let part = if self <= Self::O { "self_attn" } else { "mlp" };
        format!("{part}.{}", self.name())
    }

    /// Its number among the projections of all layers.
    pub(crate) fn site(self, layer: usize) -> u64 {
        (layer * Self::ALL.len() + self as usize) as u64
    }

    /// The module of this name.
    pub fn from_name(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|m| m.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name);
            format!("`{name}` is no projection (there are: {}){}", known.join(", "), nearest(name, known))
        })
    }

    /// [out, in] of its weight.
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

/// Where adapters sit and how large they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraConfig {
    /// Which projections, in the order of [`Module::ALL`].
    pub modules: Vec<Module>,
    /// Which layers, rising.
    pub layers: Vec<usize>,
    /// r.
    pub rank: usize,
    /// alpha; the adapter is scaled by alpha / r.
    pub alpha: f64,
    /// Chance that an input of an adapter is dropped in training.
    pub dropout: f64,
}

impl LoraConfig {
    /// The first (or else the last) `count` of `layers` layers.
    pub fn some_layers(count: usize, first: bool, layers: usize) -> Vec<usize> {
        let count = count.min(layers);
        if first { (0..count).collect() } else { (layers - count..layers).collect() }
    }

    /// alpha / r.
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    /// Parameters of the adapters.
    pub fn parameters(&self, model: &ModelConfig) -> usize {
        let of = |m: &Module| m.shape(model).iter().sum::<usize>() * self.rank;
        self.layers.len() * self.modules.iter().map(of).sum::<usize>()
    }

    /// Refuses what a model cannot carry.
    pub fn check(&self, model: &ModelConfig) -> Result<(), LlmError> {
        if self.modules.is_empty() {
            return Err(LlmError::setting("lora modules", "empty", "at least one projection"));
        }
        if self.layers.is_empty() {
            return Err(LlmError::setting("lora layers", "empty", "at least one layer"));
        }
        if let Some(&layer) = self.layers.iter().find(|&&l| l >= model.layers) {
            return Err(LlmError::setting("lora layers", layer, format!("layers 0 to {}", model.layers - 1)));
        }
        let widest = self.modules.iter().flat_map(|m| m.shape(model)).max().unwrap_or(1);
        if !(1..=widest).contains(&self.rank) {
            let expected = format!("1 to {widest}, the model's widest projection");
            return Err(LlmError::setting("lora rank", self.rank, expected));
        }
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(LlmError::setting("lora alpha", self.alpha, "a positive number"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(LlmError::setting("lora dropout", self.dropout, "a chance from 0 to below 1"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_last_layers() {
        assert_eq!(LoraConfig::some_layers(2, true, 5), [0, 1]);
        assert_eq!(LoraConfig::some_layers(2, false, 5), [3, 4]);
        assert_eq!(LoraConfig::some_layers(5, false, 5), [0, 1, 2, 3, 4]);
    }
}
