//! A split of the budget by the regret bound, with constants from recorded full runs.

mod constants;
mod error;
mod measured;
#[cfg(test)]
mod tests;

use std::fmt;

use budget::{ErrorPrior, Estimate, Estimated, Interval, Pilot, Plan, RegretBound};
use jobs_core::{AllocationError, Budget, Seed};
use predictor::Factory;
use predictor::evaluate::Recorded;
use serde::Serialize;

use self::constants::{errors, noise, norm};
pub use self::error::PilotError;
pub use self::measured::{Known, Measured, MeasuredError};

/// Confidence level of the intervals.
const LEVEL: f64 = 0.9;

/// A plan whose constants are estimated from recorded full runs.
///
/// - **The predictor's error** `a + k / sqrt(N)`: the root mean squared error on held-out runs after fitting on 4, 6, 9, ... runs
///   (8 random splits each), then a and k by [`ErrorPrior::updated`]. All points share the same n runs, so together they count as
///   n residuals.
/// - **The norm B** by [`budget::norm_from_pilot`] under a Matern-5/2 kernel with one length scale of 2 over encoded coordinates.
/// - **The training noise R0** from configurations trained more than once, where there are any.
#[derive(Clone, Debug, Serialize)]
pub struct PilotPlan {
    /// What was measured.
    pub pilot: Measured,
    /// The plan with the best guess of every constant.
    #[serde(flatten)]
    pub plan: Plan,
}

/// Constants that are given instead of estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GivenConstants {
    /// B.
    pub norm_bound: Option<f64>,
    /// R0.
    pub noise_sd: Option<f64>,
}

impl PilotPlan {
    /// Estimates the constants from recorded full runs, with predictors built by `make`, and plans `budget` with them. Runs without
    /// an evaluation by the end of an early run are left out. `base` gives the rest: delta, gamma, the role of the error and V, and
    /// the noise where no configuration was trained twice.
    ///
    /// # Errors
    /// Fewer than nine full runs, a bad budget or constant, or a predictor that fails.
    pub fn new(
        make: &Factory,
        recorded: &Recorded,
        budget: &Budget,
        base: &RegretBound,
        given: GivenConstants,
        seed: Seed,
    ) -> Result<Self, PilotError> {
        budget.check().map_err(AllocationError::from)?;
        let recorded = recorded.seen_by(budget.early);
        let points = errors(make, &recorded, budget, seed)?;
        let noise_sd = given.noise_sd.map_or_else(|| noise(&recorded, &base.model), |v| Ok(Estimate::exact(v)))?;
        let norm_bound = match given.norm_bound {
            Some(value) => Estimate::exact(value),
            None => norm(&recorded.space, &recorded.runs, noise_sd.value)?,
        };
        let pilot = Pilot { norm_bound, noise_sd, errors: points, prior: ErrorPrior::default() };
        let estimated = Estimated::new(&pilot, base, seed)?;
        let plan = Plan::new(estimated.regret_bound(), budget)?;
        let certainty = estimated.certainty(budget, LEVEL)?;
        let (floor, scale) = estimated.error_law();
        let Interval { low, high } = certainty.full_runs;
        let pilot = Measured {
            runs: recorded.runs.len(),
            errors: pilot.errors.iter().map(|p| MeasuredError { full_runs: p.full_runs, rmse: p.rmse }).collect(),
            error_floor: floor.into(),
            error_scale: scale.into(),
            norm_bound: norm_bound.into(),
            noise_sd: noise_sd.into(),
            best_full_runs: [low as u64, high as u64],
            excess: certainty.excess,
        };
        Ok(Self { pilot, plan })
    }
}

impl fmt::Display for PilotPlan {
    /// What was measured, then the plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.pilot, self.plan)
    }
}
