use serde::{Deserialize, Serialize};

use super::network::Network;

/// The shape of a configuration's curve: the excess of the loss over its own minimum at each step of the grid,
///
/// e(z, s) = exp(q(z, s)) - delta - min over s of the same,   q(z, s) = mean(s) + sum_k c_k(z) phi_k(s).
///
/// `phi` are the principal components of `ln(excess + delta)` of the recorded curves: on this scale a curve that starts at twice the
/// excess is as far from another whether both are high or low. A component may rise again after its minimum: over-fitting stays.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) basis: Basis,
    /// One network per component.
    pub(super) heads: Vec<Network>,
}

/// The principal components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Basis {
    /// Added to the excess before the logarithm (loss): smaller detail is not resolved.
    pub(super) delta: f64,
    /// Mean of q at each step of the grid.
    pub(super) mean: Vec<f64>,
    /// Components, each with one number per step of the grid.
    pub(super) components: Vec<Vec<f64>>,
    /// Smallest and largest recorded coefficient of each component: the heads' outputs are softly kept within these, widened by half.
    pub(super) range: Vec<(f64, f64)>,
}

impl Shape {
    /// e at standardised features, one number per step of the grid; the smallest is 0.
    pub(super) fn excess(&self, z: &[f64]) -> Vec<f64> {
        let coefficients: Vec<f64> = self.heads.iter().map(|h| h.evaluate(z)).collect();
        self.basis.excess(&coefficients)
    }
}

impl Basis {
    fn excess(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut q = self.mean.clone();
        for ((c, range), component) in coefficients.iter().zip(&self.range).zip(&self.components) {
            let c = within(*c, *range);
            q.iter_mut().zip(component).for_each(|(q, phi)| *q += c * phi);
        }
        let mut e: Vec<f64> = q.iter().map(|q| q.exp() - self.delta).collect();
        subtract_minimum(&mut e);
        e
    }
}

/// Softly keeps `c` within the range widened by half on each side.
fn within(c: f64, (low, high): (f64, f64)) -> f64 {
    let (middle, reach) = (0.5 * (low + high), high - low);
    if reach <= 0.0 {
        return middle;
    }
    // t / (1 + t^4)^(1/4): nearly the identity up to the recorded range (t = 1/2)
    let t = (c - middle) / reach;
    middle + reach * t / (1.0 + t.powi(4)).powf(0.25)
}

/// Moves a curve down so that its minimum is 0.
pub(super) fn subtract_minimum(e: &mut [f64]) {
    let lowest = e.iter().copied().fold(f64::INFINITY, f64::min);
    e.iter_mut().for_each(|v| *v -= lowest);
}
