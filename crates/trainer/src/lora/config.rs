pub use jobs_core::lora::Module;
use jobs_core::lora::Widths;
use serde::{Deserialize, Serialize};

use crate::LlmError;
use crate::model::ModelConfig;

/// The projections' widths follow from the model's.
impl From<&ModelConfig> for Widths {
    fn from(c: &ModelConfig) -> Self {
        let (queries, keys) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        Self { hidden: c.hidden, intermediate: c.intermediate, queries, keys }
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
