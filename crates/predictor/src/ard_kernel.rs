use numerics::lbfgs::{Joint, Options, minimise_unbounded};
use numerics::sums::dot_in_order as dot;
use numerics::{Cholesky, InOrder};
use rand_chacha::ChaCha8Rng;

use crate::slice_sampling::{Prior, slice};

/// Expected logarithms and their standard deviations: amplitude, noise and linear part, as variances in units of the
/// standardised residuals.
const EXPECTED: [(f64, f64); 3] = [(0.0, 0.7), (-4.0, 1.0), (-2.0, 1.0)];
/// Logarithms are kept within this distance of zero.
const LIMIT: f64 = 12.0;
/// Iterations of the search for the hyper-parameters.
const ITERATIONS: usize = 25;
/// Draws of the hyper-parameters kept, and steps of the sampler between two.
const DRAWS: usize = 24;
const THINNING: usize = 8;
/// Added to the diagonal.
const JITTER: f64 = 1e-6;

/// Kernel regression whose relevances are learnt: y ~ N(0, K + noise I) with
///
/// k(x, z) = amplitude * matern52(sum_j w_j (x_j - z_j)^2) + linear * sum_j w_j x_j z_j
///
/// with one relevance w per group of columns (Neal 1996; MacKay 1994). All logarithms have normal priors. With twenty
/// examples many settings explain the data, so predictions are averaged over draws of the posterior: elliptical slice
/// sampling (Murray, Adams & MacKay 2010), started at the mode.
///
/// Further targets y' on the same rows, which depend on the same things, help to find the relevances: the log likelihood of
/// the draws is ln p(y) + (q/m) sum_(i=1..m) ln p(y'_i), q what they count together. Predictions are of y alone.
#[derive(Clone, Debug)]
pub(crate) struct ArdKernel {
    rows: Vec<Vec<f64>>,
    groups: Vec<usize>,
    draws: Vec<Draw>,
    /// Leave-one-out residuals, y_i - mean(y_i | the others).
    pub(crate) leave_one_out: Vec<f64>,
    /// Leave-one-out predictive variances.
    pub(crate) leave_one_out_variance: Vec<f64>,
}

/// Targets that help to find the relevances, standardised like those that are predicted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Further<'a> {
    pub(crate) targets: &'a [Vec<f64>],
    /// What they count together, in units of the target itself.
    pub(crate) weight: f64,
}

/// One setting of the hyper-parameters, conditioned on the data.
#[derive(Clone, Debug)]
struct Draw {
    logs: Vec<f64>,
    factor: Cholesky<InOrder>,
    weights: Vec<f64>,
}

impl Draw {
    fn condition(pairs: &Pairs, y: &[f64], logs: Vec<f64>) -> Option<Self> {
        let factor = Cholesky::from_rows(&pairs.matrix(&logs), pairs.n).ok()?;
        let mut weights = y.to_vec();
        factor.solve(&mut weights);
        Some(Self { logs, factor, weights })
    }

    /// Leave-one-out residual and variance of each example.
    fn leave_one_out(&self) -> Vec<(f64, f64)> {
        let n = self.weights.len();
        let inverse = self.factor.inverse();
        self.weights.iter().enumerate().map(|(i, w)| (w / inverse[i * n + i], 1.0 / inverse[i * n + i])).collect()
    }

    fn predict(&self, rows: &[Vec<f64>], groups: &[usize], x: &[f64]) -> (f64, f64) {
        let r = self.logs.len() - 3;
        let (amplitude, noise, linear) = (self.logs[r].exp(), self.logs[r + 1].exp(), self.logs[r + 2].exp());
        let by_group: Vec<f64> = self.logs[..r].iter().map(|v| v.exp()).collect();
        let w: Vec<f64> = groups.iter().map(|&g| by_group[g]).collect();
        let wx: Vec<f64> = x.iter().zip(&w).map(|(x, w)| x * w).collect();
        let k: Vec<f64> = rows
            .iter()
            .map(|z| {
                let distance: f64 = x.iter().zip(z).zip(&w).map(|((a, b), w)| w * (a - b).powi(2)).sum();
                amplitude * matern52(distance).0 + linear * dot(&wx, z)
            })
            .collect();
        let mut seen = k.clone();
        self.factor.solve_lower(&mut seen);
        let variance = amplitude + linear * dot(&wx, x) - dot(&seen, &seen);
        (dot(&k, &self.weights), variance.max(0.0) + noise)
    }
}

impl ArdKernel {
    /// `None` where no hyper-parameters give a positive definite matrix. `expected`: by group, mean and standard deviation of
    /// the logarithm of its relevance.
    pub(crate) fn fit(
        rows: Vec<Vec<f64>>,
        y: &[f64],
        further: Further<'_>,
        groups: &[usize],
        expected: &[(f64, f64)],
        mut rng: ChaCha8Rng,
    ) -> Option<Self> {
        let pairs = Pairs::new(&rows, groups, expected.len());
        let prior = Prior {
            centre: expected.iter().chain(&EXPECTED).map(|e| e.0).collect(),
            spread: expected.iter().chain(&EXPECTED).map(|e| e.1).collect(),
        };
        let objective =
            |p: &[f64], g: &mut [f64]| negative_log_posterior(&pairs, y, &prior, p, g).unwrap_or(f64::INFINITY);
        let options = Options { iterations: ITERATIONS, ..Options::LOGARITHMS };
        let mode = minimise_unbounded(&mut Joint::new(objective), prior.centre.clone(), options).x;
        let n = rows.len();
        let mut draws = vec![];
        let mut state = mode.clone();
        for _ in 0..DRAWS {
            for _ in 0..thinning(n) {
                state = slice(&state, &prior, &mut rng, |p| log_likelihood(&pairs, y, further, p))?;
            }
            draws.extend(Draw::condition(&pairs, y, state.clone()));
        }
        if draws.is_empty() {
            draws.push(Draw::condition(&pairs, y, mode)?);
        }
        let each: Vec<Vec<(f64, f64)>> = draws.iter().map(Draw::leave_one_out).collect();
        let mixed: Vec<(f64, f64)> = (0..n).map(|i| mixture(each.iter().map(|d| d[i]))).collect();
        let (leave_one_out, leave_one_out_variance) = mixed.into_iter().unzip();
        Some(Self { rows, groups: groups.to_vec(), draws, leave_one_out, leave_one_out_variance })
    }

    /// Mean and variance (noise included) at a row.
    pub(crate) fn predict(&self, x: &[f64]) -> (f64, f64) {
        mixture(self.draws.iter().map(|d| d.predict(&self.rows, &self.groups, x)))
    }

    /// Square roots of the columns' relevances in draw `index` (taken round and round): multiplied by them, distances are
    /// those of the kernel.
    #[cfg(any(test, feature = "burn"))] // for the networks
    pub(crate) fn column_scales(&self, index: usize) -> Vec<f64> {
        let logs = &self.draws[index % self.draws.len()].logs;
        self.groups.iter().map(|&g| (0.5 * logs[g]).exp()).collect()
    }
}

/// Mean and variance of an even mixture of distributions given by theirs.
fn mixture(parts: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut n, mut mean, mut square, mut variance) = (0.0, 0.0, 0.0, 0.0);
    for (m, v) in parts {
        n += 1.0;
        mean += m;
        square += m * m;
        variance += v;
    }
    mean /= n;
    (mean, variance / n + (square / n - mean * mean).max(0.0))
}

/// Steps of the sampler between two draws: fewer for many examples, where a step is expensive and the posterior narrow.
fn thinning(n: usize) -> usize {
    if n <= 60 { THINNING } else { 1 }
}

fn log_likelihood(pairs: &Pairs, y: &[f64], further: Further<'_>, p: &[f64]) -> Option<f64> {
    if p.iter().any(|v| v.abs() > LIMIT) {
        return None;
    }
    let factor = Cholesky::<InOrder>::from_rows(&pairs.matrix(p), pairs.n).ok()?;
    let of = |y: &[f64]| {
        let mut z = y.to_vec();
        factor.solve_lower(&mut z);
        -0.5 * dot(&z, &z) - 0.5 * factor.log_determinant()
    };
    let others: f64 = further.targets.iter().map(|y| of(y)).sum();
    Some(of(y) + further.weight * others / further.targets.len().max(1) as f64)
}

/// Matern 5/2 as a function of the squared distance r2, and its derivative by r2.
fn matern52(r2: f64) -> (f64, f64) {
    let r = (5.0 * r2).sqrt();
    let e = (-r).exp();
    ((1.0 + r + r * r / 3.0) * e, -5.0 / 6.0 * (1.0 + r) * e)
}

/// Squared distances and products of every pair of rows, summed by group.
struct Pairs {
    n: usize,
    groups: usize,
    /// For pair (i, j <= i), group g: at (i (i + 1) / 2 + j) groups + g.
    squares: Vec<f64>,
    products: Vec<f64>,
}

impl Pairs {
    fn new(rows: &[Vec<f64>], column_groups: &[usize], groups: usize) -> Self {
        let n = rows.len();
        let size = n * (n + 1) / 2 * groups;
        let (mut squares, mut products) = (vec![0.0; size], vec![0.0; size]);
        let mut at = 0;
        for i in 0..n {
            for j in 0..=i {
                for (c, &g) in column_groups.iter().enumerate() {
                    let (a, b) = (rows[i][c], rows[j][c]);
                    squares[at + g] += (a - b).powi(2);
                    products[at + g] += a * b;
                }
                at += groups;
            }
        }
        Self { n, groups, squares, products }
    }

    /// K + noise I, lower triangle.
    fn matrix(&self, p: &[f64]) -> Vec<f64> {
        let (n, r) = (self.n, self.groups);
        let w: Vec<f64> = p[..r].iter().map(|v| v.exp()).collect();
        let (amplitude, noise, linear) = (p[r].exp(), p[r + 1].exp(), p[r + 2].exp());
        let mut k = vec![0.0; n * n];
        let mut pairs = self.squares.chunks_exact(r).zip(self.products.chunks_exact(r));
        for i in 0..n {
            for (j, (squares, products)) in (0..=i).zip(&mut pairs) {
                k[i * n + j] = amplitude * matern52(dot(&w, squares)).0 + linear * dot(&w, products);
            }
            k[i * n + i] += noise + JITTER;
        }
        k
    }
}

/// -ln p(y, logs) up to a constant, and its gradient.
fn negative_log_posterior(pairs: &Pairs, y: &[f64], prior: &Prior, p: &[f64], gradient: &mut [f64]) -> Option<f64> {
    if p.iter().any(|v| v.abs() > LIMIT) {
        return None;
    }
    let (n, r) = (pairs.n, pairs.groups);
    let factor = Cholesky::<InOrder>::from_rows(&pairs.matrix(p), n).ok()?;
    let mut weights = y.to_vec();
    factor.solve(&mut weights);
    let inverse = factor.inverse();
    let w: Vec<f64> = p[..r].iter().map(|v| v.exp()).collect();
    let (amplitude, noise, linear) = (p[r].exp(), p[r + 1].exp(), p[r + 2].exp());
    gradient.iter_mut().for_each(|g| *g = 0.0);
    let mut at = pairs.squares.chunks_exact(r).zip(pairs.products.chunks_exact(r));
    for i in 0..n {
        for (j, (squares, products)) in (0..=i).zip(&mut at) {
            // d value / d K_ij, once for each of the two triangles
            let sides = if i == j { 0.5 } else { 1.0 };
            let by_k = sides * (inverse[i * n + j] - weights[i] * weights[j]);
            let (matern, slope) = matern52(dot(&w, squares));
            let product = dot(&w, products);
            for g in 0..r {
                gradient[g] += by_k * w[g] * (amplitude * slope * squares[g] + linear * products[g]);
            }
            gradient[r] += by_k * amplitude * matern;
            gradient[r + 2] += by_k * linear * product;
            if i == j {
                gradient[r + 1] += by_k * noise;
            }
        }
    }
    let mut value = 0.5 * dot(y, &weights) + 0.5 * factor.log_determinant();
    for (i, g) in gradient.iter_mut().enumerate() {
        let z = (p[i] - prior.centre[i]) / prior.spread[i];
        value += 0.5 * z * z;
        *g += z / prior.spread[i];
    }
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;

    use super::*;

    fn data(n: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                (0..3)
                    .map(|j| ((i * (3 * j + 7) + j) % [29, 13, 17][j]) as f64 / [29.0, 13.0, 17.0][j] * 3.0 - 1.5)
                    .collect()
            })
            .collect();
        let y = rows.iter().map(|r| (2.0 * r[0]).sin() + 0.1 * r[2]).collect();
        (rows, y)
    }

    #[test]
    fn gradient_matches_central_differences() {
        let (rows, y) = data(9);
        let pairs = Pairs::new(&rows, &[0, 1, 1], 2);
        let prior = Prior { centre: vec![-1.0, -2.0, 0.0, -3.0, -1.0], spread: vec![1.0, 1.5, 0.7, 1.0, 2.0] };
        let p = [-0.4, -1.1, 0.3, -2.2, -0.7];
        let value = |p: &[f64]| negative_log_posterior(&pairs, &y, &prior, p, &mut [0.0; 5]).unwrap();
        let mut gradient = [0.0; 5];
        negative_log_posterior(&pairs, &y, &prior, &p, &mut gradient).unwrap();
        for i in 0..5 {
            let (mut up, mut down) = (p, p);
            up[i] += 1e-5;
            down[i] -= 1e-5;
            let numeric = (value(&up) - value(&down)) / 2e-5;
            assert!((numeric - gradient[i]).abs() < 1e-6 * (1.0 + numeric.abs()), "{i}: {numeric} {}", gradient[i]);
        }
    }

    #[test]
    fn leave_one_out_is_that_of_refits_with_the_same_hyper_parameters() {
        let (rows, y) = data(10);
        let logs = vec![-1.0, -2.0, -0.5, 0.1, -3.0, -2.0];
        let draw = Draw::condition(&Pairs::new(&rows, &[0, 1, 2], 3), &y, logs.clone()).unwrap();
        let (mut rest, mut y_rest) = (rows, y);
        let (x, target) = (rest.remove(4), y_rest.remove(4));
        let refit = Draw::condition(&Pairs::new(&rest, &[0, 1, 2], 3), &y_rest, logs).unwrap();
        let (mean, variance) = refit.predict(&rest, &[0, 1, 2], &x);
        let (residual, left_out) = draw.leave_one_out()[4];
        assert!((target - mean - residual).abs() < 1e-5);
        assert!((variance - left_out).abs() < 1e-5);
    }

    #[test]
    fn further_targets_help_to_find_the_relevances() {
        // the target is pure noise; the further targets depend on the first column
        let (rows, signal) = data(30);
        let y: Vec<f64> = (0..30).map(|i| ((i * 13 + 5) % 16) as f64 / 4.0 - 2.0).collect();
        let signals = vec![signal; 4];
        let contrast = |targets: &[Vec<f64>], weight| {
            let further = Further { targets, weight };
            let rng = Seed(4).stream("test", 0);
            let model = ArdKernel::fit(rows.clone(), &y, further, &[0, 1, 2], &[(-2.0, 3.0); 3], rng).unwrap();
            let log = |c: usize| (0..DRAWS).map(|d| model.column_scales(d)[c].ln()).sum::<f64>() / DRAWS as f64;
            log(0) - log(1)
        };
        let (without, whole) = (contrast(&[], 1.0), contrast(&signals, 1.0));
        assert!(whole > 1.0 + without, "{without} {whole}");
        assert_eq!(contrast(&signals, 0.0), without);
    }

    #[test]
    fn what_is_expected_of_a_relevance_decides_where_the_data_do_not() {
        // six rows of noise; the first column is expected to matter, then the second, each firmly
        let (rows, _) = data(6);
        let y = [0.3, -1.1, 0.8, 1.2, -0.9, -0.3];
        let scales = |expected: &[(f64, f64)]| {
            let rng = Seed(4).stream("test", 0);
            let model = ArdKernel::fit(rows.clone(), &y, Further::default(), &[0, 1, 2], expected, rng).unwrap();
            [0, 1].map(|c| (0..DRAWS).map(|d| 2.0 * model.column_scales(d)[c].ln()).sum::<f64>() / DRAWS as f64)
        };
        let [first, second] = scales(&[(0.0, 0.3), (-6.0, 0.3), (-6.0, 0.3)]);
        assert!(first.abs() < 0.6 && (second + 6.0).abs() < 0.6, "{first} {second}");
        let [first, second] = scales(&[(-6.0, 0.3), (0.0, 0.3), (-6.0, 0.3)]);
        assert!((first + 6.0).abs() < 0.6 && second.abs() < 0.6, "{first} {second}");
    }

    #[test]
    fn learns_what_matters_and_doubts_what_is_far() {
        let (rows, y) = data(30);
        let (expected, rng) = ([(-2.0, 3.0); 3], Seed(0).stream("test", 0));
        let model = ArdKernel::fit(rows, &y, Further::default(), &[0, 1, 2], &expected, rng).unwrap();
        let scales: Vec<f64> = (0..3).map(|c| (0..DRAWS).map(|d| model.column_scales(d)[c]).sum()).collect();
        assert!(scales[0] > 3.0 * scales[1], "{scales:?}");
        let (mean, near) = model.predict(&[0.5, 0.0, 0.0]);
        assert!((mean - 1.0_f64.sin()).abs() < 0.2, "{mean}");
        assert!(model.predict(&[8.0, 0.0, 0.0]).1 > 3.0 * near);
    }
}
