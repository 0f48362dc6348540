use jobs_core::{Allocation, AllocationError, Allocator, Budget};

use crate::split::split;

/// Fixed N and V, with the rest for the search: the paper's N = 30, or no predictor with N = 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedSplit {
    /// N.
    pub full_runs: u64,
    /// V: full runs kept to verify recommendations.
    pub verification_runs: u64,
}

impl Allocator for FixedSplit {
    /// # Errors
    /// A budget that fails [`Budget::check`], or `N + V` full runs that exceed it.
    fn allocate(&self, budget: &Budget) -> Result<Allocation, AllocationError> {
        split(budget, self.full_runs, self.verification_runs)
    }
}
