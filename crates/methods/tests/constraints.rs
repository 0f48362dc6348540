//! Constraints on metrics that runs report: the search keeps to what is likely to satisfy them, and recommends only what does.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use jobs::{Bound, History, OutcomeConstraint, Phase, Problem, Report, RunRecord, Study, Trial};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, Point, Seed, Steps, Target};
use methods::{AcquisitionChoice, JobsOptions, find};

/// Loss and the constrained metric of a configuration at a step. The lowest loss is at x = 0.9, and `general` rises with x.
fn values(point: &Point, step: u64) -> (f64, f64) {
    let (x, y) = (point.real("x").unwrap(), point.real("y").unwrap());
    let rest = (-(step as f64) / 30.0).exp();
    (1.0 + (x - 0.9).powi(2) + (y - 0.5).powi(2) + 0.4 * rest, 1.0 + x + 0.2 * (y - 0.5) + 0.3 * rest)
}

fn problem(total: u64, seed: u64, bounds: &[Bound]) -> Problem {
    let space = TestSpace::default().real("x", 0.0, 1.0).real("y", 0.0, 1.0).build();
    let budget = Budget { total: Steps(total), full: Steps(100), early: Steps(20) };
    let constraints = bounds.iter().map(|&bound| OutcomeConstraint { metric: "general".into(), bound }).collect();
    Problem { constraints, ..Problem::new(space, budget, Target::Best, Seed(seed)) }
}

fn train(study: &mut Study, trial: &Trial) {
    let steps = (1..=trial.to.0 / 10).map(|i| i * 10);
    let curve = LearningCurve::from_pairs(steps.clone().map(|s| (Steps(s), values(&trial.point, s).0))).unwrap();
    let new = steps.filter(|s| *s > trial.from.0).map(|s| (Steps(s), values(&trial.point, s).1)).collect();
    study.record_metrics(trial.run, BTreeMap::from([("general".to_owned(), new)])).unwrap();
    study.tell(Report { run: trial.run, step: trial.to, curve }).unwrap();
}

fn searched(problem: &Problem, method: Box<dyn jobs::Method>) -> Study {
    let mut study = Study::new(problem.clone(), method).unwrap();
    while let Some(trial) = study.ask().unwrap() {
        train(&mut study, &trial);
    }
    study
}

fn best(study: &Study) -> (RunRecord, f64) {
    let run = study.history().run(study.best().unwrap().unwrap().run).unwrap();
    (run.clone(), study.history().value(run).unwrap())
}

/// The share of the new runs of the search, after its design, that satisfy `general <= 1.5` when they are trained to the end.
fn feasible_share(history: &History) -> f64 {
    let chosen = || history.runs().iter().skip(12);
    chosen().filter(|r| values(&r.point, 100).1 <= 1.5).count() as f64 / chosen().count() as f64
}

#[test]
fn the_best_feasible_configuration_is_found() {
    for seed in 0..3 {
        let free = problem(1500, seed, &[]);
        let (run, _) = best(&searched(&free, JobsOptions::default().make(&free).unwrap()));
        assert!(values(&run.point, 100).1 > 1.5, "without the constraint, the best configuration violates it");
        for acquisition in [JobsOptions::default().acquisition, AcquisitionChoice::LogEi] {
            let problem = problem(1500, seed, &[Bound::AtMost(1.5)]);
            let options = JobsOptions { acquisition, ..JobsOptions::default() };
            let study = searched(&problem, options.make(&problem).unwrap());
            let (run, value) = best(&study);
            assert!(study.history().is_feasible(&run), "{:?}", run.metrics);
            // the lowest loss of a feasible configuration is 1.176, and 9 in 10 of them have more than 1.23
            assert!(value < 1.23, "seed {seed}, {acquisition}: {value}");
            let share = feasible_share(study.history());
            assert!(share > 0.3, "seed {seed}, {acquisition}: {share} of the search's runs would be feasible");
        }
    }
}

#[test]
fn a_limit_from_below_is_one_from_above_of_the_negative() {
    let problem = problem(1000, 4, &[Bound::AtLeast(1.95)]);
    let study = searched(&problem, JobsOptions::default().make(&problem).unwrap());
    let (run, _) = best(&study);
    assert!(study.history().is_feasible(&run) && values(&run.point, 100).1 >= 1.95, "{:?}", run.metrics);
}

#[test]
fn where_no_run_is_feasible_the_least_violation_is_recommended() {
    let bounds = [Bound::AtMost(0.5)];
    for name in ["jobs", "bo-logei", "random"] {
        let problem = problem(800, 2, &bounds);
        let study = searched(&problem, find(name).unwrap().make(&problem).unwrap());
        let h = study.history();
        let (run, _) = best(&study);
        let least = h.finished().map(|r| h.violation(r)).fold(f64::INFINITY, f64::min);
        assert!(least > 0.0 && h.violation(&run) == least, "{name}");
        assert_eq!(h.best_finished().unwrap().0.id, run.id, "{name}");
    }
}

#[test]
fn a_run_without_the_metric_is_not_known_to_be_feasible() {
    let problem = problem(800, 3, &[Bound::AtMost(9.0)]);
    let mut study = Study::new(problem.clone(), find("random").unwrap().make(&problem).unwrap()).unwrap();
    while let Some(trial) = study.ask().unwrap() {
        let silent = trial.run.0 % 2 == 1;
        let curve =
            LearningCurve::from_pairs((1..=trial.to.0 / 10).map(|i| (Steps(10 * i), values(&trial.point, 10 * i).0)));
        if silent {
            study.tell(Report { run: trial.run, step: trial.to, curve: curve.unwrap() }).unwrap();
        } else {
            train(&mut study, &trial);
        }
    }
    let h = study.history();
    assert!(h.finished().any(|r| r.id.0 % 2 == 1 && h.violation(r).is_infinite()), "some run lacks the metric");
    assert_eq!(best(&study).0.id.0 % 2, 0);
}

/// The constraint is a property of the evaluation that scores the run, not of its last one.
#[test]
fn the_evaluation_that_scores_a_run_decides() {
    let mut problem = problem(500, 0, &[Bound::AtMost(1.0)]);
    for (target, feasible) in [(Target::Best, true), (Target::Last, false)] {
        problem.target = target;
        let mut history = History::new(problem.clone()).unwrap();
        let point = problem.design(1).remove(0);
        let trial = history.start(point, Steps(100), Phase::Search).unwrap();
        let general = vec![(Steps(50), 0.9), (Steps(100), 1.1)];
        history.record_metrics(trial.run, BTreeMap::from([("general".to_owned(), general)])).unwrap();
        let curve = LearningCurve::from_pairs([(Steps(50), 2.0), (Steps(100), 2.5)]).unwrap();
        history.tell(Report { run: trial.run, step: trial.to, curve }).unwrap();
        assert_eq!(history.is_feasible(&history.runs()[0]), feasible, "{target:?}");
    }
}

#[test]
fn a_study_that_was_interrupted_goes_on_as_it_would_have() {
    let problem = problem(1000, 5, &[Bound::AtMost(1.5)]);
    let make = || JobsOptions::default().make(&problem).unwrap();
    let whole = searched(&problem, make());
    let mut first = Study::new(problem.clone(), make()).unwrap();
    for _ in 0..25 {
        let trial = first.ask().unwrap().unwrap();
        train(&mut first, &trial);
    }
    let kept = first.kept_state().unwrap();
    let (mut study, _) = Study::resume(problem.clone(), make(), first.events().to_vec(), Some(&kept)).unwrap();
    while let Some(trial) = study.ask().unwrap() {
        train(&mut study, &trial);
    }
    assert_eq!(study.events(), whole.events());
}
