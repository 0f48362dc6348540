//! Networks fitted by evidence.
//!
//! Given the hidden layer, a [`Network`](super::super::network::Network) is linear in its output weights. With normal priors on these
//! the outputs at the table's points are jointly normal,
//!
//! y ~ N(0, K),  K = a^2 Phi Phi^T / n + l^2 Zs Zs^T + 1 + r^2 I + diag(known noise),
//!
//! where `Zs = Z diag(s)` are the scaled inputs, `Phi = sigma(Zs W + b)` the hidden units, and `r` what is neither network nor known noise. The input scales `s`
//! and `a`, `l`, `r` maximise `ln p(y | s, a, l, r) + ln p(s, a, l, r)` (type-II maximum likelihood with log-normal priors:
//! MacKay 1992, Neal 1996): inputs that do not matter are switched off by the data, which is what makes 60-110 rows enough for 27-36
//! inputs. The weights are then either the posterior mean (the best guess) or one posterior draw (see [`Weights`]).
//!
//! This is a finite network, not a Gaussian process with data as centres: what is kept is n + 2d + 1 numbers.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Side};
use jobs_core::Seed;
use numerics::lbfgs::{Joint, LineSearch, Options, Tolerance, minimise_unbounded};
use numerics::normal;

use super::super::EmulatorError;
use super::super::network::{NetworkParameters, hidden_weights, sigmoid};
use super::super::scaling::{round_all, rounded};

/// How the maximum is found.
const SEARCH: Options = Options {
    memory: 10,
    iterations: 150,
    decrease: Tolerance::relative(1e-7),
    line_search: LineSearch { backtracks: 25, ..Options::LOGARITHMS.line_search },
    ..Options::LOGARITHMS
};
/// Prior medians and log-standard deviations of a, l and r (outputs are standardised).
const NONLINEAR: (f64, f64) = (1.5, 1.0);
const LINEAR: (f64, f64) = (0.3, 1.5);
const NOISE: (f64, f64) = (0.1, 1.5);
/// Smallest noise variance, for a stable factorisation.
const NOISE_FLOOR: f64 = 1e-5;

/// The hidden layer and prior of one network.
#[derive(Clone, Debug)]
pub(super) struct Design {
    /// Seed of the hidden weights (and of a draw).
    pub(super) seed: Seed,
    /// Hidden units n.
    pub(super) units: usize,
    /// Features it sees.
    pub(super) inputs: Vec<usize>,
    /// Prior median of an input scale.
    pub(super) scale: f64,
    /// Prior standard deviation of the logarithm of an input scale.
    pub(super) spread: f64,
}

/// Which output weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weights {
    /// The posterior mean: smooth, falls back to the average where no run came near.
    Mean,
    /// One draw from the posterior (Matheron's rule): agrees with the runs where there are runs, and elsewhere varies as much as the
    /// runs do. Detail that is real but cannot be known away from the runs is so neither dropped nor called noise.
    Draw,
}

struct Problem<'a> {
    z: Mat<f64>,
    y: Mat<f64>,
    w: Mat<f64>,
    b: Vec<f64>,
    /// Known noise variances, in units of the standardised outputs.
    known: Vec<f64>,
    design: &'a Design,
}

/// The matrices at one value of the hyper-parameters.
struct State {
    zs: Mat<f64>,
    phi: Mat<f64>,
    /// `sigma'(U)`.
    slope: Mat<f64>,
    a2: f64,
    l2: f64,
    r2: f64,
}

/// Fits `h(z_i) ~ y_i`, where `y_i` is known to carry noise of variance `known[i]`.
pub(super) fn fit(
    z: &[Vec<f64>],
    y: &[f64],
    known: &[f64],
    design: &Design,
    weights: Weights,
) -> Result<NetworkParameters, EmulatorError> {
    let n = y.len();
    let mean = y.iter().sum::<f64>() / n as f64;
    let sd = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let sd = if sd > 1e-12 { sd } else { 1.0 };
    let d = design.inputs.len();
    let (w, b) = hidden_weights(design.seed.0, d, design.units);
    let problem = Problem {
        z: Mat::from_fn(n, d, |i, j| z[i][design.inputs[j]]),
        y: Mat::from_fn(n, 1, |i, _| (y[i] - mean) / sd),
        w: Mat::from_fn(d, design.units, |i, j| w[i * design.units + j]),
        b,
        known: known.iter().map(|v| v / (sd * sd)).collect(),
        design,
    };
    let prior = problem.prior();
    let start: Vec<f64> = prior.iter().map(|p| p.0).collect();
    let mut objective = Joint::new(|p: &[f64], g: &mut [f64]| problem.objective(&prior, p, g));
    let found = minimise_unbounded(&mut objective, start, SEARCH);
    if !found.value.is_finite() {
        return Err(EmulatorError::Numerical { what: "a network" });
    }
    problem.parameters(&found.x, weights, mean, sd).ok_or(EmulatorError::Numerical { what: "a network" })
}

impl Problem<'_> {
    /// (mean, standard deviation) of each log hyper-parameter: the scales, then a, l, r.
    fn prior(&self) -> Vec<(f64, f64)> {
        let scale = (self.design.scale.ln(), self.design.spread);
        let rest = [NONLINEAR, LINEAR, NOISE].map(|(median, spread)| (f64::ln(median), spread));
        self.design.inputs.iter().map(|_| scale).chain(rest).collect()
    }

    fn state(&self, theta: &[f64]) -> State {
        let (n, d) = (self.z.nrows(), self.z.ncols());
        let zs = Mat::from_fn(n, d, |i, j| self.z[(i, j)] * theta[j].exp());
        let u = &zs * &self.w;
        let root = (self.design.units as f64).sqrt();
        let units = self.design.units;
        let phi = Mat::from_fn(n, units, |i, j| sigmoid(u[(i, j)] + self.b[j]) / root);
        let slope = Mat::from_fn(n, units, |i, j| {
            let u = u[(i, j)] + self.b[j];
            (1.0 + u * u).powf(-1.5) / root
        });
        let square = |k: usize| (2.0 * theta[d + k]).exp();
        State { zs, phi, slope, a2: square(0), l2: square(1), r2: square(2) + NOISE_FLOOR }
    }

    /// `-ln p(y | theta) - ln p(theta)` up to constants, and its gradient.
    fn objective(&self, prior: &[(f64, f64)], theta: &[f64], gradient: &mut [f64]) -> f64 {
        if theta.iter().any(|t| t.abs() > 15.0) {
            return f64::INFINITY;
        }
        let (n, d) = (self.z.nrows(), self.z.ncols());
        let s = self.state(theta);
        let k_phi = &s.phi * s.phi.transpose();
        let k_lin = &s.zs * s.zs.transpose();
        let Ok(factor) = self.kernel(&s, &k_phi, &k_lin).llt(Side::Lower) else { return f64::INFINITY };
        let alpha = factor.solve(&self.y);
        let inverse = factor.inverse();
        let mut value = 0.0;
        for i in 0..n {
            value += 0.5 * self.y[(i, 0)] * alpha[(i, 0)] + factor.L()[(i, i)].ln();
        }
        // dF/dK
        let g = Mat::from_fn(n, n, |i, j| 0.5 * (inverse[(i, j)] - alpha[(i, 0)] * alpha[(j, 0)]));
        let g_phi = &g * &s.phi;
        let du = Mat::from_fn(n, self.design.units, |i, j| 2.0 * s.a2 * g_phi[(i, j)] * s.slope[(i, j)]);
        let dz = &du * self.w.transpose();
        let g_lin = &g * &s.zs;
        for j in 0..d {
            gradient[j] = (0..n).map(|i| (dz[(i, j)] + 2.0 * s.l2 * g_lin[(i, j)]) * s.zs[(i, j)]).sum();
        }
        let (mut by_phi, mut by_lin, mut trace) = (0.0, 0.0, 0.0);
        for j in 0..n {
            trace += g[(j, j)];
            for i in 0..n {
                by_phi += g[(i, j)] * k_phi[(i, j)];
                by_lin += g[(i, j)] * k_lin[(i, j)];
            }
        }
        gradient[d] = 2.0 * s.a2 * by_phi;
        gradient[d + 1] = 2.0 * s.l2 * by_lin;
        gradient[d + 2] = 2.0 * (s.r2 - NOISE_FLOOR) * trace;
        for ((t, g), (mean, sd)) in theta.iter().zip(gradient.iter_mut()).zip(prior) {
            value += 0.5 * ((t - mean) / sd).powi(2);
            *g += (t - mean) / (sd * sd);
        }
        value
    }

    fn kernel(&self, s: &State, k_phi: &Mat<f64>, k_lin: &Mat<f64>) -> Mat<f64> {
        let n = self.z.nrows();
        Mat::from_fn(n, n, |i, j| {
            let noise = if i == j { s.r2 + self.known[i] } else { 0.0 };
            s.a2 * k_phi[(i, j)] + s.l2 * k_lin[(i, j)] + 1.0 + noise
        })
    }

    /// Output weights at `theta`, for outputs `mean + sd h`.
    fn parameters(&self, theta: &[f64], weights: Weights, mean: f64, sd: f64) -> Option<NetworkParameters> {
        let s = self.state(theta);
        let k = self.kernel(&s, &(&s.phi * s.phi.transpose()), &(&s.zs * s.zs.transpose()));
        let factor = k.llt(Side::Lower).ok()?;
        let (n, d, units) = (self.z.nrows(), self.z.ncols(), self.design.units);
        let mut rng = self.design.seed.stream("posterior draw", 0);
        let mut from_prior = |variance: &dyn Fn(usize) -> f64, len: usize| {
            let drawn = f64::from(u8::from(weights == Weights::Draw));
            Mat::from_fn(len, 1, |i, _| drawn * variance(i).sqrt() * normal::draw(&mut rng))
        };
        let (w0, v0) = (from_prior(&|_| s.a2, units), from_prior(&|_| s.l2, d));
        let (c0, e0) = (from_prior(&|_| 1.0, 1), from_prior(&|i| s.r2 + self.known[i], n));
        let at_points = &s.phi * &w0 + &s.zs * &v0 + &e0;
        let residual = Mat::from_fn(n, 1, |i, _| self.y[(i, 0)] - at_points[(i, 0)] - c0[(0, 0)]);
        let alpha = factor.solve(&residual);
        let (w, v) = (s.phi.transpose() * &alpha, s.zs.transpose() * &alpha);
        let root = (units as f64).sqrt();
        let mut input_scales: Vec<f64> = theta[..d].iter().map(|t| t.exp()).collect();
        let mut output: Vec<f64> = (0..units).map(|j| sd * (w0[(j, 0)] + s.a2 * w[(j, 0)]) / root).collect();
        let mut linear: Vec<f64> = (0..d).map(|j| sd * input_scales[j] * (v0[(j, 0)] + s.l2 * v[(j, 0)])).collect();
        let constant = mean + sd * (c0[(0, 0)] + (0..n).map(|i| alpha[(i, 0)]).sum::<f64>());
        for values in [&mut input_scales, &mut output, &mut linear] {
            round_all(values);
        }
        Some(NetworkParameters {
            seed: self.design.seed.0,
            inputs: self.design.inputs.clone(),
            input_scales,
            output,
            linear,
            constant: rounded(constant),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_data() -> (Vec<Vec<f64>>, Vec<f64>, Design) {
        let mut rng = Seed(3).stream("test", 0);
        let z: Vec<Vec<f64>> = (0..25).map(|_| (0..4).map(|_| normal::draw(&mut rng)).collect()).collect();
        let y = z.iter().map(|z| (z[0] + 0.3).tanh() + 0.5 * z[1] * z[0] + 0.05 * normal::draw(&mut rng)).collect();
        let design = Design { seed: Seed(9), units: 40, inputs: vec![0, 1, 2, 3], scale: 0.3, spread: 1.5 };
        (z, y, design)
    }

    #[test]
    fn gradient_agrees_with_central_differences() {
        let (z, y, design) = problem_data();
        let (w, b) = hidden_weights(design.seed.0, 4, design.units);
        let problem = Problem {
            z: Mat::from_fn(25, 4, |i, j| z[i][j]),
            y: Mat::from_fn(25, 1, |i, _| y[i]),
            w: Mat::from_fn(4, design.units, |i, j| w[i * design.units + j]),
            b,
            known: (0..25).map(|i| 1e-3 * f64::from(i)).collect(),
            design: &design,
        };
        let prior = problem.prior();
        let theta = [-1.0, -0.3, 0.2, -2.0, 0.1, -0.9, -1.5];
        let mut gradient = [0.0; 7];
        problem.objective(&prior, &theta, &mut gradient);
        for i in 0..7 {
            let at = |h: f64| {
                let mut moved = theta;
                moved[i] += h;
                problem.objective(&prior, &moved, &mut [0.0; 7])
            };
            let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((numeric - gradient[i]).abs() < 1e-5 * (1.0 + numeric.abs()), "{i}: {} {numeric}", gradient[i]);
        }
    }
}
