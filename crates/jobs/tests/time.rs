//! A budget in time.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{POLICIES, curve, policy, problem};
use jobs::{Event, History, HistoryError, Report, RunId, Study, TimeLimit};
use jobs_core::Steps;

/// Drives a study by hand; each step takes `pace` seconds, and starting takes `start`.
fn driven(name: &str, seconds: f64, most: Option<Steps>, pace: f64, start: f64) -> Study {
    let mut study = Study::new(problem(1500, 3), policy(name)).unwrap();
    study.set_time_limit(Some(TimeLimit { seconds, most }));
    while let Some(trial) = study.ask().unwrap() {
        let steps = trial.to.0 - trial.from.0;
        study.record_seconds(trial.run, start + pace * steps as f64).unwrap();
        let known = study.history().run(trial.run).unwrap().curve.clone();
        let pairs: Vec<(u64, f64)> = known.iter().map(|(s, v)| (s.0, v)).chain([(trial.to.0, 1.0)]).collect();
        study.tell(Report { run: trial.run, step: trial.to, curve: curve(&pairs) }).unwrap();
        study.follow_time().unwrap();
    }
    study
}

#[test]
fn the_time_is_used_and_overspent_by_no_more_than_a_run() {
    for name in POLICIES {
        for (pace, start) in [(1.0, 0.0), (3.0, 40.0), (0.2, 1.0)] {
            let study = driven(name, 1000.0, None, pace, start);
            let (used, run) = (study.history().seconds(), start + 100.0 * pace);
            assert!(used < 1000.0 + run && used > 1000.0 - run, "{name}: {used} s at {pace} s a step");
            let text: Vec<String> = study.events().iter().map(|e| serde_json::to_string(e).unwrap()).collect();
            let events: Vec<Event> = text.iter().map(|e| serde_json::from_str(e).unwrap()).collect();
            let again = Study::replay(problem(1500, 3), policy(name), events).unwrap();
            assert_eq!(again.history(), study.history(), "{name}: a replay needs no clock");
        }
    }
}

#[test]
fn the_first_budget_that_runs_out_ends_the_study() {
    for name in POLICIES {
        let study = driven(name, 1000.0, Some(Steps(300)), 0.1, 0.0);
        assert!(study.history().spent() <= Steps(300) && study.history().seconds() < 31.0, "{name}");
    }
}

#[test]
fn start_up_and_steps_are_told_apart() {
    let study = driven("promoting", 1000.0, None, 0.5, 10.0);
    let pace = study.history().pace().unwrap();
    let lengths: std::collections::BTreeSet<u64> = study.history().runs().iter().map(|r| r.step.0).collect();
    assert!(lengths.len() > 1, "{lengths:?}");
    assert!((pace.start_up - 10.0).abs() < 1e-6 && (pace.step - 0.5).abs() < 1e-9, "{pace:?}");
    assert!((pace.seconds(Steps(100)) - 60.0).abs() < 1e-6);
}

#[test]
fn withdrawn_runs_have_used_time_and_invalid_times_are_refused() {
    let mut study = driven(POLICIES[0], 100.0, None, 1.0, 0.0);
    let used = study.history().seconds();
    study.forget(RunId(0)).unwrap();
    assert_eq!(study.history().seconds(), used);
    let mut h = History::new(problem(1000, 0)).unwrap();
    assert!(matches!(h.record_seconds(RunId(0), 1.0), Err(HistoryError::NoSuchRun { .. })));
    let point = common::space().design(1, jobs_core::Seed(0)).remove(0);
    h.start(point, Steps(20), jobs::Phase::Search).unwrap();
    for seconds in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(h.record_seconds(RunId(0), seconds), Err(HistoryError::WrongTime { .. })));
    }
    assert_eq!(h.seconds_per_step(), None);
}

/// Without a limit nothing is recorded: journals stay as they are.
#[test]
fn time_is_recorded_only_where_it_is_limited() {
    let mut study = Study::new(problem(1000, 0), policy(POLICIES[0])).unwrap();
    let run = study.ask().unwrap().unwrap().run;
    study.record_seconds(run, 3.0).unwrap();
    assert_eq!((study.events().len(), study.is_out_of_time()), (1, false));
}
