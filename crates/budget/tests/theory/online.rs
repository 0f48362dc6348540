//! Learn or search, at the extremes and in between.

use budget::{BoundModel, Decision, ErrorLaw, ErrorPoint, OnlineRule, RegretBound, TheoryError, Verdict};
use jobs_core::{Budget, BudgetError, Steps};
use proptest::prelude::*;

fn left(total: u64) -> Budget {
    Budget { total: Steps(total), full: Steps(625), early: Steps(100) }
}

/// Errors exactly on `law` after 2, 3, ..., `done` full runs.
fn errors(law: ErrorLaw, done: u64) -> Vec<ErrorPoint> {
    (2..=done).map(|n| ErrorPoint { full_runs: n, rmse: law.at(n), residuals: n }).collect()
}

fn decide(law: ErrorLaw, done: u64, remaining: u64) -> Verdict {
    OnlineRule::default().worth_another_full_run(done, &errors(law, done), &left(remaining)).unwrap()
}

#[test]
fn extremes() {
    // nothing learned: the first full run is always worth it
    let first = decide(ErrorLaw::RECORDED, 0, 20_000);
    assert_eq!((first.decision, first.search_now), (Decision::Learn, f64::INFINITY));
    assert!(first.learn_first.is_finite());
    // a perfect predictor needs no more
    let perfect = decide(ErrorLaw::with_floor(0.0, 0.0), 5, 20_000);
    assert_eq!(perfect.decision, Decision::Search);
    assert!(perfect.search_now < perfect.learn_first);
    // one that has surely reached its floor neither
    let flat: Vec<ErrorPoint> = (2..=20).map(|n| ErrorPoint { full_runs: n, rmse: 0.2, residuals: 100 * n }).collect();
    let verdict = OnlineRule::default().worth_another_full_run(20, &flat, &left(20_000)).unwrap();
    assert_eq!(verdict.decision, Decision::Search);
    // a bad one that learns fast, with much left, does
    let fast = decide(ErrorLaw::with_floor(0.0, 5.0), 3, 40_000);
    assert_eq!(fast.decision, Decision::Learn);
    assert!(fast.search_now > fast.learn_first && fast.more_full_runs >= 1);
    // the verification run is not touched: 1.9 full runs left pay for none but it
    let poor = decide(ErrorLaw::with_floor(0.0, 5.0), 3, 1_200);
    assert_eq!((poor.decision, poor.more_full_runs, poor.learn_first), (Decision::Search, 0, f64::INFINITY));
    let broke = decide(ErrorLaw::RECORDED, 3, 0);
    assert_eq!((broke.decision, broke.search_now, broke.learn_first), (Decision::Search, f64::INFINITY, f64::INFINITY));
    // the last affordable full run would leave nothing to search with
    assert_eq!(decide(ErrorLaw::with_floor(0.0, 5.0), 3, 1_250).decision, Decision::Search);
}

#[test]
fn a_threshold_stops_sooner() {
    let errors = errors(ErrorLaw::RECORDED, 6);
    let with = |least_gain| {
        OnlineRule { least_gain, ..OnlineRule::default() }.worth_another_full_run(6, &errors, &left(25_000))
    };
    let patient = with(0.0).unwrap();
    assert_eq!(patient.decision, Decision::Learn);
    let share = (patient.search_now - patient.learn_first) / patient.search_now;
    assert_eq!(with((share * 1.01).min(0.99)).unwrap().decision, Decision::Search);
    assert!(matches!(with(1.0), Err(TheoryError::OutOfRange { what: "least_gain", .. })));
}

#[test]
fn bad_input_is_named() {
    let rule = OnlineRule::default();
    let zero = Budget { full: Steps(0), ..left(1000) };
    assert_eq!(
        rule.worth_another_full_run(3, &[], &zero),
        Err(TheoryError::Budget(BudgetError::Zero { what: "a full run" }))
    );
    let bad = [ErrorPoint { full_runs: 0, rmse: 0.1, residuals: 3 }];
    assert!(matches!(rule.worth_another_full_run(3, &bad, &left(1000)), Err(TheoryError::OutOfRange { .. })));
    let broken = OnlineRule { model: BoundModel { delta: 2.0, ..BoundModel::default() }, ..rule };
    assert!(matches!(broken.worth_another_full_run(3, &[], &left(1000)), Err(TheoryError::Allocation(_))));
}

proptest! {
    #![proptest_config(crate::fixed_cases())]

    /// Followed step by step with errors on the prior's own law, the rule ends at the N of the offline allocation (its
    /// look-ahead is the same bound): online and offline differ only by what is learnt on the way.
    #[test]
    fn on_the_expected_law_online_is_offline(scale in 0.05f64..2.0, runs in 5u64..60) {
        let law = ErrorLaw::RECORDED.scaled(scale);
        let model = BoundModel { error: law, ..BoundModel::default() };
        let rule = OnlineRule { model: model.clone(), ..OnlineRule::default() };
        let total = runs * 625;
        let offline = RegretBound { model: model.clone(), verification_runs: 1 }.optimum(&left(total)).unwrap();
        let mut done = 0;
        loop {
            let verdict = rule.worth_another_full_run(done, &errors(law, done), &left(total - done * 625)).unwrap();
            if verdict.decision == Decision::Search {
                break;
            }
            done += 1;
        }
        let rounds = (total - (done + 1) * 625) / 100;
        prop_assert!(model.at(done, rounds) <= offline.bound * (1.0 + 1e-9), "{done} against {}", offline.full_runs);
    }

    /// Any input gives a verdict or an error; a verdict to learn is affordable.
    #[test]
    fn learning_is_affordable(total: u64, full in 1u64..u64::MAX, early: u64, done: u64, rmse in 0.0f64..10.0) {
        let remaining = Budget { total: Steps(total), full: Steps(full), early: Steps(early) };
        let errors = [ErrorPoint { full_runs: done.max(1), rmse, residuals: 5 }];
        if let Ok(verdict) = OnlineRule::default().worth_another_full_run(done, &errors, &remaining)
            && verdict.decision == Decision::Learn
        {
            prop_assert!(total / full >= 2, "the verification run and one more");
        }
    }
}
