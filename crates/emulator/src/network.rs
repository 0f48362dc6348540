//! A one-layer network with fixed random hidden weights.

use jobs_core::Seed;
use numerics::normal;
use serde::{Deserialize, Serialize};

/// Most hidden units a network may have (its activations live on the stack).
pub(super) const MAX_UNITS: usize = 512;

/// What is fitted of a network, and all the file holds of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NetworkParameters {
    /// Seed of the hidden weights.
    pub(super) seed: u64,
    /// Which features it sees.
    pub(super) inputs: Vec<usize>,
    /// How strongly the hidden units see each of them.
    pub(super) input_scales: Vec<f64>,
    /// Output weight of each hidden unit.
    pub(super) output: Vec<f64>,
    /// Weight of each input in the linear part.
    pub(super) linear: Vec<f64>,
    /// The constant.
    pub(super) constant: f64,
}

/// `h(z) = c + v . z + sum_j w_j sigma(b_j + sum_d s_d W_dj z_d)` with `sigma(u) = u / sqrt(1 + u^2)` (the algebraic sigmoid: the
/// shape of tanh from basic operations only, so that values are the same bits on every machine, and fast).
///
/// `W` and `b` are standard normal numbers drawn from `seed`; only the scales `s`, the weights `w`, `v` and `c` are fitted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    parameters: NetworkParameters,
    /// `s_d W_dj`, input after input.
    hidden: Vec<f64>,
    offsets: Vec<f64>,
}

impl Network {
    pub(super) fn new(parameters: NetworkParameters) -> Self {
        let units = parameters.output.len();
        let (mut hidden, offsets) = hidden_weights(parameters.seed, parameters.inputs.len(), units);
        for (row, s) in hidden.chunks_mut(units.max(1)).zip(&parameters.input_scales) {
            row.iter_mut().for_each(|w| *w *= s);
        }
        Self { parameters, hidden, offsets }
    }

    pub(super) fn parameters(&self) -> &NetworkParameters {
        &self.parameters
    }

    /// The output for standardised features (all of them: the network picks its inputs).
    pub(super) fn evaluate(&self, z: &[f64]) -> f64 {
        let p = &self.parameters;
        let units = p.output.len();
        let mut buffer = [0.0; MAX_UNITS];
        let u = &mut buffer[..units];
        u.copy_from_slice(&self.offsets);
        let mut value = p.constant;
        for ((&input, v), row) in p.inputs.iter().zip(&p.linear).zip(self.hidden.chunks(units.max(1))) {
            let x = z[input];
            value += v * x;
            for (u, w) in u.iter_mut().zip(row) {
                *u += x * w;
            }
        }
        value + u.iter().zip(&p.output).map(|(&u, w)| w * sigmoid(u)).sum::<f64>()
    }
}

/// `u / sqrt(1 + u^2)`.
pub(super) fn sigmoid(u: f64) -> f64 {
    u / (1.0 + u * u).sqrt()
}

/// `W` (inputs x units, row by row) and `b`.
pub(super) fn hidden_weights(seed: u64, inputs: usize, units: usize) -> (Vec<f64>, Vec<f64>) {
    let mut rng = Seed(seed).stream("hidden weights", 0);
    let hidden = (0..inputs * units).map(|_| normal::draw(&mut rng)).collect();
    let offsets = (0..units).map(|_| normal::draw(&mut rng)).collect();
    (hidden, offsets)
}
