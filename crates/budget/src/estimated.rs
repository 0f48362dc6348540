use jobs_core::{Allocation, AllocationError, Allocator, Budget, Seed};

use crate::error::at_least;
use crate::estimate::{Interval, normals};
use crate::{BoundModel, ErrorLaw, ErrorPoint, ErrorPrior, Estimate, RegretBound, TheoryError};

/// Draws of the constants behind every interval.
const DRAWS: u64 = 200;

/// The constants of the bound, estimated from pilot runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pilot {
    /// B ([`crate::norm_from_pilot`]).
    pub norm_bound: Estimate,
    /// R0 ([`crate::noise_from_replicates`]).
    pub noise_sd: Estimate,
    /// Errors of the predictor after some numbers of full runs; may be empty.
    pub errors: Vec<ErrorPoint>,
    /// The prior of the error law.
    pub prior: ErrorPrior,
}

/// [`RegretBound`] with constants estimated from pilot runs, with intervals: the constants are redrawn 200
/// times from their posterior (B and R0 log-normal with their standard errors; a and k from the posterior
/// of [`ErrorPrior`]) and the allocation is repeated with each.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    best: RegretBound,
    draws: Vec<BoundModel>,
}

impl Estimated {
    /// `base` gives what is not estimated: delta, gamma, the role of the error, and V.
    ///
    /// # Errors
    /// Pilot values that are negative or not finite; bad error points; a prior that is zero.
    pub fn new(pilot: &Pilot, base: &RegretBound, seed: Seed) -> Result<Self, TheoryError> {
        let model =
            |norm_bound, noise_sd, error: ErrorLaw| BoundModel { norm_bound, noise_sd, error, ..base.model.clone() };
        let best = model(pilot.norm_bound.value, pilot.noise_sd.value, pilot.prior.updated(&pilot.errors)?);
        best.check()?;
        for estimate in [pilot.norm_bound, pilot.noise_sd] {
            at_least("a standard error", estimate.standard_error, 0.0, "a finite number, not negative")?;
        }
        let mut draws = Vec::with_capacity(DRAWS as usize);
        for i in 0..DRAWS {
            let mut z = normals(seed, "pilot", i);
            let mut draw = |estimate: &Estimate| estimate.draw(z.next().unwrap_or(0.0));
            let (norm_bound, noise_sd) = (draw(&pilot.norm_bound), draw(&pilot.noise_sd));
            draws.push(model(norm_bound, noise_sd, pilot.prior.draw(&pilot.errors, seed, i)?));
        }
        Ok(Self { best: RegretBound { model: best, verification_runs: base.verification_runs }, draws })
    }

    /// The allocator with the best guess of every constant: its curve, optimum and sensitivity.
    pub fn regret_bound(&self) -> &RegretBound {
        &self.best
    }

    /// The error floor a and scale k, with standard errors.
    pub fn error_law(&self) -> (Estimate, Estimate) {
        let law = self.best.model.error;
        let draws = |of: fn(&ErrorLaw) -> f64| self.draws.iter().map(|d| of(&d.error)).collect::<Vec<_>>();
        (Estimate::with_spread(law.floor, &draws(|l| l.floor)), Estimate::with_spread(law.scale, &draws(|l| l.scale)))
    }

    /// The range of the best N that the pilot leaves possible, and what choosing the best guess may cost.
    ///
    /// # Errors
    /// As [`Allocator::allocate`].
    pub fn certainty(&self, budget: &Budget, level: f64) -> Result<Certainty, AllocationError> {
        let chosen = self.best.optimum(budget)?;
        let (mut optima, mut excess) = (vec![], vec![]);
        for model in &self.draws {
            let drawn = RegretBound { model: model.clone(), ..self.best };
            let optimum = drawn.optimum(budget)?;
            optima.push(optimum.full_runs as f64);
            let ratio = model.at(chosen.full_runs, chosen.early_runs) / optimum.bound;
            excess.push(if ratio.is_finite() { ratio - 1.0 } else { 0.0 });
        }
        Ok(Certainty {
            full_runs: Interval::middle(level, optima),
            excess: Interval::middle(2.0 * level - 1.0, excess).high,
        })
    }
}

/// How sure an estimated allocation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certainty {
    /// Interval of the best N.
    pub full_runs: Interval,
    /// At the given level, how much the bound at the chosen N exceeds the best one at most, relative to it: small where
    /// the valley is flat, however wide the interval of N.
    pub excess: f64,
}

impl Allocator for Estimated {
    /// # Errors
    /// As [`RegretBound::allocate`](Allocator::allocate).
    fn allocate(&self, budget: &Budget) -> Result<Allocation, AllocationError> {
        self.best.allocate(budget)
    }
}
