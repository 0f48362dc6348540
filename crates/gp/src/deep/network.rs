use jobs_core::Seed;
use numerics::normal;
use numerics::sums::{axpy, dot};

use crate::kernel::Warp;

/// `z = A tanh(B u + b) + D u`. The output has no offset: kernels see differences alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    warps: Vec<Warp>,
    hidden: usize,
    features: usize,
    /// `B` by rows, `b`, `A` by rows, `D` by rows.
    weights: Vec<f64>,
}

impl Network {
    /// Weights drawn from their prior.
    pub(super) fn random(warps: Vec<Warp>, hidden: usize, features: usize, seed: Seed) -> Self {
        let mut network = Self { warps, hidden, features, weights: vec![] };
        network.redraw(seed);
        network
    }

    /// Other weights.
    pub(super) fn redraw(&mut self, seed: Seed) {
        let mut rng = seed.stream("network", 0);
        self.weights = self.spreads().map(|spread| spread * normal::draw(&mut rng)).collect();
    }

    pub(super) fn inputs(&self) -> usize {
        self.warps.len()
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(super) fn set_weights(&mut self, to: &[f64]) {
        self.weights.copy_from_slice(to);
    }

    /// Standard deviations of the weights' prior, one over the root of the number that enter a unit.
    pub(super) fn spreads(&self) -> impl Iterator<Item = f64> + use<> {
        let (d, h, q) = (self.inputs(), self.hidden, self.features);
        let of = |count: usize, spread: f64| std::iter::repeat_n(spread, count);
        let (of_input, of_hidden) = (1.0 / (d as f64).sqrt(), 1.0 / (h as f64).sqrt());
        of(d * h, of_input).chain(of(h, 1.0)).chain(of(h * q, of_hidden)).chain(of(d * q, of_input))
    }

    fn warped(&self, x: &[f64]) -> Vec<f64> {
        self.warps.iter().zip(x).map(|(warp, &v)| warp.value(v)).collect()
    }

    fn hidden(&self, u: &[f64]) -> Vec<f64> {
        let (rows, rest) = self.weights.split_at(u.len() * self.hidden);
        rows.chunks_exact(u.len()).zip(rest).map(|(row, b)| (dot(row, u) + b).tanh()).collect()
    }

    /// `A` and `D`.
    fn output(&self) -> (&[f64], &[f64]) {
        self.weights[self.hidden * (self.inputs() + 1)..].split_at(self.hidden * self.features)
    }

    pub(super) fn features(&self, x: &[f64]) -> Vec<f64> {
        let u = self.warped(x);
        let h = self.hidden(&u);
        let (bent, direct) = self.output();
        let rows = bent.chunks_exact(self.hidden).zip(direct.chunks_exact(u.len()));
        rows.map(|(a, d)| dot(a, &h) + dot(d, &u)).collect()
    }

    /// By the hidden units before `tanh`, from that by the features.
    fn by_units(&self, h: &[f64], by_features: &[f64]) -> Vec<f64> {
        let mut by_units = vec![0.0; self.hidden];
        for (row, &g) in self.output().0.chunks_exact(self.hidden).zip(by_features) {
            axpy(g, row, &mut by_units);
        }
        by_units.iter_mut().zip(h).for_each(|(g, h)| *g *= 1.0 - h * h);
        by_units
    }

    /// The gradient by `x` from that by the features.
    pub(super) fn pull_back(&self, x: &[f64], by_features: &[f64], by_x: &mut [f64]) {
        let u = self.warped(x);
        let by_units = self.by_units(&self.hidden(&u), by_features);
        by_x.fill(0.0);
        for (row, &g) in self.weights.chunks_exact(u.len()).zip(&by_units) {
            axpy(g, row, by_x);
        }
        for (row, &g) in self.output().1.chunks_exact(u.len()).zip(by_features) {
            axpy(g, row, by_x);
        }
        for ((g, warp), &v) in by_x.iter_mut().zip(&self.warps).zip(x) {
            *g *= warp.slope(v);
        }
    }

    /// Adds the gradient by the weights from that by the features at `x`.
    pub(super) fn add_by_weights(&self, x: &[f64], by_features: &[f64], by_weights: &mut [f64]) {
        let u = self.warped(x);
        let h = self.hidden(&u);
        let by_units = self.by_units(&h, by_features);
        let (rows, rest) = by_weights.split_at_mut(u.len() * self.hidden);
        let (offsets, output) = rest.split_at_mut(self.hidden);
        let (bent, direct) = output.split_at_mut(self.hidden * self.features);
        for (row, &g) in rows.chunks_exact_mut(u.len()).zip(&by_units) {
            axpy(g, &u, row);
        }
        axpy(1.0, &by_units, offsets);
        for (row, &g) in bent.chunks_exact_mut(self.hidden).zip(by_features) {
            axpy(g, &h, row);
        }
        for (row, &g) in direct.chunks_exact_mut(u.len()).zip(by_features) {
            axpy(g, &u, row);
        }
    }
}
