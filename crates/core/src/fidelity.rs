use crate::{Gaussian, Posterior};

/// The slice of a multi-fidelity posterior at one fidelity: a posterior over the encoded points alone.
#[derive(Clone, Copy)]
pub struct AtFidelity<'a> {
    posterior: &'a dyn Posterior,
    fidelity: f64,
}

impl<'a> AtFidelity<'a> {
    /// `posterior` at `fidelity`, its last coordinate.
    pub fn new(posterior: &'a dyn Posterior, fidelity: f64) -> Self {
        Self { posterior, fidelity }
    }

    fn extend(&self, x: &[f64]) -> Vec<f64> {
        let mut x = x.to_vec();
        x.push(self.fidelity);
        x
    }
}

impl Posterior for AtFidelity<'_> {
    fn dimension(&self) -> usize {
        self.posterior.dimension().saturating_sub(1)
    }

    fn predict(&self, x: &[f64]) -> Gaussian {
        self.posterior.predict(&self.extend(x))
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        let d = self.posterior.dimension();
        let (mut by_mean, mut by_variance) = (vec![0.0; d], vec![0.0; d]);
        let belief = self.posterior.predict_with_gradient(&self.extend(x), &mut by_mean, &mut by_variance);
        d_mean.iter_mut().zip(by_mean).for_each(|(to, from)| *to = from);
        d_variance.iter_mut().zip(by_variance).for_each(|(to, from)| *to = from);
        belief
    }

    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        self.posterior.predict_many(&xs.iter().map(|x| self.extend(x)).collect::<Vec<_>>())
    }
}
