use crate::Gaussian;

/// A belief about the latent (noise-free) objective at any encoded point.
pub trait Posterior {
    /// Length of the encoded points.
    fn dimension(&self) -> usize;

    /// Belief at one encoded point.
    fn predict(&self, x: &[f64]) -> Gaussian;

    /// Belief at `x` and the gradients of its mean and variance by `x`, written to slices of [`Self::dimension`] values.
    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian;

    /// Covariance of the latent values at two points, where the model provides it. Multi-fidelity rules weight a cheap
    /// evaluation by its covariance with the target.
    fn covariance(&self, _a: &[f64], _b: &[f64]) -> Option<f64> {
        None
    }

    /// Beliefs at many points; the default asks one by one.
    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        xs.iter().map(|x| self.predict(x)).collect()
    }
}

/// The state of the search, for an acquisition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchContext {
    /// Observations so far.
    pub observations: usize,
    /// Dimension of the encoded space.
    pub dimension: usize,
    /// Value to beat: the lowest posterior mean over the points tried at the target fidelity.
    pub incumbent: f64,
    /// Information the observations carry about the objective, in nats; `None` where the surrogate does not provide it.
    pub information: Option<f64>,
}

/// Value of an acquisition and its partial derivatives by the posterior's mean and variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AcquisitionValue {
    /// The larger, the more worth trying.
    pub value: f64,
    /// Partial derivative by the mean.
    pub d_mean: f64,
    /// Partial derivative by the variance.
    pub d_variance: f64,
}

/// How much a point is worth trying, seen through its posterior alone (BoTorch's seam): each rule is a few lines with
/// one gradient test. Larger is better, for an objective where lower is better.
pub trait Acquisition: Send {
    /// Told before each search; rules with a schedule or a value to beat keep what they need.
    fn prepare(&mut self, context: &SearchContext);

    /// Value and partial derivatives.
    fn evaluate(&self, belief: Gaussian) -> AcquisitionValue;

    /// Value alone.
    fn value(&self, belief: Gaussian) -> f64 {
        self.evaluate(belief).value
    }
}
