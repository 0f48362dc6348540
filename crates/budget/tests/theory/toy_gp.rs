//! A Gaussian process on a grid of the unit interval, and functions of known norm on it.

use jobs_core::Seed;
use numerics::normal;
use rand::RngExt;

pub(crate) const GRID: usize = 60;
pub(crate) const LENGTH_SCALE: f64 = 0.15;

pub(crate) fn kernel(i: usize, j: usize) -> f64 {
    let r = (i as f64 - j as f64) / (GRID - 1) as f64 / LENGTH_SCALE;
    (-0.5 * r * r).exp()
}

/// Standard normal draws.
pub(crate) fn normals(seed: Seed, purpose: &str, index: u64) -> impl Iterator<Item = f64> {
    normal::draws(seed.stream(purpose, index))
}

/// Values on the grid of `f = sum_j c_j k(z_j, .)`, ten random terms, scaled to RKHS norm `norm`.
pub(crate) fn function_of_norm(norm: f64, seed: Seed, index: u64) -> Vec<f64> {
    let mut rng = seed.stream("centres", index);
    let mut normal = normals(seed, "coefficients", index);
    let terms: Vec<(usize, f64)> = (0..10).map(|_| (rng.random_range(0..GRID), normal.next().unwrap())).collect();
    let square: f64 = terms.iter().flat_map(|&(i, a)| terms.iter().map(move |&(j, b)| a * b * kernel(i, j))).sum();
    let scale = norm / square.sqrt();
    (0..GRID).map(|i| terms.iter().map(|&(j, c)| scale * c * kernel(i, j)).sum()).collect()
}

/// Posterior on the whole grid, updated one observation at a time: mean, covariance, and the gain so far.
pub(crate) struct ToyGp {
    pub(crate) mean: Vec<f64>,
    pub(crate) covariance: Vec<Vec<f64>>,
    pub(crate) gain: f64,
    lambda: f64,
}

impl ToyGp {
    pub(crate) fn new(lambda: f64) -> Self {
        let covariance = (0..GRID).map(|i| (0..GRID).map(|j| kernel(i, j)).collect()).collect();
        Self { mean: vec![0.0; GRID], covariance, gain: 0.0, lambda }
    }

    pub(crate) fn sd(&self, i: usize) -> f64 {
        self.covariance[i][i].max(0.0).sqrt()
    }

    pub(crate) fn observe(&mut self, at: usize, y: f64) {
        let column = self.covariance[at].clone();
        let total = column[at] + self.lambda;
        self.gain += 0.5 * (total / self.lambda).ln();
        let step = (y - self.mean[at]) / total;
        for i in 0..GRID {
            self.mean[i] += column[i] * step;
            let weight = column[i] / total;
            for (c, q) in self.covariance[i].iter_mut().zip(&column) {
                *c -= weight * q;
            }
        }
    }
}
