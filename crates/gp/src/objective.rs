//! The negative log posterior of the hyper-parameters and its gradient.
//!
//! With `C = K + diag(noise)`, `a = C^{-1}(y - m)` and `W = a a^T - C^{-1}` (Rasmussen and Williams 2006, equations 5.8 and 5.9):
//!
//! ```text
//! ln p(y) = -1/2 (y - m).a - 1/2 ln|C| - n/2 ln 2 pi,      d ln p / d u = 1/2 sum_ij W_ij dC_ij/du
//! ```
//!
//! The constant mean is profiled out, `m = 1.C^{-1}y / (1.C^{-1}1 + 1/s^2)` under its prior `N(0, s^2)`; by the envelope theorem
//! the gradient is that at fixed `m`. Matrices hold their lower triangle by columns.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::inverse::{inverse, inverse_scratch};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{MatMut, MatRef, Par};
use numerics::factorise_in_place;
use numerics::lbfgs::Function;
use numerics::sums::{add_four_squares, axpy, dot, multiply, sum, weighted_squares};
use numerics::vectorised;

use crate::columns::Columns;
use crate::kernel::{Kernel, Profile};
use crate::prior::Priors;

const LN_2PI: f64 = 1.837_877_066_409_345_5;

/// What hyper-parameters are judged by: standardised data, priors, and working memory.
pub(crate) struct Objective<'a> {
    kernel: Kernel,
    /// Warped coordinates, by factor.
    features: Vec<Columns>,
    y: &'a [f64],
    /// Known noise variances.
    known_noise: &'a [f64],
    priors: &'a Priors,
    /// `None`: profiled out.
    fixed_mean: Option<f64>,
    /// Mean, learnt noise variance and C^{-1}(y - m) at the last evaluation, and the priors' derivatives there.
    mean: f64,
    noise: f64,
    alpha: Vec<f64>,
    prior_slopes: Vec<f64>,
    /// Weights of the terms at the last evaluation.
    weights: Vec<f64>,
    /// Squared `gain / length scale`, by factor and column.
    scales: Vec<Vec<f64>>,
    correlations: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
    covariance: Vec<f64>,
    inverse: Vec<f64>,
    memory: MemBuffer,
}

impl<'a> Objective<'a> {
    pub(crate) fn new(
        kernel: &Kernel,
        xs: &[Vec<f64>],
        y: &'a [f64],
        known_noise: &'a [f64],
        priors: &'a Priors,
        fixed_mean: Option<f64>,
    ) -> Self {
        let n = y.len();
        let features = kernel.factors().iter().map(|factor| {
            let mut columns = Columns::new(factor.columns.len());
            for x in xs {
                columns.push(factor.columns.iter().map(|c| kernel.warps()[c.coordinate].value(x[c.coordinate])));
            }
            columns
        });
        let square = || vec![0.0; n * n];
        Self {
            features: features.collect(),
            y,
            known_noise,
            priors,
            fixed_mean,
            mean: 0.0,
            noise: 0.0,
            alpha: vec![],
            prior_slopes: vec![],
            weights: vec![],
            scales: kernel.factors().iter().map(|_| vec![]).collect(),
            correlations: kernel.factors().iter().map(|_| square()).collect(),
            slopes: kernel.factors().iter().map(|_| square()).collect(),
            covariance: square(),
            inverse: square(),
            memory: MemBuffer::new(inverse_scratch::<f64>(n, Par::Seq)),
            kernel: kernel.clone(),
        }
    }

    /// Mean at the last evaluation.
    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// Minus the log posterior at `parameters` (the kernel's, then `ln` of the learnt noise variance); writes its gradient.
    /// Infinite where the covariance is not positive definite.
    pub(crate) fn evaluate(&mut self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let value = self.value(parameters);
        if value.is_finite() {
            self.gradient(gradient);
        }
        value
    }

    /// `ln p(y)` at `parameters`, without any prior but the mean's, which profiles it out. `None` where the covariance is not
    /// positive definite.
    pub(crate) fn log_likelihood(&mut self, parameters: &[f64]) -> Option<f64> {
        let (kernel_parameters, log_noise) = (&parameters[..parameters.len() - 1], parameters[parameters.len() - 1]);
        self.kernel.set_parameters(kernel_parameters).ok()?;
        self.noise = log_noise.exp();
        self.fill_covariance(self.noise);
        let n = self.y.len();
        if !factorise_in_place(&mut self.covariance, n) {
            return None;
        }
        let log_determinant = 2.0 * (0..n).map(|i| self.covariance[i * n + i].ln()).sum::<f64>();
        let (alpha, centred) = self.solve();
        self.alpha = alpha;
        Some(-0.5 * (dot(&centred, &self.alpha) + log_determinant + n as f64 * LN_2PI))
    }

    /// The gradient of `ln p(y)` where it was last evaluated.
    pub(crate) fn likelihood_gradient(&mut self, gradient: &mut [f64]) {
        gradient.fill(0.0);
        self.invert();
        inverse_to_sensitivity(&mut self.inverse, &self.alpha);
        let n = self.y.len();
        let trace: f64 = (0..n).map(|i| self.inverse[i * n + i]).sum();
        let last = gradient.len() - 1;
        gradient[last] = 0.5 * self.noise * trace;
        self.kernel_gradient(trace, gradient);
    }

    /// After a gradient: the gradient of `ln p(y)` by the warped coordinates of each observation,
    /// `sum_j W_ij dk(z_i, z_j)/dz_i`, with `dk/dz_i = -slope (z_i - z_j) / l^2`.
    pub(crate) fn gradient_by_features(&self) -> Vec<Vec<f64>> {
        let (n, dimension) = (self.y.len(), self.kernel.dimension());
        let mut gradient = vec![vec![0.0; dimension]; n];
        for (f, factor) in self.kernel.factors().iter().enumerate() {
            for i in 0..n {
                for j in i + 1..n {
                    let at = i * n + j;
                    let with = self.kernel.terms().iter().zip(&self.weights).filter(|(term, _)| term.contains(&f));
                    let rest = |(term, w): (&Vec<usize>, &f64)| {
                        term.iter().filter(|&&g| g != f).fold(*w, |p, &g| p * self.correlations[g][at])
                    };
                    let pull = self.inverse[at] * self.slopes[f][at] * with.map(rest).sum::<f64>();
                    for (k, c) in factor.columns.iter().enumerate() {
                        let z = self.features[f].column(k);
                        let change = -pull * self.scales[f][k] * (z[i] - z[j]);
                        gradient[i][c.coordinate] += change;
                        gradient[j][c.coordinate] -= change;
                    }
                }
            }
        }
        gradient
    }

    fn fill_covariance(&mut self, noise: f64) {
        let n = self.y.len();
        self.weights.clear();
        self.weights.extend((0..self.kernel.terms().len()).map(|t| self.kernel.weight(t)));
        for (f, factor) in self.kernel.factors().iter().enumerate() {
            self.scales[f].clear();
            self.scales[f].extend(factor.columns.iter().map(|c| self.kernel.scale(f, c).powi(2)));
            let (correlations, slopes) = (&mut self.correlations[f], &mut self.slopes[f]);
            correlate(factor.profile, &self.features[f], &self.scales[f], correlations, slopes, n);
        }
        combine(&self.kernel, &self.weights, &self.correlations, &mut self.covariance, n);
        for (i, known) in self.known_noise.iter().enumerate() {
            self.covariance[i * n + i] += noise + known;
        }
    }

    /// `(C^{-1}(y - m), y - m)` with the profiled mean.
    fn solve(&mut self) -> (Vec<f64>, Vec<f64>) {
        let n = self.y.len();
        let factor = MatRef::from_column_major_slice(&self.covariance, n, n);
        let mut pair = [self.y, &vec![1.0; n]].concat();
        let mut both = MatMut::from_column_major_slice_mut(&mut pair, n, 2);
        solve_lower_triangular_in_place(factor, both.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(factor.transpose(), both, Par::Seq);
        let (of_y, of_ones) = pair.split_at(n);
        self.mean = self.fixed_mean.unwrap_or_else(|| sum(of_y) / (sum(of_ones) + self.priors.mean_sd.powi(-2)));
        let alpha = of_y.iter().zip(of_ones).map(|(a, b)| a - self.mean * b).collect();
        (alpha, self.y.iter().map(|y| y - self.mean).collect())
    }

    fn invert(&mut self) {
        let n = self.y.len();
        let factor = MatRef::from_column_major_slice(&self.covariance, n, n);
        let out = MatMut::from_column_major_slice_mut(&mut self.inverse, n, n);
        inverse(out, factor, Par::Seq, MemStack::new(&mut self.memory));
    }

    /// Adds the derivatives by the kernel's parameters: every correlation is 1 on the diagonal, where only the weights count.
    fn kernel_gradient(&mut self, trace: f64, gradient: &mut [f64]) {
        let at = self.kernel.weights_at();
        for (t, w) in self.weights.iter().enumerate() {
            gradient[at + t] += 0.5 * w * trace;
        }
        gradient_off_diagonal(self, gradient);
    }

    /// Log density of the priors; their derivatives are kept for the gradient.
    fn log_prior(&mut self, parameters: &[f64]) -> f64 {
        let mut total = -0.5 * (self.mean / self.priors.mean_sd).powi(2);
        self.prior_slopes.clear();
        for (index, prior) in self.priors.over(&self.kernel).into_iter().enumerate() {
            let (density, slope) = prior.log_density(parameters[index]);
            total += density;
            self.prior_slopes.push(slope);
        }
        total
    }
}

impl Function for Objective<'_> {
    fn value(&mut self, parameters: &[f64]) -> f64 {
        let Some(value) = self.log_likelihood(parameters) else { return f64::INFINITY };
        -(value + self.log_prior(parameters))
    }

    fn gradient(&mut self, out: &mut [f64]) {
        self.likelihood_gradient(out);
        out.iter_mut().zip(&self.prior_slopes).for_each(|(g, slope)| *g += slope);
        out.iter_mut().for_each(|g| *g = -*g);
    }
}

vectorised! {
    /// Correlations and slopes of one factor.
    fn correlate<'a>(
        profile: Profile,
        features: &'a Columns,
        scales: &'a [f64],
        correlations: &'a mut [f64],
        slopes: &'a mut [f64],
        n: usize,
    ) {
        for i in 0..n {
            let below = &mut correlations[i * n + i..(i + 1) * n];
            below.fill(0.0);
            let (fours, left) = scales.as_chunks::<4>();
            for (c, scales) in fours.iter().enumerate() {
                let z = [0, 1, 2, 3].map(|k| &features.column(4 * c + k)[i..]);
                add_four_squares(below, *scales, z, [z[0][0], z[1][0], z[2][0], z[3][0]]);
            }
            for (k, s) in left.iter().enumerate() {
                let z = &features.column(4 * fours.len() + k)[i..];
                let centre = z[0];
                for (o, z) in below.iter_mut().zip(z) {
                    *o += s * (z - centre) * (z - centre);
                }
            }
            profile.apply_with_slope(below, &mut slopes[i * n + i..(i + 1) * n]);
        }
    }
}

vectorised! {
    /// The weighted sum of the terms' products.
    fn combine<'a>(
        kernel: &'a Kernel,
        weights: &'a [f64],
        correlations: &'a [Vec<f64>],
        covariance: &'a mut [f64],
        n: usize,
    ) {
        let mut product = vec![0.0; n];
        for i in 0..n {
            let (from, to) = (i * n + i, (i + 1) * n);
            covariance[from..to].fill(0.0);
            for (term, &w) in kernel.terms().iter().zip(weights) {
                let product = &mut product[i..];
                product.fill(w);
                for &f in term {
                    multiply(product, &correlations[f][from..to]);
                }
                axpy(1.0, product, &mut covariance[from..to]);
            }
        }
    }
}

vectorised! {
    /// `C^{-1}` becomes `W`.
    fn inverse_to_sensitivity<'a>(inverse: &'a mut [f64], alpha: &'a [f64]) {
        let n = alpha.len();
        for i in 0..n {
            for (w, a) in inverse[i * n + i..(i + 1) * n].iter_mut().zip(&alpha[i..]) {
                *w = alpha[i] * a - *w;
            }
        }
    }
}

vectorised! {
    /// Adds `sum_(i<j) W_ij dK_ij/du`: each pair once is half of both.
    fn gradient_off_diagonal<'a>(of: &'a Objective<'a>, gradient: &'a mut [f64]) {
        let (n, kernel) = (of.y.len(), &of.kernel);
        let (mut product, mut rest) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n.saturating_sub(1) {
            let (from, to) = (i * n + i + 1, (i + 1) * n);
            let sensitivity = &of.inverse[from..to];
            let (product, rest) = (&mut product[i + 1..], &mut rest[i + 1..]);
            for (f, factor) in kernel.factors().iter().enumerate() {
                rest.fill(0.0);
                for (term, &w) in kernel.terms().iter().zip(&of.weights) {
                    if term.contains(&f) {
                        product.fill(w);
                        for &g in term {
                            if g != f {
                                multiply(product, &of.correlations[g][from..to]);
                            }
                        }
                        axpy(1.0, product, rest);
                    }
                }
                multiply(rest, &of.slopes[f][from..to]);
                multiply(rest, sensitivity);
                for (k, c) in factor.columns.iter().enumerate() {
                    let z = of.features[f].column(k);
                    gradient[kernel.offset(f) + c.group] += of.scales[f][k] * weighted_squares(rest, &z[i + 1..], z[i]);
                }
            }
            for (t, (term, &w)) in kernel.terms().iter().zip(&of.weights).enumerate() {
                product.fill(w);
                for &f in term {
                    multiply(product, &of.correlations[f][from..to]);
                }
                gradient[kernel.weights_at() + t] += dot(product, sensitivity);
            }
        }
    }
}
