use numerics::{Cholesky, InOrder};

use crate::TheoryError;
use crate::error::{at_least, indefinite};

/// Most numbers a greedy curve may hold in memory (rounds times points): 800 MB.
pub const GREEDY_LIMIT: usize = 100_000_000;

/// Conditional variances this far below zero (relative to the prior variance) are rounding, not a broken kernel.
const ROUNDING: f64 = 1e-9;

/// Information that noisy observations at `set` carry about the function, in nats:
///
/// `I = 1/2 log det(I + lambda^{-1} K_set)`.
///
/// `kernel(i, j)` is the kernel between points i and j (amplitude at most 1 for the bounds of this crate); `set` may name a
/// point more than once. `lambda` is the regulariser, `1 + 2/T` in the theory; any positive value is taken.
///
/// # Errors
/// A kernel value that is not finite, a kernel that is not positive semidefinite, a `lambda` that is not positive.
pub fn information_gain(kernel: impl Fn(usize, usize) -> f64, set: &[usize], lambda: f64) -> Result<f64, TheoryError> {
    at_least("lambda", lambda, f64::MIN_POSITIVE, "a positive number")?;
    let mut factor = Cholesky::<InOrder>::default();
    let mut gain = 0.0;
    for (n, &i) in set.iter().enumerate() {
        let mut row = Vec::with_capacity(n);
        for &j in &set[..n] {
            row.push(finite(i, j, kernel(i, j))?);
        }
        let diagonal = finite(i, i, kernel(i, i))? + lambda;
        gain += 0.5 * (factor.append(&mut row, diagonal).map_err(indefinite)? / lambda).ln();
    }
    Ok(gain)
}

/// `gamma_t` for t = 0, 1, 2, ...: the largest information gain of t observations.
///
/// Built greedily ([`Self::greedy`]), each entry is a lower bound of the maximum over the point set and at least `1 - 1/e`
/// of it (Krause & Guestrin 2005; the gain is monotone and submodular). Beyond its last round the curve continues as the power
/// of T that continues its value and slope, `gamma_H (T/H)^alpha`, alpha = H (gamma_H - gamma_{H-1}) / gamma_H in (0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct GainCurve {
    gains: Vec<f64>,
    exponent: f64,
}

impl GainCurve {
    /// Greedy curve over `points` points: each round observes the point with the largest conditional variance, with
    /// replacement, as repeating a noisy observation is informative. Cost `O(rounds^2 points)`, memory `O(rounds points)`.
    ///
    /// `lambda` is fixed while the theory's `1 + 2/T` depends on T; 1 gives a curve that is never below any of them.
    ///
    /// # Errors
    /// No points or rounds, more than [`GREEDY_LIMIT`] numbers, a broken kernel, a `lambda` that is not positive.
    pub fn greedy(
        kernel: impl Fn(usize, usize) -> f64,
        points: usize,
        rounds: usize,
        lambda: f64,
    ) -> Result<Self, TheoryError> {
        at_least("lambda", lambda, f64::MIN_POSITIVE, "a positive number")?;
        if points == 0 || rounds == 0 {
            return Err(TheoryError::TooFew { what: "points and rounds of a greedy gain", needed: 1, found: 0 });
        }
        let size = rounds.saturating_mul(points);
        if size > GREEDY_LIMIT {
            return Err(TheoryError::TooLarge { what: "a greedy gain", size, limit: GREEDY_LIMIT });
        }
        let mut variances = Vec::with_capacity(points);
        for i in 0..points {
            variances.push(finite(i, i, kernel(i, i))?);
        }
        let floor = -ROUNDING * variances.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(rounds);
        let mut gains = Vec::with_capacity(rounds + 1);
        let mut gain = 0.0;
        gains.push(gain);
        for _ in 0..rounds {
            let (best, variance) = largest(&variances);
            gain += 0.5 * (variance / lambda).ln_1p();
            gains.push(gain);
            let column = posterior_column(&kernel, best, points, &columns, (variance + lambda).sqrt())?;
            for (i, (v, c)) in variances.iter_mut().zip(&column).enumerate() {
                *v -= c * c;
                if *v < floor {
                    return Err(TheoryError::NotPositiveSemidefinite { row: i, variance: *v });
                }
                *v = v.max(0.0);
            }
            columns.push(column);
        }
        Ok(Self::from_gains(gains))
    }

    /// A curve from its values at t = 0, 1, ..., for gains measured elsewhere.
    ///
    /// # Errors
    /// Fewer than two values, a first value other than zero, values that are not finite, fall, or rise by growing steps
    /// (gamma is monotone and, built greedily, concave).
    pub fn new(gains: Vec<f64>) -> Result<Self, TheoryError> {
        if gains.len() < 2 {
            return Err(TheoryError::TooFew { what: "values of a gain curve", needed: 2, found: gains.len() });
        }
        let bad = |what, value, expected| Err(TheoryError::OutOfRange { what, value, expected });
        if gains[0] != 0.0 {
            return bad("the gain of no observation", gains[0], "zero");
        }
        let mut last = f64::INFINITY;
        for pair in gains.windows(2) {
            let rise = pair[1] - pair[0];
            if !rise.is_finite() || rise < 0.0 {
                return bad("a rise of the gain", rise, "a finite number, not negative");
            }
            if rise > last + ROUNDING * gains[1] {
                return bad("a rise of the gain", rise, "no more than the rise before it");
            }
            last = rise;
        }
        Ok(Self::from_gains(gains))
    }

    fn from_gains(gains: Vec<f64>) -> Self {
        let h = gains.len() - 1;
        let rise = gains[h] - gains[h - 1];
        let exponent = if gains[h] > 0.0 { (h as f64 * rise / gains[h]).clamp(0.0, 1.0) } else { 0.0 };
        Self { gains, exponent }
    }

    /// gamma after `rounds` observations, in nats; extrapolated past [`Self::rounds`].
    pub fn at(&self, rounds: u64) -> f64 {
        let horizon = self.rounds();
        match usize::try_from(rounds) {
            Ok(t) if t <= horizon => self.gains[t],
            _ => self.gains[horizon] * (rounds as f64 / horizon as f64).powf(self.exponent),
        }
    }

    /// Rounds computed.
    pub fn rounds(&self) -> usize {
        self.gains.len() - 1
    }

    /// The values at t = 0, 1, ..., [`Self::rounds`].
    pub fn gains(&self) -> &[f64] {
        &self.gains
    }

    /// Every value times `factor`.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        Self { gains: self.gains.iter().map(|g| g * factor).collect(), exponent: self.exponent }
    }
}

/// Column `best` of the conditional covariance over all points, divided by the standard deviation of its observation.
fn posterior_column(
    kernel: &impl Fn(usize, usize) -> f64,
    best: usize,
    points: usize,
    columns: &[Vec<f64>],
    sd: f64,
) -> Result<Vec<f64>, TheoryError> {
    let mut column = Vec::with_capacity(points);
    for i in 0..points {
        column.push(finite(i, best, kernel(i, best))?);
    }
    for earlier in columns {
        let weight = earlier[best];
        for (c, e) in column.iter_mut().zip(earlier) {
            *c -= weight * e;
        }
    }
    column.iter_mut().for_each(|c| *c /= sd);
    Ok(column)
}

/// First position of the largest value.
fn largest(values: &[f64]) -> (usize, f64) {
    values.iter().copied().enumerate().fold((0, f64::NEG_INFINITY), |a, b| if b.1 > a.1 { b } else { a })
}

fn finite(row: usize, column: usize, value: f64) -> Result<f64, TheoryError> {
    if value.is_finite() { Ok(value) } else { Err(TheoryError::Kernel { row, column, value }) }
}
