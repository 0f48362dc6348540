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

use faer::linalg::solvers::{DenseSolveCore, Llt, Solve};
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

/// `-ln p(y | theta)` and what its gradient consists of, with `G = dF/dK = (K^-1 - alpha alpha^T) / 2`, `alpha = K^-1 y`.
struct Likelihood {
    value: f64,
    /// `<G, Phi Phi^T>`, where Phi has its factor 1/sqrt(n).
    by_phi: f64,
    /// `<G, Zs Zs^T>`.
    by_lin: f64,
    /// Trace of G.
    trace: f64,
    /// `G Phi`.
    g_phi: Mat<f64>,
    /// `G Zs`.
    g_lin: Mat<f64>,
}

/// `K` with its factorisation.
enum Covariance {
    Full { factor: Llt<f64>, k_phi: Mat<f64>, k_lin: Mat<f64> },
    LowRank(LowRank),
}

/// `K = D + B B^T` of n rows with `B = (a Phi, l Zs, 1)` of p columns, by Woodbury's formula: n p^2 operations instead of n^3.
struct LowRank {
    /// D.
    diagonal: Vec<f64>,
    /// B.
    basis: Mat<f64>,
    /// `D^-1 B`.
    scaled: Mat<f64>,
    /// Of `M = I + B^T D^-1 B`.
    factor: Llt<f64>,
}

impl LowRank {
    fn new(basis: Mat<f64>, diagonal: Vec<f64>) -> Option<Self> {
        let (n, p) = (basis.nrows(), basis.ncols());
        let scaled = Mat::from_fn(n, p, |i, j| basis[(i, j)] / diagonal[i]);
        let mut m = basis.transpose() * &scaled;
        for j in 0..p {
            m[(j, j)] += 1.0;
        }
        let factor = m.llt(Side::Lower).ok()?;
        Some(Self { diagonal, basis, scaled, factor })
    }

    /// `K^-1 y = D^-1 y - D^-1 B M^-1 B^T D^-1 y`.
    fn solve(&self, y: &Mat<f64>) -> Mat<f64> {
        let inner = self.factor.solve(self.scaled.transpose() * y);
        let explained = &self.scaled * &inner;
        Mat::from_fn(y.nrows(), 1, |i, _| y[(i, 0)] / self.diagonal[i] - explained[(i, 0)])
    }
}

/// `<A, B>`: the sum of the products of their entries.
fn inner(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    let column = |j: usize| (0..a.nrows()).map(|i| a[(i, j)] * b[(i, j)]).sum::<f64>();
    (0..a.ncols()).map(column).sum()
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
        let Some(Likelihood { mut value, by_phi, by_lin, trace, g_phi, g_lin }) = self.likelihood(&s) else {
            return f64::INFINITY;
        };
        let du = Mat::from_fn(n, self.design.units, |i, j| 2.0 * s.a2 * g_phi[(i, j)] * s.slope[(i, j)]);
        let dz = &du * self.w.transpose();
        for j in 0..d {
            gradient[j] = (0..n).map(|i| (dz[(i, j)] + 2.0 * s.l2 * g_lin[(i, j)]) * s.zs[(i, j)]).sum();
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

    /// `None` where a factorisation fails.
    fn likelihood(&self, s: &State) -> Option<Likelihood> {
        match self.covariance(s)? {
            Covariance::Full { factor, k_phi, k_lin } => Some(self.full_likelihood(s, &factor, &k_phi, &k_lin)),
            Covariance::LowRank(low_rank) => Some(self.low_rank_likelihood(s, &low_rank)),
        }
    }

    fn full_likelihood(&self, s: &State, factor: &Llt<f64>, k_phi: &Mat<f64>, k_lin: &Mat<f64>) -> Likelihood {
        let n = self.z.nrows();
        let alpha = factor.solve(&self.y);
        let inverse = factor.inverse();
        let mut value = 0.0;
        for i in 0..n {
            value += 0.5 * self.y[(i, 0)] * alpha[(i, 0)] + factor.L()[(i, i)].ln();
        }
        let g = Mat::from_fn(n, n, |i, j| 0.5 * (inverse[(i, j)] - alpha[(i, 0)] * alpha[(j, 0)]));
        let (mut by_phi, mut by_lin, mut trace) = (0.0, 0.0, 0.0);
        for j in 0..n {
            trace += g[(j, j)];
            for i in 0..n {
                by_phi += g[(i, j)] * k_phi[(i, j)];
                by_lin += g[(i, j)] * k_lin[(i, j)];
            }
        }
        Likelihood { value, by_phi, by_lin, trace, g_phi: &g * &s.phi, g_lin: &g * &s.zs }
    }

    /// The same without a matrix of n by n numbers: `G B = (D^-1 B M^-1 - alpha alpha^T B) / 2`, as `K^-1 B = D^-1 B M^-1`.
    fn low_rank_likelihood(&self, s: &State, k: &LowRank) -> Likelihood {
        let (n, d, units) = (self.z.nrows(), self.z.ncols(), self.design.units);
        let alpha = k.solve(&self.y);
        let solved = k.factor.solve(k.scaled.transpose()); // M^-1 B^T D^-1
        let of_alpha = k.basis.transpose() * &alpha;
        let g = |i: usize, j: usize| 0.5 * (solved[(j, i)] - alpha[(i, 0)] * of_alpha[(j, 0)]);
        let (a, l) = (s.a2.sqrt(), s.l2.sqrt());
        let g_phi = Mat::from_fn(n, units, |i, j| g(i, j) / a);
        let g_lin = Mat::from_fn(n, d, |i, j| g(i, units + j) / l);
        let (mut value, mut trace) = (0.0, 0.0);
        for i in 0..n {
            value += 0.5 * (self.y[(i, 0)] * alpha[(i, 0)] + k.diagonal[i].ln());
            let explained: f64 = (0..k.basis.ncols()).map(|j| solved[(j, i)] * k.scaled[(i, j)]).sum();
            trace += 0.5 * (1.0 / k.diagonal[i] - explained - alpha[(i, 0)] * alpha[(i, 0)]);
        }
        value += (0..k.basis.ncols()).map(|j| k.factor.L()[(j, j)].ln()).sum::<f64>();
        let (by_phi, by_lin) = (inner(&s.phi, &g_phi), inner(&s.zs, &g_lin));
        Likelihood { value, by_phi, by_lin, trace, g_phi, g_lin }
    }

    /// `K`, factorised in the cheaper of two ways; `None` where that fails.
    fn covariance(&self, s: &State) -> Option<Covariance> {
        let (n, d, units) = (self.z.nrows(), self.z.ncols(), self.design.units);
        let noise = |i: usize| s.r2 + self.known[i];
        if n > 2 * (units + d + 1) {
            let (a, l) = (s.a2.sqrt(), s.l2.sqrt());
            let basis = Mat::from_fn(n, units + d + 1, |i, j| match j {
                j if j < units => a * s.phi[(i, j)],
                j if j < units + d => l * s.zs[(i, j - units)],
                _ => 1.0,
            });
            return LowRank::new(basis, (0..n).map(noise).collect()).map(Covariance::LowRank);
        }
        let k_phi = &s.phi * s.phi.transpose();
        let k_lin = &s.zs * s.zs.transpose();
        let k = Mat::from_fn(n, n, |i, j| {
            let noise = if i == j { noise(i) } else { 0.0 };
            s.a2 * k_phi[(i, j)] + s.l2 * k_lin[(i, j)] + 1.0 + noise
        });
        Some(Covariance::Full { factor: k.llt(Side::Lower).ok()?, k_phi, k_lin })
    }

    /// Output weights at `theta`, for outputs `mean + sd h`.
    fn parameters(&self, theta: &[f64], weights: Weights, mean: f64, sd: f64) -> Option<NetworkParameters> {
        let s = self.state(theta);
        let covariance = self.covariance(&s)?;
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
        let alpha = match &covariance {
            Covariance::Full { factor, .. } => factor.solve(&residual),
            Covariance::LowRank(low_rank) => low_rank.solve(&residual),
        };
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

    fn problem<'a>(z: &[Vec<f64>], y: &[f64], design: &'a Design) -> Problem<'a> {
        let (w, b) = hidden_weights(design.seed.0, 4, design.units);
        Problem {
            z: Mat::from_fn(25, 4, |i, j| z[i][j]),
            y: Mat::from_fn(25, 1, |i, _| y[i]),
            w: Mat::from_fn(4, design.units, |i, j| w[i * design.units + j]),
            b,
            known: (0..25).map(|i| 1e-3 * f64::from(i)).collect(),
            design,
        }
    }

    #[test]
    fn both_factorisations_give_the_same_likelihood() {
        let (z, y, design) = problem_data();
        let few = Design { units: 5, ..design };
        let problem = problem(&z, &y, &few);
        let s = problem.state(&[-1.0, -0.3, 0.2, -2.0, 0.1, -0.9, -1.5]);
        let Some(Covariance::LowRank(low_rank)) = problem.covariance(&s) else { panic!("25 rows, 10 columns") };
        let (k_phi, k_lin) = (&s.phi * s.phi.transpose(), &s.zs * s.zs.transpose());
        let k = &low_rank.basis * low_rank.basis.transpose();
        let k = Mat::from_fn(25, 25, |i, j| k[(i, j)] + if i == j { low_rank.diagonal[i] } else { 0.0 });
        let full = problem.full_likelihood(&s, &k.llt(Side::Lower).unwrap(), &k_phi, &k_lin);
        let reduced = problem.low_rank_likelihood(&s, &low_rank);
        let numbers = |l: &Likelihood| [l.value, l.by_phi, l.by_lin, l.trace, l.g_phi[(7, 3)], l.g_lin[(24, 1)]];
        for (a, b) in numbers(&full).into_iter().zip(numbers(&reduced)) {
            assert!((a - b).abs() < 1e-9 * (1.0 + a.abs()), "{a} {b}");
        }
    }

    #[test]
    fn gradient_agrees_with_central_differences() {
        let (z, y, design) = problem_data();
        let problem = problem(&z, &y, &design);
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
