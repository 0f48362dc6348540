use jobs_core::{Allocation, AllocationError, Budget};

/// T(N): early runs that fit after N = `full_runs` full runs and V = `verification_runs` more,
/// `T(N) = floor((C - (N + V) B) / B_small)`; `None` where the full runs alone exceed the budget or B_small is 0.
pub fn early_runs(budget: &Budget, full_runs: u64, verification_runs: u64) -> Option<u64> {
    let full = full_runs.checked_add(verification_runs)?.checked_mul(budget.full.0)?;
    budget.total.0.checked_sub(full)?.checked_div(budget.early.0)
}

/// The allocation of N and V with all that is left for early runs.
///
/// # Errors
/// A budget that fails [`Budget::check`], or more full runs than it pays for.
pub(crate) fn split(budget: &Budget, full_runs: u64, verification_runs: u64) -> Result<Allocation, AllocationError> {
    budget.check()?;
    match early_runs(budget, full_runs, verification_runs) {
        Some(early_runs) => Ok(Allocation { full_runs, early_runs, verification_runs }),
        None => Err(AllocationError::TooManyFullRuns {
            wanted: full_runs.saturating_add(verification_runs),
            affordable: budget.full_runs(),
        }),
    }
}

/// Largest N that leaves V full runs to verify with.
///
/// # Errors
/// A budget that fails [`Budget::check`], or one that pays for no full run besides the V.
pub(crate) fn most_full_runs(budget: &Budget, verification_runs: u64) -> Result<u64, AllocationError> {
    split(budget, 1, verification_runs)?;
    Ok(budget.full_runs() - verification_runs)
}
