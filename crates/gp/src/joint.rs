use jobs_core::Seed;
use numerics::sums::dot;
use numerics::{Cholesky, normal};

use crate::GpError;
use crate::error::factorisation;
use crate::model::Gp;

impl Gp {
    /// Mean vector and covariance matrix (row by row) of the latent objective at some points:
    /// `m + K_*n alpha` and `K_** - V^T V`, `V = L^{-1} K_n*`.
    pub fn joint(&self, xs: &[Vec<f64>]) -> Result<(Vec<f64>, Vec<f64>), GpError> {
        if let Some(x) = xs.iter().find(|x| x.len() != self.kernel.dimension()) {
            return Err(GpError::Parameters { found: x.len(), expected: self.kernel.dimension() });
        }
        let m = xs.len();
        let scale = self.scaling.scale;
        let mut means = Vec::with_capacity(m);
        let mut explained: Vec<Vec<f64>> = Vec::with_capacity(m);
        for x in xs {
            let mut k = vec![0.0; self.inputs.len()];
            self.kernel.cross(&self.inputs, x, &mut self.scratch.borrow_mut().cross, &mut k);
            means.push(self.scaling.shift + scale * (self.mean + dot(&k, &self.alpha)));
            self.factor.solve_lower(&mut k);
            explained.push(k);
        }
        let mut covariance = self.kernel.gram(xs);
        for i in 0..m {
            for j in 0..m {
                let c = &mut covariance[i * m + j];
                *c = scale * scale * (*c - dot(&explained[i], &explained[j]));
            }
        }
        Ok((means, covariance))
    }

    /// `count` joint draws of the latent objective at some points; the same for the same seed.
    pub fn sample(&self, xs: &[Vec<f64>], count: usize, seed: Seed) -> Result<Vec<Vec<f64>>, GpError> {
        let (means, covariance) = self.joint(xs)?;
        let factor = Cholesky::new(&covariance, xs.len()).map_err(factorisation)?;
        let mut rng = seed.stream("posterior samples", 0);
        let draw = |_| {
            let normal: Vec<f64> = means.iter().map(|_| normal::draw(&mut rng)).collect();
            (0..means.len()).map(|i| means[i] + dot(factor.row(i), &normal[..=i])).collect()
        };
        Ok((0..count).map(draw).collect())
    }
}
