use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Keeps the direction finite.
const EPSILON: f64 = 1e-8;

/// Adam (Kingma & Ba 2015), written out: Burn's own has other defaults and works per module.
pub(crate) struct Adam<B: Backend, const D: usize> {
    beta: [f64; 2],
    first: Vec<Tensor<B, D>>,
    second: Vec<Tensor<B, D>>,
}

impl<B: Backend, const D: usize> Adam<B, D> {
    /// `beta`: decay rates of the two moments.
    pub(crate) fn new(beta: [f64; 2], parameters: &[Tensor<B, D>]) -> Self {
        let zero: Vec<_> = parameters.iter().map(Tensor::zeros_like).collect();
        Self { beta, first: zero.clone(), second: zero }
    }

    /// The bias-corrected direction m / (sqrt(v) + epsilon) of parameter `i` at step `t` (from 1).
    pub(crate) fn step(&mut self, i: usize, t: usize, gradient: Tensor<B, D>) -> Tensor<B, D> {
        let [b1, b2] = self.beta;
        let square = gradient.clone() * gradient.clone();
        self.first[i] = self.first[i].clone() * b1 + gradient * (1.0 - b1);
        self.second[i] = self.second[i].clone() * b2 + square * (1.0 - b2);
        let (c1, c2) = (1.0 - b1.powi(t as i32), 1.0 - b2.powi(t as i32));
        self.first[i].clone() / ((self.second[i].clone() / c2).sqrt() + EPSILON) / c1
    }
}
