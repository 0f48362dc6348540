use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use crate::error::LlmError;

/// Constants of AdamW, with PyTorch's defaults. (Burn's optimiser has other defaults and clips each tensor separately.)
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamWConfig {
    /// Decay rate of the first moment, beta1.
    pub beta1: f64,
    /// Decay rate of the second moment, beta2.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }
}

impl AdamWConfig {
    /// Checks the constants. An error names the one that is out of range.
    pub fn check(&self) -> Result<(), LlmError> {
        for (name, value) in [("beta1", self.beta1), ("beta2", self.beta2)] {
            if !(0.0..1.0).contains(&value) {
                return Err(LlmError::setting(
                    format!("optimizer.{name}"),
                    value,
                    "a number of at least 0 and below 1",
                ));
            }
        }
        for (name, value) in [("epsilon", self.epsilon), ("weight_decay", self.weight_decay)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(LlmError::setting(format!("optimizer.{name}"), value, "a number of at least 0"));
            }
        }
        Ok(())
    }
}

/// AdamW (Loshchilov & Hutter 2019) as PyTorch computes it, over a list of matrices in f32. Update t with gradient g and learning rate lr:
///
/// ```text
/// p <- p (1 - lr wd)
/// m <- b1 m + (1 - b1) g
/// v <- b2 v + (1 - b2) g^2
/// p <- p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
/// ```
#[derive(Clone, Debug)]
pub struct AdamW<B: Backend> {
    /// Constants.
    pub config: AdamWConfig,
    /// First moments, m.
    pub first: Vec<Tensor<B, 2>>,
    /// Second moments, v.
    pub second: Vec<Tensor<B, 2>>,
    /// Number of updates, t.
    pub updates: u64,
}

impl<B: Backend> AdamW<B> {
    /// Zero moments for these parameters.
    pub fn new(config: AdamWConfig, parameters: &[Tensor<B, 2>]) -> Self {
        let zero: Vec<_> = parameters.iter().map(Tensor::zeros_like).collect();
        Self { config, first: zero.clone(), second: zero, updates: 0 }
    }

    /// Performs one update and returns the new parameters.
    pub fn update(
        &mut self,
        rate: f64,
        parameters: Vec<Tensor<B, 2>>,
        gradients: Vec<Tensor<B, 2>>,
    ) -> Vec<Tensor<B, 2>> {
        self.updates += 1;
        let AdamWConfig { beta1, beta2, epsilon, weight_decay } = self.config;
        let t = self.updates as f64;
        let (c1, c2) = (1.0 - beta1.powf(t), 1.0 - beta2.powf(t));
        let moments = self.first.iter_mut().zip(&mut self.second);
        let mut updated = Vec::with_capacity(parameters.len());
        for ((p, g), (m, v)) in parameters.into_iter().zip(gradients).zip(moments) {
            *m = m.clone() * beta1 + g.clone() * (1.0 - beta1);
            *v = v.clone() * beta2 + g.clone() * g * (1.0 - beta2);
            let scale = v.clone().sqrt() / c2.sqrt() + epsilon;
            updated.push(p * (1.0 - rate * weight_decay) - m.clone() / scale * (rate / c1));
        }
        updated
    }
}

/// The Euclidean norm of all gradients together, `[1]`.
pub fn global_norm<B: Backend>(gradients: &[Tensor<B, 2>]) -> Option<Tensor<B, 1>> {
    let squares = gradients.iter().map(|g| (g.clone() * g.clone()).sum());
    squares.reduce(|a, b| a + b).map(Tensor::sqrt)
}

/// Scales the gradients so that their global norm is at most `limit` (Pascanu et al. 2013), as PyTorch does: by limit / (norm + 1e-6) if
/// that is below 1.
pub fn clip_by_global_norm<B: Backend>(gradients: Vec<Tensor<B, 2>>, norm: f64, limit: f64) -> Vec<Tensor<B, 2>> {
    let factor = limit / (norm + 1e-6);
    if factor >= 1.0 { gradients } else { gradients.into_iter().map(|g| g * factor).collect() }
}
