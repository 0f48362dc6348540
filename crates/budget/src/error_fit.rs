use jobs_core::Seed;

use crate::error_point::check;
use crate::estimate::{Interval, normals};
use crate::least_squares::{Row, fit_nonnegative};
use crate::{ErrorLaw, ErrorPoint, TheoryError};

/// Which parts of `a + k N^{-p}` are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorForm {
    /// `k / sqrt(N)`: one parameter, the paper's.
    Root,
    /// `a + k / sqrt(N)`: two.
    FloorAndRoot,
    /// `a + k N^{-p}`: three, p in [0.05, 3].
    Power,
}

impl ErrorForm {
    /// All forms, simplest first.
    pub const ALL: [Self; 3] = [Self::Root, Self::FloorAndRoot, Self::Power];

    /// Parameters fitted, and so different N needed.
    pub fn parameters(self) -> usize {
        match self {
            Self::Root => 1,
            Self::FloorAndRoot => 2,
            Self::Power => 3,
        }
    }

    /// Weighted least squares with a, k >= 0; the law and the sum.
    fn fit(self, points: &[ErrorPoint], weights: &[f64]) -> (ErrorLaw, f64) {
        let at = |exponent: f64, floor: f64| {
            let row = |(p, &weight): (&ErrorPoint, &f64)| Row {
                floor,
                scale: (p.full_runs as f64).powf(-exponent),
                y: p.rmse,
                weight,
            };
            let rows: Vec<Row> = points.iter().zip(weights).map(row).collect();
            let (a, k, rss) = fit_nonnegative(&rows);
            (ErrorLaw::power(a, k, exponent), rss)
        };
        match self {
            Self::Root => at(0.5, 0.0),
            Self::FloorAndRoot => at(0.5, 1.0),
            Self::Power => least_along_exponents(|p| at(p, 1.0)),
        }
    }
}

/// Profile over p: a logarithmic grid on [0.05, 3], then finer ones between the neighbours of the best.
fn least_along_exponents(fit: impl Fn(f64) -> (ErrorLaw, f64)) -> (ErrorLaw, f64) {
    let (mut low, mut high) = (0.05_f64.ln(), 3.0_f64.ln());
    let mut best = fit(0.5);
    for _ in 0..6 {
        let step = (high - low) / 24.0;
        for i in 0..=24 {
            let next = fit((low + step * f64::from(i)).exp());
            if next.1 < best.1 {
                best = next;
            }
        }
        let centre = best.0.exponent.ln();
        (low, high) = (centre - step, centre + step);
        (low, high) = (low.max(0.05_f64.ln()), high.min(3.0_f64.ln()));
    }
    best
}

/// A fitted law and how sure it is.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorFit {
    /// What was fitted.
    pub form: ErrorForm,
    /// The best law.
    pub law: ErrorLaw,
    /// Akaike's criterion with its small-sample correction, `n ln(RSS/n) + 2p + 2p(p+1)/(n-p-1)`; comparable between
    /// forms on the same points, lower is better, infinite where `n <= p + 1`.
    pub aicc: f64,
    /// Laws fitted to the parametric bootstrap's data.
    pub draws: Vec<ErrorLaw>,
}

impl ErrorFit {
    /// Fits `form` by weighted least squares and bootstraps it `draws` times: new errors are drawn around the fit with
    /// the spread their residual counts imply, widened where the points scatter more than that.
    ///
    /// The points are taken as independent. Errors measured on nested sets of runs are not, and the intervals are then
    /// too narrow.
    ///
    /// # Errors
    /// Fewer different N than parameters, N = 0, an error that is negative or not finite, no residuals.
    pub fn new(form: ErrorForm, points: &[ErrorPoint], draws: usize, seed: Seed) -> Result<Self, TheoryError> {
        check(points)?;
        let mut different: Vec<u64> = points.iter().map(|p| p.full_runs).collect();
        different.sort_unstable();
        different.dedup();
        if different.len() < form.parameters() {
            return Err(TheoryError::TooFew {
                what: "different numbers of full runs with a measured predictor error",
                needed: form.parameters(),
                found: different.len(),
            });
        }
        let weights = weights(points);
        let (law, rss) = form.fit(points, &weights);
        let (n, p) = (points.len() as f64, form.parameters() as f64);
        let inflation = if n > p { (rss / (n - p)).max(1.0).sqrt() } else { 1.0 };
        let redraw = |i| {
            let noise = normals(seed, "error law", i);
            let drawn = points.iter().zip(noise).map(|(point, z)| {
                let error = law.at(point.full_runs);
                let sd = inflation * error / (2.0 * point.residuals as f64).sqrt();
                ErrorPoint { rmse: (error + z * sd).max(0.0), ..*point }
            });
            form.fit(&drawn.collect::<Vec<_>>(), &weights).0
        };
        let correction = if n > p + 1.0 { 2.0 * p * (p + 1.0) / (n - p - 1.0) } else { f64::INFINITY };
        let aicc = n * (rss / n).max(f64::MIN_POSITIVE).ln() + 2.0 * p + correction;
        Ok(Self { form, law, aicc, draws: (0..draws as u64).map(redraw).collect() })
    }

    /// Interval of the floor a at `level`.
    pub fn floor(&self, level: f64) -> Interval {
        Interval::middle(level, self.draws.iter().map(|l| l.floor).collect())
    }

    /// Interval of the scale k at `level`.
    pub fn scale(&self, level: f64) -> Interval {
        Interval::middle(level, self.draws.iter().map(|l| l.scale).collect())
    }

    /// Interval of the exponent p at `level`.
    pub fn exponent(&self, level: f64) -> Interval {
        Interval::middle(level, self.draws.iter().map(|l| l.exponent).collect())
    }
}

/// Precisions of the points: their own errors are noisy, so a first fit of `a + k/sqrt(N)` stands in for the true ones.
/// All forms share them, or their criteria could not be compared.
fn weights(points: &[ErrorPoint]) -> Vec<f64> {
    let largest = points.iter().fold(0.0, |a: f64, p| a.max(p.rmse));
    if largest == 0.0 {
        return points.iter().map(|p| p.residuals as f64).collect();
    }
    let least = 1e-3 * largest;
    let first: Vec<f64> = points.iter().map(|p| p.weight(p.rmse.max(0.1 * largest))).collect();
    let (law, _) = ErrorForm::FloorAndRoot.fit(points, &first);
    points.iter().map(|p| p.weight(law.at(p.full_runs).max(least))).collect()
}
