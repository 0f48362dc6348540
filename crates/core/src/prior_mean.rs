use std::fmt;

/// Something known beforehand of an objective's shape: a function of the encoded point that objectives of this kind tend to follow, up to
/// a factor and a constant. What an earlier study found out about the model's settings is one.
///
/// Its values have no unit: mean 0 and standard deviation 1 over the space; lower is better, as everywhere.
pub trait PriorMean: fmt::Debug + Send + Sync {
    /// The trend at an encoded point. Coordinates behind the space's own, such as a fidelity, are ignored.
    fn value(&self, x: &[f64]) -> f64;

    /// The trend at `x`; adds `weight` times its gradient to `gradient`.
    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64;

    /// Whether it may change along a coordinate of the encoding.
    fn depends_on(&self, coordinate: usize) -> bool;
}
