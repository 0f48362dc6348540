use serde::{Deserialize, Serialize};

use crate::error::LlmError;
use crate::model::{ModelConfig, Module};

/// Placement and size of the adapters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraConfig {
    /// Adapted projections, in the order of [`Module::ALL`].
    pub modules: Vec<Module>,
    /// Adapted layers, in increasing order.
    pub layers: Vec<usize>,
    /// Rank r.
    pub rank: usize,
    /// alpha; the adapter is scaled by alpha / r.
    pub alpha: f64,
    /// Probability that an input of an adapter is dropped during training.
    pub dropout: f64,
}

impl LoraConfig {
    /// The first (otherwise the last) `count` of `layers` layers.
    pub fn some_layers(count: usize, first: bool, layers: usize) -> Vec<usize> {
        let count = count.min(layers);
        if first { (0..count).collect() } else { (layers - count..layers).collect() }
    }

    /// alpha / r.
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    /// Number of parameters of the adapters.
    pub fn parameters(&self, model: &ModelConfig) -> usize {
        let of = |m: &Module| m.shape(model).iter().sum::<usize>() * self.rank;
        self.layers.len() * self.modules.iter().map(of).sum::<usize>()
    }

    /// Checks the adapters against a model. An error names the setting that is out of range.
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
            let expected = format!("1 to {widest}, the width of the model's widest projection");
            return Err(LlmError::setting("lora rank", self.rank, expected));
        }
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err(LlmError::setting("lora alpha", self.alpha, "a positive number"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(LlmError::setting("lora dropout", self.dropout, "a probability of at least 0 and below 1"));
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
