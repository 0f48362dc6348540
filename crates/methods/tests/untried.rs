//! In a space of finitely many configurations, every method tries all of them before it repeats one.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Problem, Report, RunId, Study, Trial};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
use methods::{METHODS, MethodEntry};

/// Twelve configurations.
fn space() -> SearchSpace {
    TestSpace::default().integer("a", 0, 1).integer("b", 1, 3).categorical("k", &["x", "y"]).build()
}

fn problem(seed: u64) -> Problem {
    let budget = Budget { total: Steps(2600), full: Steps(100), early: Steps(20) };
    Problem::new(space(), budget, Target::Best, Seed(seed))
}

/// A bowl: nothing but the best configuration is worth a repeat.
fn train(trial: &Trial) -> Report {
    let x = space().encode(&trial.point);
    let bottom: f64 = 1.0 + x.iter().map(|v| (v - 0.8).powi(2)).sum::<f64>();
    let pairs = (1..=trial.to.0 / 10).map(|i| (Steps(i * 10), bottom + (-(i as f64) / 2.0).exp()));
    Report { run: trial.run, step: trial.to, curve: LearningCurve::from_pairs(pairs).unwrap() }
}

fn searched(method: &MethodEntry, problem: &Problem, workers: usize) -> Option<Study> {
    let mut study = Study::new(problem.clone(), method.make(problem).ok()?).unwrap();
    loop {
        let mut trials: Vec<Trial> = (0..workers).map_while(|_| study.ask().unwrap()).collect();
        if trials.is_empty() {
            return Some(study);
        }
        while let Some(trial) = trials.pop() {
            study.tell(train(&trial)).unwrap();
        }
    }
}

fn distinct(study: &Study, first: usize) -> usize {
    let runs = &study.history().runs()[..first.min(study.history().runs().len())];
    (0..runs.len()).filter(|&i| runs[..i].iter().all(|r| r.point != runs[i].point)).count()
}

#[test]
fn all_are_tried_before_any_is_repeated() {
    let mut checked = 0;
    for method in METHODS.iter().filter(|m| !["mf-kg", "default-config"].contains(&m.name)) {
        for workers in [1, 6] {
            let Some(study) = searched(method, &problem(3), workers) else { continue };
            let runs = study.history().runs().len();
            assert_eq!(distinct(&study, 12), runs.min(12), "{} with {workers} workers", method.name);
            assert!(study.best().unwrap().is_some());
            checked += 1;
        }
    }
    assert!(checked >= 20, "{checked}");
}

#[test]
fn studies_that_began_without_the_rule_go_on_without_it() {
    let old = Problem { untried_first: false, ..problem(3) };
    let study = searched(methods::find("jobs").unwrap(), &old, 1).unwrap();
    assert!(distinct(&study, 12) < 12);
}

/// A configuration that the user skipped is not proposed again, in a space without end either.
#[test]
fn what_is_skipped_stays_away() {
    let line = TestSpace::simplex(3).real("rate", 0.0, 1.0).build();
    let endless = Problem { space: line, ..problem(3) };
    for method in METHODS.iter().filter(|m| !["mf-kg", "default-config"].contains(&m.name)) {
        for problem in [problem(4), endless.clone()] {
            let Ok(made) = method.make(&problem) else { continue };
            let mut study = Study::new(problem.clone(), made).unwrap();
            let first = study.ask().unwrap().unwrap();
            study.skip(first.run).unwrap();
            for _ in 0..4 {
                let Some(trial) = study.ask().unwrap() else { break };
                assert_ne!(trial.point, first.point, "{}", method.name);
            }
            assert_eq!(study.history().run(RunId(0)).unwrap().status, jobs::Status::Withdrawn);
        }
    }
}
