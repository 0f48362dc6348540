//! A plan says what its allocator does, whatever the budget.

use budget::{ErrorRole, Plan, RegretBound};
use jobs_core::{Allocator, Budget, Steps};
use proptest::prelude::*;

fn budget(total: u64, full: u64, early: u64) -> Budget {
    Budget { total: Steps(total), full: Steps(full), early: Steps(early) }
}

#[test]
fn the_plan_of_fifty_full_runs() {
    let plan = Plan::new(&RegretBound::default(), &budget(31_250, 625, 100)).unwrap();
    assert_eq!((plan.allocation.full_runs, plan.allocation.early_runs, plan.left_over), (17, 200, 0));
    assert_eq!((plan.as_good.first(), plan.as_good.last()), (Some(&10), Some(&27)));
    assert_eq!(plan.other_role.full_runs, 29);
    let text = plan.to_string();
    for words in ["17 runs of    625 steps =     10625", "200 runs of    100", "from 10 to 27", "N = 29", "<- least"] {
        assert!(text.contains(words), "`{words}` is not in\n{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    assert_eq!(json["allocation"]["full_runs"], 17);
    assert_eq!(json["curve"][48]["bound"], serde_json::Value::Null);
    assert_eq!(json["curve"][0]["full_runs"], 1);
    assert_eq!(json["constants"]["error_role"], "noise");
    assert_eq!(json["sensitivity"][0]["constant"], "norm_bound");
}

#[test]
fn with_nothing_to_search_it_says_so() {
    let plan = Plan::new(&RegretBound::default(), &budget(1_250, 625, 100)).unwrap();
    assert!(plan.as_good.is_empty() && plan.to_string().contains("too small for this method"));
}

proptest! {
    #![proptest_config(crate::fixed_cases())]

    /// The same split as the allocator's, or the same refusal; the text is always there.
    #[test]
    fn plan_and_allocator_agree(total: u64, full in 1u64..u64::MAX, early: u64, verify in 0u64..3, misspecified: bool) {
        let mut allocator = RegretBound { verification_runs: verify, ..RegretBound::default() };
        if misspecified {
            allocator.model.role = ErrorRole::Misspecification;
        }
        // half of the cases with budgets that pay for many runs
        let budget = budget(total, if misspecified { full % 100_000 } else { full }, early % full.max(1));
        match (Plan::new(&allocator, &budget), allocator.allocate(&budget)) {
            (Ok(plan), Ok(allocation)) => {
                prop_assert_eq!(plan.allocation, allocation);
                prop_assert_eq!(allocation.cost(&budget).map(|c| c.0 + plan.left_over), Some(budget.total.0));
                prop_assert!(plan.to_string().lines().count() > 10);
            }
            (Err(a), Err(b)) => prop_assert_eq!(a, b),
            (a, b) => prop_assert!(false, "{:?} {:?}", a, b),
        }
    }
}
