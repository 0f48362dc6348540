use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Steps;

/// The training budget, in optimiser steps: C in all, B for a full run, B_small for an early one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// C: steps in all, verification included.
    pub total: Steps,
    /// B: steps of a full run.
    pub full: Steps,
    /// B_small: steps of an early run.
    pub early: Steps,
}

/// Why a budget is unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BudgetError {
    /// A run without steps.
    #[error("{what} must be at least one step")]
    Zero {
        /// Which count.
        what: &'static str,
    },
    /// Early runs longer than full ones.
    #[error("an early run ({early} steps) is longer than a full run ({full} steps)")]
    EarlyExceedsFull {
        /// B_small.
        early: Steps,
        /// B.
        full: Steps,
    },
    /// Not even one full run fits.
    #[error("a budget of {total} steps does not pay for one full run of {full} steps")]
    BelowOneFullRun {
        /// C.
        total: Steps,
        /// B.
        full: Steps,
    },
}

impl Budget {
    /// Refuses counts of zero, early runs longer than full ones, and totals below one full run.
    pub fn check(&self) -> Result<(), BudgetError> {
        if self.full == Steps::ZERO {
            return Err(BudgetError::Zero { what: "a full run" });
        }
        if self.early == Steps::ZERO {
            return Err(BudgetError::Zero { what: "an early run" });
        }
        if self.early > self.full {
            return Err(BudgetError::EarlyExceedsFull { early: self.early, full: self.full });
        }
        if self.total < self.full {
            return Err(BudgetError::BelowOneFullRun { total: self.total, full: self.full });
        }
        Ok(())
    }

    /// How many full runs the whole budget pays for.
    pub fn full_runs(&self) -> u64 {
        self.total.0.checked_div(self.full.0).unwrap_or(0)
    }
}

/// A split of a [`Budget`]: N full runs to learn from, T early runs to search with, and full runs kept back to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// N.
    pub full_runs: u64,
    /// T.
    pub early_runs: u64,
    /// Full runs' worth of steps reserved to verify recommendations.
    pub verification_runs: u64,
}

impl Allocation {
    /// Steps the split spends, `None` past `u64::MAX`.
    pub fn cost(&self, budget: &Budget) -> Option<Steps> {
        let full = self.full_runs.checked_add(self.verification_runs)?.checked_mul(budget.full.0)?;
        full.checked_add(self.early_runs.checked_mul(budget.early.0)?).map(Steps)
    }
}

/// Decides how many full runs the predictor is worth.
pub trait Allocator: Send {
    /// A split that never costs more than the budget.
    fn allocate(&self, budget: &Budget) -> Result<Allocation, AllocationError>;
}

/// Why a budget could not be split.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AllocationError {
    /// The budget itself is unusable.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The wish does not fit.
    #[error("{wanted} full runs were asked for, the budget pays for {affordable}")]
    TooManyFullRuns {
        /// Full runs asked for, verification included.
        wanted: u64,
        /// Full runs the budget pays for.
        affordable: u64,
    },
    /// A constant outside its range.
    #[error("{what} is {value}, expected {expected}")]
    Constant {
        /// Which constant.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        expected: &'static str,
    },
}
