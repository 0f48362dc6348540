//! The posterior at points, without allocation once its buffers have grown.
//!
//! With `k_j = k(x, x_j)`, `v = L^{-1} k`: mean `m + k.alpha`, variance `k(x, x) - v.v`; with `J = dk/dx` the gradients are
//! `J alpha` and `-2 J C^{-1} k` (Rasmussen and Williams 2006, equations 2.25 and 2.26).

use jobs_core::{Gaussian, Posterior};
use numerics::CHUNK;
use numerics::sums::dot;

use crate::model::Gp;
use crate::scratch::Scratch;

const NOWHERE: Gaussian = Gaussian { mean: f64::NAN, variance: f64::NAN };

impl Gp {
    fn belief(&self, mean: f64, explained: f64) -> Gaussian {
        let scale = self.scaling.scale;
        let variance = (self.kernel.variance() - explained).max(0.0);
        Gaussian { mean: self.scaling.shift + scale * (self.mean + mean), variance: scale * scale * variance }
    }

    /// `C^{-1} k(x)`, for an `x` of the right length.
    pub(crate) fn explaining(&self, x: &[f64]) -> Vec<f64> {
        let mut k = vec![0.0; self.inputs.len()];
        self.kernel.cross(&self.inputs, x, &mut self.scratch.borrow_mut().cross, &mut k);
        self.factor.solve(&mut k);
        k
    }
}

impl Posterior for Gp {
    fn dimension(&self) -> usize {
        self.kernel.dimension()
    }

    /// NaN where `x` is of the wrong length.
    fn predict(&self, x: &[f64]) -> Gaussian {
        if x.len() != self.dimension() {
            return NOWHERE;
        }
        let scratch = &mut *self.scratch.borrow_mut();
        scratch.k.resize(self.inputs.len(), 0.0);
        self.kernel.cross(&self.inputs, x, &mut scratch.cross, &mut scratch.k);
        let mean = dot(&scratch.k, &self.alpha);
        self.factor.solve_lower(&mut scratch.k);
        self.belief(mean, dot(&scratch.k, &scratch.k))
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        if [x.len(), d_mean.len(), d_variance.len()] != [self.dimension(); 3] {
            d_mean.fill(f64::NAN);
            d_variance.fill(f64::NAN);
            return NOWHERE;
        }
        let scratch = &mut *self.scratch.borrow_mut();
        scratch.k.resize(self.inputs.len(), 0.0);
        self.kernel.cross_with_slopes(&self.inputs, x, &mut scratch.cross, &mut scratch.k);
        let mean = dot(&scratch.k, &self.alpha);
        scratch.v.clone_from(&scratch.k);
        self.factor.solve_lower(&mut scratch.v);
        let explained = dot(&scratch.v, &scratch.v);
        self.factor.solve_upper(&mut scratch.v);
        self.kernel.pull_back(&self.inputs, x, &mut scratch.cross, &self.alpha, d_mean);
        self.kernel.pull_back(&self.inputs, x, &mut scratch.cross, &scratch.v, d_variance);
        let scale = self.scaling.scale;
        d_mean.iter_mut().for_each(|d| *d *= scale);
        d_variance.iter_mut().for_each(|d| *d *= -2.0 * scale * scale);
        self.belief(mean, explained)
    }

    fn covariance(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        let (_, covariance) = self.joint(&[a.to_vec(), b.to_vec()]).ok()?;
        covariance.get(1).copied()
    }

    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        let mut beliefs = Vec::with_capacity(xs.len());
        let Scratch { cross, k, .. } = &mut *self.scratch.borrow_mut();
        let n = self.inputs.len();
        if n == 0 {
            return xs
                .iter()
                .map(|x| if x.len() == self.dimension() { self.belief(0.0, 0.0) } else { NOWHERE })
                .collect();
        }
        for xs in xs.chunks(CHUNK) {
            k.resize(n * xs.len(), 0.0);
            let mut means = [f64::NAN; CHUNK];
            for (i, x) in xs.iter().enumerate().filter(|(_, x)| x.len() == self.dimension()) {
                let k = &mut k[i * n..(i + 1) * n];
                self.kernel.cross(&self.inputs, x, cross, k);
                means[i] = dot(k, &self.alpha);
            }
            self.factor.solve_lower_many(k);
            beliefs.extend(
                means
                    .iter()
                    .zip(k.chunks_exact(n))
                    .map(|(&mean, v)| if mean.is_nan() { NOWHERE } else { self.belief(mean, dot(v, v)) }),
            );
        }
        beliefs
    }
}
