use crate::{Criterion, Gaussian, Posterior};

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
}

impl Posterior for AtFidelity<'_> {
    fn dimension(&self) -> usize {
        self.posterior.dimension().saturating_sub(1)
    }

    fn predict(&self, x: &[f64]) -> Gaussian {
        self.posterior.predict(&extended(x, self.fidelity))
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        let d = self.posterior.dimension();
        let (mut by_mean, mut by_variance) = (vec![0.0; d], vec![0.0; d]);
        let belief = self.posterior.predict_with_gradient(&extended(x, self.fidelity), &mut by_mean, &mut by_variance);
        d_mean.iter_mut().zip(by_mean).for_each(|(to, from)| *to = from);
        d_variance.iter_mut().zip(by_variance).for_each(|(to, from)| *to = from);
        belief
    }

    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        self.posterior.predict_many(&xs.iter().map(|x| extended(x, self.fidelity)).collect::<Vec<_>>())
    }
}

/// The slice of a criterion over (x, fidelity) at one fidelity.
#[derive(Clone, Copy)]
pub struct CriterionAtFidelity<'a> {
    criterion: &'a dyn Criterion,
    fidelity: f64,
}

impl<'a> CriterionAtFidelity<'a> {
    /// `criterion` at `fidelity`, its last coordinate.
    pub fn new(criterion: &'a dyn Criterion, fidelity: f64) -> Self {
        Self { criterion, fidelity }
    }
}

impl Criterion for CriterionAtFidelity<'_> {
    fn dimension(&self) -> usize {
        self.criterion.dimension().saturating_sub(1)
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.criterion.value(&extended(x, self.fidelity))
    }

    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut whole = vec![0.0; self.criterion.dimension()];
        let value = self.criterion.value_with_gradient(&extended(x, self.fidelity), &mut whole);
        gradient.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        value
    }

    fn values(&self, xs: &[Vec<f64>]) -> Vec<f64> {
        self.criterion.values(&xs.iter().map(|x| extended(x, self.fidelity)).collect::<Vec<_>>())
    }
}

fn extended(x: &[f64], fidelity: f64) -> Vec<f64> {
    [x, &[fidelity]].concat()
}
