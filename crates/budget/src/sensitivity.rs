use jobs_core::{AllocationError, Budget};
use serde::Serialize;

use crate::{BoundPoint, RegretBound};

/// Multiplies one constant of an allocator.
type Change = fn(&mut RegretBound, f64);

/// How the best split moves when one constant is off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// Which constant.
    pub constant: &'static str,
    /// Its value in the model; 1 for the information gain, which is scaled as a whole.
    pub value: f64,
    /// The best split with the constant divided by the factor.
    pub low: BoundPoint,
    /// The best split with the constant times the factor.
    pub high: BoundPoint,
}

impl RegretBound {
    /// The best splits with each constant divided and multiplied by `factor`, one at a time (1/delta for delta).
    ///
    /// # Errors
    /// As [`RegretBound::optimum`], and for a factor below 1.
    pub fn sensitivity(&self, budget: &Budget, factor: f64) -> Result<Vec<Sensitivity>, AllocationError> {
        if !(factor >= 1.0 && factor.is_finite()) {
            return Err(AllocationError::Constant { what: "the factor", value: factor, expected: "at least 1" });
        }
        let change = |set: Change, by: f64| {
            let mut changed = self.clone();
            set(&mut changed, by);
            changed.optimum(budget)
        };
        let m = &self.model;
        let constants: [(&'static str, f64, Change); 6] = [
            ("norm_bound", m.norm_bound, |r, by| r.model.norm_bound *= by),
            ("noise_sd", m.noise_sd, |r, by| r.model.noise_sd *= by),
            ("error_scale", m.error.scale, |r, by| r.model.error.scale *= by),
            ("error_floor", m.error.floor, |r, by| r.model.error.floor *= by),
            ("information_gain", 1.0, |r, by| r.model.gain = r.model.gain.scaled(by)),
            ("one_over_delta", 1.0 / m.delta, |r, by| r.model.delta = (r.model.delta / by).min(1.0)),
        ];
        let row = |(constant, value, set): (&'static str, f64, Change)| {
            Ok(Sensitivity { constant, value, low: change(set, 1.0 / factor)?, high: change(set, factor)? })
        };
        constants.into_iter().map(row).collect()
    }
}
