use std::fmt;

/// A prior mean of the objective: a function of the encoded point that objectives of this kind follow up to a factor and a constant.
/// One can be transferred from an earlier study of the same model settings.
///
/// Values have no unit. Over the space they have mean 0 and standard deviation 1; lower is better.
pub trait PriorMean: fmt::Debug + Send + Sync {
    /// The value at an encoded point. Coordinates after those of the space, such as a fidelity, are ignored.
    fn value(&self, x: &[f64]) -> f64;

    /// The value at `x`; adds `weight` times its gradient to `gradient`.
    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64;

    /// Whether it may change along a coordinate of the encoding.
    fn depends_on(&self, coordinate: usize) -> bool;
}
