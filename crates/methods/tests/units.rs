//! A search must not depend on the unit of losses.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Phase, Problem, Report, Study, Trial};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
use methods::{METHODS, MethodEntry, find};

fn space() -> SearchSpace {
    TestSpace::simplex(2).integer("rank", 1, 16).build()
}

/// The trials of a study of a synthetic task whose losses are reported as `scale` times their value plus `more`, while `go_on`.
fn trials(method: &MethodEntry, seed: u64, scale: f64, more: f64, go_on: impl Fn(&Trial) -> bool) -> Vec<Trial> {
    let space = space();
    let budget = Budget { total: Steps(1200), full: Steps(100), early: Steps(20) };
    let problem = Problem::new(space.clone(), budget, Target::Best, Seed(seed));
    let mut study = Study::new(problem.clone(), method.make(&problem).unwrap()).unwrap();
    let mut trials = vec![];
    while let Some(trial) = study.ask().unwrap() {
        let goes_on = go_on(&trial);
        let x = space.encode(&trial.point);
        let bottom = 0.25 + (x[0] - 0.625).powi(2) + (x[0] - x[2]).powi(2);
        let losses = (1..=trial.to.0 / 5).map(|k| (Steps(5 * k), more + scale * (bottom + (-(k as f64) / 8.0).exp())));
        let report = Report { run: trial.run, step: trial.to, curve: LearningCurve::from_pairs(losses).unwrap() };
        trials.push(trial);
        if !goes_on {
            break;
        }
        study.tell(report).unwrap();
    }
    trials
}

/// Multiplication by a power of two is exact. The first difference may be as large as the tolerance of the maximiser, which is in units of
/// the acquisition value; where that has no unit, as in JoBS, nothing differs.
#[test]
fn no_method_depends_on_the_units_of_losses() {
    for method in METHODS {
        let in_ones = trials(method, 3, 1.0, 0.0, |_| true);
        for scale in [1024.0, 1.0 / 1024.0] {
            let scaled = trials(method, 3, scale, 0.0, |_| true);
            let Some((a, b)) = in_ones.iter().zip(&scaled).find(|(a, b)| a != b) else {
                assert_eq!(in_ones.len(), scaled.len(), "{}", method.name);
                continue;
            };
            assert_ne!(method.name, "jobs", "times {scale}: {a:?} and {b:?}");
            let space = space();
            let (a_x, b_x) = (space.encode(&a.point), space.encode(&b.point));
            let apart = a_x.iter().zip(&b_x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-4, "{} times {scale}: {apart} apart, {a:?} and {b:?}", method.name);
            assert_eq!((a.run, a.from, a.to, a.phase), (b.run, b.from, b.to, b.phase), "{} times {scale}", method.name);
        }
    }
}

/// A sum is not exact, and the smallest difference can lead a search elsewhere, so only the first promotion of JoBS is compared.
#[test]
fn the_first_promotion_does_not_depend_on_the_zero_of_losses() {
    let jobs = find("jobs").unwrap();
    for seed in 0..8 {
        let first = |more| trials(jobs, seed, 1.0, more, |t| t.phase != Phase::Promote).pop().unwrap().run;
        assert_eq!(first(-8.0), first(0.0), "seed {seed}");
    }
}
