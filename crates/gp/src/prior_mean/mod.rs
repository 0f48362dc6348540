mod weights;

use std::sync::Arc;

use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{Fantasy, Gaussian, Observation, Posterior, PriorMean, Seed, Surrogate, SurrogateError};

use self::weights::weigh;

/// A surrogate `g` of the residuals from prior means `t_j`:
///
/// ```text
/// f(x) = sum_j w_j t_j(x) + g(x),     w_j >= 0
/// ```
///
/// A fit first finds the weights, by ridge regression of the outcomes with a penalty on the distance from equal weights that sum to
/// half a standard deviation of the outcomes. It then fits `g` to the residuals. A prior mean that the outcomes contradict loses its
/// weight; where its shape differs, `g` corrects it.
///
/// The posterior's variance is that of `g`: the uncertainty of the weights, small after some dozen outcomes, is not included.
/// Conditioning keeps the weights, as it keeps all hyper-parameters.
///
/// Universal kriging with explanatory functions (Matheron 1969; Rasmussen and Williams 2006, section 2.7) has the same mean function and
/// flat priors of either sign. Transfer of the means of earlier tasks is stacked residual regression (Golovin et al. 2017) and transfer
/// by ensembles (Feurer, Letham and Bakshy 2018).
pub struct WithPriorMeans {
    rest: Box<dyn Surrogate>,
    means: Vec<Arc<dyn PriorMean>>,
    weights: Option<Vec<f64>>,
}

impl WithPriorMeans {
    /// `rest` on the residuals from `means`. Without prior means it is `rest`.
    pub fn new(rest: Box<dyn Surrogate>, means: Vec<Arc<dyn PriorMean>>) -> Self {
        Self { rest, means, weights: None }
    }

    /// Weights of the prior means, in units of the outcomes; empty before the first data.
    pub fn weights(&self) -> &[f64] {
        self.weights.as_deref().unwrap_or_default()
    }

    fn active(&self) -> impl Iterator<Item = (&dyn PriorMean, f64)> {
        let means = self.means.iter().map(AsRef::as_ref);
        means.zip(self.weights().iter().copied()).filter(|(_, weight)| *weight > 0.0)
    }

    fn prior_mean(&self, x: &[f64]) -> f64 {
        self.active().map(|(t, weight)| weight * t.value(x)).sum()
    }

    /// Residuals of the outcomes from the weighted prior means.
    fn residuals(&self, data: &[Observation]) -> Vec<Observation> {
        data.iter().map(|o| Observation { y: o.y - self.prior_mean(&o.x), ..o.clone() }).collect()
    }

    /// Finds the weights, unless the data are invalid: the surrogate refuses those.
    fn weigh(&mut self, data: &[Observation]) {
        let sound = |o: &Observation| o.x.len() == self.rest.dimension() && o.y.is_finite() && o.noise_variance >= 0.0;
        let weights = if data.iter().all(sound) { weigh(&self.means, data) } else { vec![] };
        self.weights = weights.iter().all(|w| w.is_finite()).then_some(weights);
    }
}

impl Posterior for WithPriorMeans {
    fn dimension(&self) -> usize {
        self.rest.dimension()
    }

    fn predict(&self, x: &[f64]) -> Gaussian {
        let g = self.rest.predict(x);
        Gaussian { mean: g.mean + self.prior_mean(x), ..g }
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        let mut belief = self.rest.predict_with_gradient(x, d_mean, d_variance);
        for (t, weight) in self.active() {
            belief.mean += weight * t.add_gradient(x, weight, d_mean);
        }
        belief
    }

    fn covariance(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        self.rest.covariance(a, b)
    }

    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        let beliefs = self.rest.predict_many(xs);
        beliefs.into_iter().zip(xs).map(|(g, x)| Gaussian { mean: g.mean + self.prior_mean(x), ..g }).collect()
    }
}

impl Surrogate for WithPriorMeans {
    fn condition_on(&mut self, data: &[Observation]) -> Result<(), SurrogateError> {
        if self.weights.is_none() {
            self.weigh(data);
        }
        let rest = self.residuals(data);
        self.rest.condition_on(&rest)
    }

    fn fit(&mut self, data: &[Observation], seed: Seed) -> Result<(), SurrogateError> {
        self.weigh(data);
        let rest = self.residuals(data);
        self.rest.fit(&rest, seed)
    }

    fn noise_variance(&self) -> f64 {
        self.rest.noise_variance()
    }

    fn as_posterior(&self) -> &dyn Posterior {
        self
    }

    fn with_pending(&self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<Box<dyn Surrogate>, SurrogateError> {
        let rest = match fantasy {
            Fantasy::Mean => self.rest.with_pending(pending, fantasy)?,
            Fantasy::Constant(y) => {
                let mut conditioned = self.rest.with_pending(&[], fantasy)?;
                for x in pending {
                    conditioned =
                        conditioned.with_pending(std::slice::from_ref(x), Fantasy::Constant(y - self.prior_mean(x)))?;
                }
                conditioned
            }
        };
        Ok(Box::new(Self { rest, means: self.means.clone(), weights: self.weights.clone() }))
    }

    fn information_gain(&self) -> Option<f64> {
        self.rest.information_gain()
    }

    fn save(&self, to: &mut StateWriter) -> bool {
        to.flag(self.weights.is_some());
        to.list(self.weights());
        self.rest.save(to)
    }

    fn restore(&mut self, from: &mut StateReader<'_>) -> Option<()> {
        let (weighed, weights) = (from.flag()?, from.list()?);
        if !(weights.is_empty() || weighed && weights.len() == self.means.len()) {
            return None;
        }
        self.rest.restore(from)?;
        self.weights = weighed.then_some(weights);
        Some(())
    }
}
