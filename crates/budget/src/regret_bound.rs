use jobs_core::{Allocation, AllocationError, Allocator, Budget};
use serde::Serialize;

use crate::BoundModel;
use crate::argmin::argmin;
use crate::split::{early_runs, most_full_runs, split};

/// Most points of [`RegretBound::curve`].
pub const CURVE_POINTS: u64 = 1000;

/// The paper's allocation: the N whose average-regret bound is least,
///
/// `N* = argmin_{1 <= N <= C/B - V} bound(N, T(N))`, `T(N) = floor((C - (N + V) B) / B_small)`,
///
/// by trying every N (up to [`crate::EXACT_LIMIT`] of them; a refined grid beyond), the smallest of equals.
#[derive(Clone, Debug, PartialEq)]
pub struct RegretBound {
    /// The bound and its constants.
    pub model: BoundModel,
    /// V: full runs kept to verify recommendations.
    pub verification_runs: u64,
}

/// [`BoundModel::default`], one verification run.
impl Default for RegretBound {
    fn default() -> Self {
        Self { model: BoundModel::default(), verification_runs: 1 }
    }
}

/// The bound at one split.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BoundPoint {
    /// N.
    pub full_runs: u64,
    /// T(N).
    pub early_runs: u64,
    /// Average-regret bound, in units of the objective; infinite where T = 0.
    pub bound: f64,
}

impl RegretBound {
    /// The best split and its bound.
    ///
    /// # Errors
    /// As [`Allocator::allocate`].
    pub fn optimum(&self, budget: &Budget) -> Result<BoundPoint, AllocationError> {
        self.model.check()?;
        let high = most_full_runs(budget, self.verification_runs)?;
        Ok(self.point(budget, argmin(1, high, |n| self.point(budget, n).bound)))
    }

    /// The bound against N = 1, 2, ..., all that are affordable; evenly thinned to [`CURVE_POINTS`], ends kept.
    ///
    /// # Errors
    /// As [`Allocator::allocate`].
    pub fn curve(&self, budget: &Budget) -> Result<Vec<BoundPoint>, AllocationError> {
        self.model.check()?;
        let high = most_full_runs(budget, self.verification_runs)?;
        let points = high.min(CURVE_POINTS);
        let last = u128::from(points.saturating_sub(1).max(1));
        let place = |i: u64| 1 + (u128::from(high - 1) * u128::from(i) / last) as u64;
        Ok((0..points).map(|i| self.point(budget, place(i))).collect())
    }

    fn point(&self, budget: &Budget, full_runs: u64) -> BoundPoint {
        let early_runs = early_runs(budget, full_runs, self.verification_runs).unwrap_or(0);
        BoundPoint { full_runs, early_runs, bound: self.model.at(full_runs, early_runs) }
    }
}

impl Allocator for RegretBound {
    /// # Errors
    /// A budget that fails [`Budget::check`], one that pays for no full run besides the V, or a constant of the model
    /// outside its range.
    fn allocate(&self, budget: &Budget) -> Result<Allocation, AllocationError> {
        split(budget, self.optimum(budget)?.full_runs, self.verification_runs)
    }
}
