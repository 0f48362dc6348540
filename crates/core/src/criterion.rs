use std::cell::RefCell;

use crate::acquisition::{Acquisition, Posterior};

/// How much an encoded point is worth trying, seen from the point itself: what a maximiser climbs. Rules that look at one
/// belief are [`Acquisition`]s and become criteria through [`AcquisitionOf`]; rules that look further, at what an
/// observation would change elsewhere, are criteria at once. Larger is better.
pub trait Criterion {
    /// Length of the encoded points.
    fn dimension(&self) -> usize;

    /// The worth of a point; NaN where `x` is of the wrong length.
    fn value(&self, x: &[f64]) -> f64;

    /// The worth of a point and its gradient, written to a slice of [`Self::dimension`] values.
    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64;

    /// The worth of many points; the default asks one by one.
    fn values(&self, xs: &[Vec<f64>]) -> Vec<f64> {
        xs.iter().map(|x| self.value(x)).collect()
    }
}

/// An acquisition seen through a posterior.
pub struct AcquisitionOf<'a> {
    posterior: &'a dyn Posterior,
    acquisition: &'a dyn Acquisition,
    /// Working memory: the gradient of the variance.
    d_variance: RefCell<Vec<f64>>,
}

impl<'a> AcquisitionOf<'a> {
    /// The worth of beliefs of `posterior` by `acquisition`.
    pub fn new(posterior: &'a dyn Posterior, acquisition: &'a dyn Acquisition) -> Self {
        Self { posterior, acquisition, d_variance: RefCell::default() }
    }
}

impl Criterion for AcquisitionOf<'_> {
    fn dimension(&self) -> usize {
        self.posterior.dimension()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.acquisition.value(self.posterior.predict(x))
    }

    /// The chain rule: `d_mean dm/dx + d_variance dv/dx`.
    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let d_variance = &mut *self.d_variance.borrow_mut();
        d_variance.resize(gradient.len(), 0.0);
        let belief = self.posterior.predict_with_gradient(x, gradient, d_variance);
        let worth = self.acquisition.evaluate(belief);
        for (g, d) in gradient.iter_mut().zip(d_variance) {
            *g = worth.d_mean * *g + worth.d_variance * *d;
        }
        worth.value
    }

    fn values(&self, xs: &[Vec<f64>]) -> Vec<f64> {
        self.posterior.predict_many(xs).into_iter().map(|belief| self.acquisition.value(belief)).collect()
    }
}

/// The sum of several criteria over the same points.
pub struct SumOf<'a> {
    terms: Vec<&'a dyn Criterion>,
    /// Working memory: the gradient of one term.
    slope: RefCell<Vec<f64>>,
}

impl<'a> SumOf<'a> {
    /// The sum of `first` and the others.
    pub fn new(first: &'a dyn Criterion, others: &[&'a dyn Criterion]) -> Self {
        let terms = std::iter::once(first).chain(others.iter().copied()).collect();
        Self { terms, slope: RefCell::default() }
    }
}

impl Criterion for SumOf<'_> {
    fn dimension(&self) -> usize {
        self.terms.first().map_or(0, |t| t.dimension())
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.terms.iter().map(|t| t.value(x)).sum()
    }

    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let slope = &mut *self.slope.borrow_mut();
        slope.resize(gradient.len(), 0.0);
        gradient.fill(0.0);
        let mut value = 0.0;
        for term in &self.terms {
            value += term.value_with_gradient(x, slope);
            gradient.iter_mut().zip(slope.iter()).for_each(|(g, s)| *g += s);
        }
        value
    }

    fn values(&self, xs: &[Vec<f64>]) -> Vec<f64> {
        let mut sum = vec![0.0; xs.len()];
        for term in &self.terms {
            sum.iter_mut().zip(term.values(xs)).for_each(|(s, v)| *s += v);
        }
        sum
    }
}
