use jobs_core::Seed;

use crate::error::at_least;
use crate::error_point::check;
use crate::estimate::normals;
use crate::least_squares::{Row, fit_nonnegative};
use crate::{ErrorLaw, ErrorPoint, TheoryError};

/// The prior of the error law, before any measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorPrior {
    /// The expected shape; its size is adapted to the data.
    pub law: ErrorLaw,
    /// Standard deviations of a and of k, relative to the law's.
    pub relative_sd: f64,
}

/// The recorded law, each constant known to half of itself.
impl Default for ErrorPrior {
    fn default() -> Self {
        Self { law: ErrorLaw::RECORDED, relative_sd: 0.5 }
    }
}

impl ErrorPrior {
    /// The law given what was measured so far: the prior law is scaled to the data's level (so that its units do not
    /// matter), then a and k >= 0 minimise
    ///
    /// `sum_i 2 m_i ((rmse_i - e(N_i)) / e_0(N_i))^2 + ((a - a_0) / (s a_0))^2 + ((k - k_0) / (s k_0))^2`,
    ///
    /// e_0 = a_0 + k_0 N^{-p} the scaled prior, m_i the residual counts, s = `relative_sd`. p stays; a floor of 0 stays 0.
    /// No points leave the prior as it is.
    ///
    /// # Errors
    /// Bad points as for [`crate::ErrorFit::new`]; a prior that is zero, negative or not finite.
    pub fn updated(&self, points: &[ErrorPoint]) -> Result<ErrorLaw, TheoryError> {
        if points.is_empty() {
            return Ok(self.law);
        }
        self.solve(points, points, [1.0, 1.0])
    }

    /// A draw of the law from its posterior: the same least squares with data and prior both redrawn.
    pub(crate) fn draw(&self, points: &[ErrorPoint], seed: Seed, index: u64) -> Result<ErrorLaw, TheoryError> {
        let law = self.updated(points)?;
        let mut z = normals(seed, "error prior", index);
        let mut normal = || z.next().unwrap_or(0.0);
        let shift = [1.0 + self.relative_sd * normal(), 1.0 + self.relative_sd * normal()];
        let redrawn = points.iter().map(|p| {
            let sd = law.at(p.full_runs) / (2.0 * p.residuals as f64).sqrt();
            ErrorPoint { rmse: (p.rmse + normal() * sd).max(0.0), ..*p }
        });
        self.solve(points, &redrawn.collect::<Vec<_>>(), shift)
    }

    /// `scaled_by` sets the level of the prior, `points` the data, `shift` moves the prior's centre (1 leaves it).
    fn solve(&self, scaled_by: &[ErrorPoint], points: &[ErrorPoint], shift: [f64; 2]) -> Result<ErrorLaw, TheoryError> {
        check(points)?;
        at_least(
            "the relative spread of the prior error law",
            self.relative_sd,
            f64::MIN_POSITIVE,
            "a positive number",
        )?;
        at_least("the prior error floor a", self.law.floor, 0.0, "a finite number, not negative")?;
        at_least("the prior error scale k", self.law.scale, 0.0, "a finite number, not negative")?;
        at_least("the prior error at N = 1", self.law.at(1), f64::MIN_POSITIVE, "a positive number")?;
        let total: f64 = scaled_by.iter().map(|p| p.residuals as f64).sum();
        let ratio = |p: &ErrorPoint| p.residuals as f64 * p.rmse / self.law.at(p.full_runs);
        let level = if total > 0.0 { scaled_by.iter().map(ratio).sum::<f64>() / total } else { 1.0 };
        at_least("the measured error relative to the prior's", level, 0.0, "a finite number")?;
        if level == 0.0 {
            return Ok(self.law.scaled(0.0));
        }
        let prior = self.law.scaled(level);
        let has_floor = if prior.floor > 0.0 { 1.0 } else { 0.0 };
        let mut rows: Vec<Row> = points
            .iter()
            .map(|p| Row {
                floor: has_floor,
                scale: (p.full_runs as f64).powf(-prior.exponent),
                y: p.rmse,
                weight: p.weight(prior.at(p.full_runs)),
            })
            .collect();
        let weight = |centre: f64| 1.0 / (self.relative_sd * centre).powi(2);
        if prior.floor > 0.0 {
            rows.push(Row { floor: 1.0, scale: 0.0, y: prior.floor * shift[0], weight: weight(prior.floor) });
        }
        if prior.scale > 0.0 {
            rows.push(Row { floor: 0.0, scale: 1.0, y: prior.scale * shift[1], weight: weight(prior.scale) });
        }
        let (floor, scale, _) = fit_nonnegative(&rows);
        Ok(ErrorLaw { floor, scale, exponent: prior.exponent })
    }
}
