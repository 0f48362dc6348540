use numerics::sums::dot;

use crate::kernel::{Cross, Inputs, Kernel};
use crate::model::Gp;

/// The posterior mean of a [`Gp`] as a function of its own, `m(x) = shift + scale (mean + k(x) . alpha)`: O(n) a value, and it may be
/// shared among threads.
#[derive(Clone, Debug)]
pub struct PosteriorMean {
    kernel: Kernel,
    inputs: Inputs,
    alpha: Vec<f64>,
    mean: f64,
    shift: f64,
    scale: f64,
}

impl Gp {
    /// The present posterior mean.
    pub fn posterior_mean(&self) -> PosteriorMean {
        PosteriorMean {
            kernel: self.kernel.clone(),
            inputs: self.inputs.clone(),
            alpha: self.alpha.clone(),
            mean: self.mean,
            shift: self.scaling.shift,
            scale: self.scaling.scale,
        }
    }
}

impl PosteriorMean {
    /// Length of the encoded points.
    pub fn dimension(&self) -> usize {
        self.kernel.dimension()
    }

    /// The mean at an encoded point; NaN where it is of the wrong length.
    pub fn value(&self, x: &[f64]) -> f64 {
        if x.len() != self.dimension() {
            return f64::NAN;
        }
        let mut k = vec![0.0; self.inputs.len()];
        self.kernel.cross(&self.inputs, x, &mut Cross::default(), &mut k);
        self.shift + self.scale * (self.mean + dot(&k, &self.alpha))
    }

    /// The mean at an encoded point, and its gradient by it; NaN where one of the two is of the wrong length.
    pub fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        if [x.len(), gradient.len()] != [self.dimension(); 2] {
            gradient.fill(f64::NAN);
            return f64::NAN;
        }
        let (mut cross, mut k) = (Cross::default(), vec![0.0; self.inputs.len()]);
        self.kernel.cross_with_slopes(&self.inputs, x, &mut cross, &mut k);
        self.kernel.pull_back(&self.inputs, x, &mut cross, &self.alpha, gradient);
        gradient.iter_mut().for_each(|d| *d *= self.scale);
        self.shift + self.scale * (self.mean + dot(&k, &self.alpha))
    }
}
