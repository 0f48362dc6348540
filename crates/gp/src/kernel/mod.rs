//! Kernels as sums of weighted products of radial factors:
//!
//! ```text
//! k(x, x') = sum_t w_t prod_{f in t} k_f(r_f(x, x')),     r_f^2 = sum_k g_k^2 (z_k - z'_k)^2 / l_{f,k}^2
//! ```
//!
//! `z` are the warped coordinates, `g_k` fixed gains (1/sqrt 2 on one-hot coordinates, so that two different choices are one
//! unit apart), `l` length scales (one per coordinate, or shared by a group). The logarithms of `l` and `w` are the parameters.
//! A plain ARD kernel is one term of one factor; BoTorch's mixed kernel is `continuous + discrete + continuous * discrete`;
//! a fidelity kernel is one more factor in every product.

mod cross;
mod profile;
mod space;
mod warp;

use serde::{Deserialize, Serialize};

pub(crate) use self::cross::{Cross, Inputs};
pub use self::profile::Profile;
pub use self::space::{KernelSpec, LOG_RANGE, Mixing, SimplexWarp};
pub use self::warp::Warp;
use crate::GpError;

/// One coordinate of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactorColumn {
    /// Which encoded coordinate.
    pub coordinate: usize,
    /// Which length scale of the factor.
    pub group: usize,
    /// Fixed multiplier of the warped coordinate.
    pub gain: f64,
}

/// A radial function of the scaled distance over some coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// How correlation falls with distance.
    pub profile: Profile,
    /// The coordinates.
    pub columns: Vec<FactorColumn>,
}

impl Factor {
    /// Number of length scales.
    pub fn groups(&self) -> usize {
        self.columns.iter().map(|c| c.group + 1).max().unwrap_or(0)
    }
}

/// A kernel and its parameters (module documentation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kernel {
    warps: Vec<Warp>,
    factors: Vec<Factor>,
    terms: Vec<Vec<usize>>,
    /// Log length scales factor by factor, then log weights.
    parameters: Vec<f64>,
    /// Where each factor's length scales start.
    offsets: Vec<usize>,
}

impl Kernel {
    /// A kernel over `warps.len()` coordinates; each of `terms` lists the factors it multiplies. Length scales start at
    /// `sqrt(number of coordinates)` of their factor, weights at one over the number of terms.
    pub fn new(warps: Vec<Warp>, factors: Vec<Factor>, terms: Vec<Vec<usize>>) -> Result<Self, GpError> {
        let bad = |what: &'static str, index: usize, limit: usize| Err(GpError::Kernel { what, index, limit });
        if terms.is_empty() {
            return bad("a kernel needs terms; their number", 0, 0);
        }
        if let Some((coordinate, eps)) = warps.iter().enumerate().find_map(|(i, w)| Some((i, w.bad_eps()?))) {
            return Err(GpError::Warp { coordinate, eps });
        }
        for factor in &factors {
            if let Some((index, c)) = factor.columns.iter().enumerate().find(|(_, c)| !c.gain.is_finite()) {
                return Err(GpError::NotFinite { index, value: c.gain });
            }
            if let Some(c) = factor.columns.iter().find(|c| c.coordinate >= warps.len()) {
                return bad("coordinate", c.coordinate, warps.len());
            }
            if let Some(c) = factor.columns.iter().find(|c| c.group >= factor.columns.len()) {
                return bad("length-scale group", c.group, factor.columns.len());
            }
        }
        if let Some(&f) = terms.iter().flatten().find(|&&f| f >= factors.len()) {
            return bad("factor", f, factors.len());
        }
        if let Some(term) = terms.iter().find(|t| (1..t.len()).any(|i| t[..i].contains(&t[i]))) {
            return bad("a term multiplies a factor by itself; its number of factors", term.len(), factors.len());
        }
        Ok(Self::of_sound_parts(warps, factors, terms))
    }

    fn of_sound_parts(warps: Vec<Warp>, factors: Vec<Factor>, terms: Vec<Vec<usize>>) -> Self {
        let (mut offsets, mut parameters) = (vec![], vec![]);
        for factor in &factors {
            offsets.push(parameters.len());
            let start = 0.5 * (factor.columns.len().max(1) as f64).ln();
            parameters.extend(std::iter::repeat_n(start, factor.groups()));
        }
        let weight = -(terms.len() as f64).ln();
        parameters.extend(std::iter::repeat_n(weight, terms.len()));
        Self { warps, factors, terms, parameters, offsets }
    }

    /// Automatic relevance determination over all of `dimension` coordinates: one factor, one length scale each.
    pub fn ard(profile: Profile, dimension: usize) -> Result<Self, GpError> {
        let columns = (0..dimension).map(|k| FactorColumn { coordinate: k, group: k, gain: 1.0 }).collect();
        Self::new(vec![Warp::Identity; dimension], vec![Factor { profile, columns }], vec![vec![0]])
    }

    /// Number of coordinates.
    pub fn dimension(&self) -> usize {
        self.warps.len()
    }

    /// The factors.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The factors of each term.
    pub fn terms(&self) -> &[Vec<usize>] {
        &self.terms
    }

    /// Log length scales factor by factor, then the log weights of the terms.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Replaces the parameters.
    pub fn set_parameters(&mut self, parameters: &[f64]) -> Result<(), GpError> {
        if parameters.len() != self.parameters.len() {
            return Err(GpError::Parameters { found: parameters.len(), expected: self.parameters.len() });
        }
        if let Some(index) = parameters.iter().position(|v| !v.is_finite()) {
            return Err(GpError::NotFinite { index, value: parameters[index] });
        }
        self.parameters.copy_from_slice(parameters);
        Ok(())
    }

    /// `k(x, x)`, the same everywhere.
    pub fn variance(&self) -> f64 {
        (0..self.terms.len()).map(|t| self.weight(t)).sum()
    }

    /// `k(x, x')`; NaN where a point is of the wrong length.
    pub fn value(&self, x: &[f64], other: &[f64]) -> f64 {
        if x.len() != self.dimension() || other.len() != self.dimension() {
            return f64::NAN;
        }
        let inputs = self.inputs(std::iter::once(other));
        let mut k = [0.0];
        self.cross(&inputs, x, &mut Cross::default(), &mut k);
        k[0]
    }

    /// The matrix `k(x_i, x_j)` row by row; NaN where points are of the wrong length.
    pub fn gram(&self, xs: &[Vec<f64>]) -> Vec<f64> {
        let n = xs.len();
        if xs.iter().any(|x| x.len() != self.dimension()) {
            return vec![f64::NAN; n * n];
        }
        let inputs = self.inputs(xs.iter().map(Vec::as_slice));
        let mut cross = Cross::default();
        let mut gram = vec![0.0; n * n];
        for (x, row) in xs.iter().zip(gram.chunks_exact_mut(n)) {
            self.cross(&inputs, x, &mut cross, row);
        }
        gram
    }

    /// The gradient of `k(x, x')` by `x`.
    pub fn gradient(&self, x: &[f64], other: &[f64]) -> Vec<f64> {
        let mut gradient = vec![f64::NAN; self.dimension()];
        if x.len() == self.dimension() && other.len() == self.dimension() {
            let inputs = self.inputs(std::iter::once(other));
            let mut cross = Cross::default();
            self.cross_with_slopes(&inputs, x, &mut cross, &mut [0.0]);
            self.pull_back(&inputs, x, &mut cross, &[1.0], &mut gradient);
        }
        gradient
    }

    pub(crate) fn warps(&self) -> &[Warp] {
        &self.warps
    }

    pub(crate) fn offset(&self, factor: usize) -> usize {
        self.offsets[factor]
    }

    /// Index of the first log weight.
    pub(crate) fn weights_at(&self) -> usize {
        self.parameters.len() - self.terms.len()
    }

    pub(crate) fn weight(&self, term: usize) -> f64 {
        self.parameters[self.weights_at() + term].exp()
    }

    /// `gain / length scale` of a factor's column.
    pub(crate) fn scale(&self, factor: usize, column: &FactorColumn) -> f64 {
        column.gain * (-self.parameters[self.offsets[factor] + column.group]).exp()
    }
}
