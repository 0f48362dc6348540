use serde::{Deserialize, Serialize};

use super::network::Network;

/// The level of a configuration's curve: its lowest noise-free loss,
///
/// g(z) = floor + exp(squash(mean of the members' outputs)).
///
/// The floor lies well below every recorded loss, so that no input, however far from the runs, gives an implausible value; the members
/// see the shares in different ways and have different hidden layers, and their mean is smoother than any of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    pub(super) link: Link,
    pub(super) members: Vec<Network>,
}

/// From a network's output to a loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Losses are above it.
    pub(super) floor: f64,
    /// Outputs are softly kept above this value ...
    pub(super) low: f64,
    /// ... and below this one,
    pub(super) high: f64,
    /// within about this width.
    pub(super) width: f64,
}

impl Level {
    /// g at standardised features, in units of the loss.
    pub(super) fn value(&self, z: &[f64]) -> f64 {
        let sum: f64 = self.members.iter().map(|m| m.evaluate(z)).sum();
        self.link.loss(sum / self.members.len() as f64)
    }
}

impl Link {
    pub(super) fn loss(&self, output: f64) -> f64 {
        self.floor + self.squash(output).exp()
    }

    pub(super) fn output(&self, loss: f64) -> f64 {
        (loss - self.floor).ln()
    }

    /// The identity well between `low` and `high`, smoothly flat outside.
    fn squash(&self, f: f64) -> f64 {
        let raised = self.low + self.width * softplus((f - self.low) / self.width);
        self.high - self.width * softplus((self.high - raised) / self.width)
    }
}

/// `ln(1 + e^t)` without overflow.
fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_bounded_and_faithful_inside() {
        let link = Link { floor: 0.5, low: -3.0, high: 1.0, width: 0.2 };
        for f in [-2.0, -1.0, 0.0] {
            assert!((link.output(link.loss(f)) - f).abs() < 2e-2);
        }
        assert!(link.loss(-1e6) > 0.5 && link.loss(1e6) < 0.5 + 1.0f64.exp() + 1e-9);
    }
}
