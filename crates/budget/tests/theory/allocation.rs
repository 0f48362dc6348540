//! Allocators never overspend and never fail but for a reason, whatever they are given.

use budget::{BoundModel, EXACT_LIMIT, ErrorLaw, ErrorRole, FixedSplit, RegretBound, early_runs};
use jobs_core::conformance::check_allocator;
use jobs_core::{Allocation, AllocationError, Allocator, Budget, BudgetError, Steps};
use proptest::prelude::*;

fn budget(total: u64, full: u64, early: u64) -> Budget {
    Budget { total: Steps(total), full: Steps(full), early: Steps(early) }
}

/// Whole range, with the corners often.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), 0u64..2000, any::<u64>(), Just(u64::MAX)]
}

fn any_budget() -> impl Strategy<Value = Budget> {
    prop_oneof![
        (any_count(), any_count(), any_count()).prop_map(|(c, b, s)| budget(c, b, s)),
        (any_count(), any_count()).prop_map(|(c, b)| budget(c, b, b)),
        (1u64..5000, 1u64..5000, 1u64..5000).prop_map(|(c, b, s)| budget(c.saturating_mul(b), b.max(s), s)),
    ]
}

fn fits(budget: &Budget, allocation: &Allocation) -> bool {
    allocation.cost(budget).is_some_and(|cost| cost <= budget.total)
}

/// A refusal is right if the budget is bad or the full runs asked for do not fit.
fn rightly_refused(budget: &Budget, wanted: u128, error: &AllocationError) -> bool {
    match error {
        AllocationError::Budget(e) => budget.check() == Err(*e),
        AllocationError::TooManyFullRuns { affordable, .. } => {
            budget.check().is_ok() && wanted > u128::from(*affordable) && *affordable == budget.full_runs()
        }
        AllocationError::Constant { .. } => false,
    }
}

proptest! {
    #![proptest_config(crate::fixed_cases())]

    #[test]
    fn fixed_splits_never_overspend(budget in any_budget(), full_runs in any_count(), verification_runs in any_count()) {
        let wanted = u128::from(full_runs) + u128::from(verification_runs);
        let allocator = FixedSplit { full_runs, verification_runs };
        prop_assert_eq!(check_allocator(&allocator, &budget), Ok(()));
        match allocator.allocate(&budget) {
            Ok(a) => {
                prop_assert_eq!((a.full_runs, a.verification_runs), (full_runs, verification_runs));
                let one_more = a.early_runs.checked_add(1).map(|early_runs| Allocation { early_runs, ..a });
                prop_assert!(!one_more.is_some_and(|more| fits(&budget, &more)), "steps left over");
            }
            Err(e) => prop_assert!(rightly_refused(&budget, wanted, &e), "{e}"),
        }
    }

    #[test]
    fn the_regret_bound_never_overspends(budget in any_budget(), verification_runs in prop_oneof![0u64..4, any_count()]) {
        let allocator = RegretBound { verification_runs, ..RegretBound::default() };
        prop_assert_eq!(check_allocator(&allocator, &budget), Ok(()));
        match allocator.allocate(&budget) {
            Ok(a) => {
                prop_assert!(a.full_runs >= 1 && a.verification_runs == verification_runs);
                for point in allocator.curve(&budget).unwrap() {
                    let split = Allocation { full_runs: point.full_runs, early_runs: point.early_runs, verification_runs };
                    prop_assert!(fits(&budget, &split));
                }
            }
            Err(e) => prop_assert!(rightly_refused(&budget, u128::from(verification_runs) + 1, &e), "{e}"),
        }
    }

    /// The chosen N is the least of all, found by brute force here.
    #[test]
    fn the_chosen_n_is_the_best(
        runs in 1u64..300, full in 1u64..700, early in 1u64..700, odd in 0u64..700, verification_runs in 0u64..3,
        k in 0.01f64..2.0, norm_bound in 0.01f64..20.0, misspecified: bool,
    ) {
        let budget = budget(runs * full + odd, full, early.min(full));
        prop_assume!(budget.full_runs() > verification_runs);
        let role = if misspecified { ErrorRole::Misspecification } else { ErrorRole::Noise };
        let model = BoundModel { norm_bound, error: ErrorLaw::root(k), role, ..BoundModel::default() };
        let chosen = RegretBound { model: model.clone(), verification_runs }.optimum(&budget).unwrap();
        for n in 1..=budget.full_runs() - verification_runs {
            prop_assert!(model.at(n, early_runs(&budget, n, verification_runs).unwrap()) >= chosen.bound);
        }
    }
}

#[test]
fn corners() {
    let default = RegretBound::default();
    let refused = |b| default.allocate(&b).unwrap_err();
    assert_eq!(
        refused(budget(99, 100, 10)),
        BudgetError::BelowOneFullRun { total: Steps(99), full: Steps(100) }.into()
    );
    assert_eq!(
        refused(budget(100, 10, 20)),
        BudgetError::EarlyExceedsFull { early: Steps(20), full: Steps(10) }.into()
    );
    assert_eq!(refused(budget(100, 10, 0)), BudgetError::Zero { what: "an early run" }.into());
    assert_eq!(refused(budget(199, 100, 10)), AllocationError::TooManyFullRuns { wanted: 2, affordable: 1 });
    let allocation = |full_runs, early_runs, verification_runs| Allocation { full_runs, early_runs, verification_runs };
    // nothing left to search with: the one possible N all the same
    assert_eq!(default.allocate(&budget(200, 100, 10)), Ok(allocation(1, 0, 1)));
    assert_eq!(
        FixedSplit { full_runs: 0, verification_runs: 0 }.allocate(&budget(105, 100, 10)),
        Ok(allocation(0, 10, 0))
    );
    assert_eq!(
        FixedSplit { full_runs: 30, verification_runs: 0 }.allocate(&budget(50_000, 1000, 100)),
        Ok(allocation(30, 200, 0))
    );
    assert_eq!(
        FixedSplit { full_runs: u64::MAX, verification_runs: 1 }.allocate(&budget(100, 10, 1)),
        Err(AllocationError::TooManyFullRuns { wanted: u64::MAX, affordable: 10 })
    );
}

#[test]
fn the_largest_budgets_take_no_time() {
    let start = std::time::Instant::now();
    for (total, full, early) in [(u64::MAX, 1, 1), (u64::MAX, 625, 100), (u64::MAX, u64::MAX / 3, 1)] {
        let budget = budget(total, full, early);
        let allocation = RegretBound::default().allocate(&budget).unwrap();
        assert!(fits(&budget, &allocation));
    }
    assert!(start.elapsed().as_secs() < 5);
}

/// Beyond the exact limit the refined grid finds what a full scan finds.
#[test]
fn the_refined_grid_agrees_with_a_scan() {
    for norm_bound in [0.05, 3.0, 300.0] {
        let model = BoundModel { norm_bound, ..BoundModel::default() };
        let budget = budget(8 * EXACT_LIMIT * 10, 10, 3);
        let chosen = RegretBound { model: model.clone(), verification_runs: 0 }.optimum(&budget).unwrap();
        let scan = (1..=budget.full_runs())
            .map(|n| model.at(n, early_runs(&budget, n, 0).unwrap()))
            .fold(f64::INFINITY, f64::min);
        approx::assert_relative_eq!(chosen.bound, scan, max_relative = 1e-12);
    }
}

#[test]
fn curve_and_sensitivity_are_fit_to_print() {
    let allocator = RegretBound::default();
    let plan = budget(31_250, 625, 100);
    let curve = allocator.curve(&plan).unwrap();
    assert_eq!(curve.len(), 49);
    let optimum = allocator.optimum(&plan).unwrap();
    assert!(curve.iter().all(|p| p.bound >= optimum.bound) && curve.contains(&optimum));
    let long = allocator.curve(&budget(u64::MAX, 3, 1)).unwrap();
    assert!(long.windows(2).all(|w| w[0].full_runs < w[1].full_runs));
    assert_eq!((long[0].full_runs, long[long.len() - 1].full_runs), (1, u64::MAX / 3 - 1));

    let rows = allocator.sensitivity(&plan, 2.0).unwrap();
    assert_eq!(rows.len(), 6);
    let row = |name: &str| rows.iter().find(|r| r.constant == name).unwrap();
    assert!(row("error_scale").high.full_runs > row("error_scale").low.full_runs);
    assert!(rows.iter().all(|r| r.high.bound >= r.low.bound));
    assert!(allocator.sensitivity(&plan, 0.5).is_err());
    let broken = RegretBound { model: BoundModel { delta: f64::NAN, ..BoundModel::default() }, verification_runs: 1 };
    assert!(matches!(broken.allocate(&plan), Err(AllocationError::Constant { what: "delta", .. })));
}
