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

    /// Checks the adapters against a model. An error names the setting that is out of range.
    pub fn check(&self, model: &ModelConfig) -> Result<(), LlmError> {
        if self.modules.is_empty() {
            return Err(LlmError::setting("lora modules", "empty", "at least one projection"));
        }
        self.modules.iter().try_for_each(|module| check_module("lora modules", *module, model))?;
        if self.layers.is_empty() {
            return Err(LlmError::setting("lora layers", "empty", "at least one layer"));
        }
        if let Some(&layer) = self.layers.iter().find(|&&l| l >= model.layers) {
            return Err(LlmError::setting("lora layers", layer, format!("layers 0 to {}", model.layers - 1)));
        }
        check_size(self.rank, self.alpha)?;
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(LlmError::setting("lora dropout", self.dropout, "a probability of at least 0 and below 1"));
        }
        Ok(())
    }
}

/// Checks that a model has a projection. `setting` is what asks for it.
pub(crate) fn check_module(setting: &str, module: Module, model: &ModelConfig) -> Result<(), LlmError> {
    let family = model.family;
    if family.modules().contains(&module) {
        return Ok(());
    }
    let name = |m: &Module| match (m.name(), family.module_name(*m)) {
        (name, own) if name == own => name.to_owned(),
        (name, own) => format!("{name} (for its {own})"),
    };
    let known: Vec<String> = family.modules().iter().map(name).collect();
    let expected = format!("one that {} has: {}", family.model_type, known.join(", "));
    Err(LlmError::setting(setting, module.name(), expected))
}

/// Checks rank and alpha. As in PEFT, the rank may exceed the width of a projection.
pub(crate) fn check_size(rank: usize, alpha: f64) -> Result<(), LlmError> {
    /// Keeps factors of any projection within the memory of any machine.
    const LARGEST: usize = 1 << 16;
    if !(1..=LARGEST).contains(&rank) {
        return Err(LlmError::setting("lora rank", rank, format!("1 to {LARGEST}")));
    }
    if !(alpha.is_finite() && alpha > 0.0) {
        return Err(LlmError::setting("lora alpha", alpha, "a positive number"));
    }
    Ok(())
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
