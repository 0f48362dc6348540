//! JoBS before its predictor is fitted: the number of initial early runs, the first promotion, and the variance of predictions.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Problem, Report, Study, Trial};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, Seed, Steps, Target};
use methods::{AblationSettings, JobsSettings, initial_early_runs};

fn problem(full_runs: u64) -> Problem {
    let space = TestSpace::default().real("rate", 0.1, 1.0).build();
    let budget = Budget { total: Steps(100 * full_runs), full: Steps(100), early: Steps(20) };
    Problem::new(space, budget, Target::Best, Seed(5))
}

fn trials(problem: &Problem, settings: JobsSettings) -> Vec<Trial> {
    let mut study = Study::new(problem.clone(), settings.make("jobs", problem).unwrap()).unwrap();
    let mut trials = vec![];
    while let Some(trial) = study.ask().unwrap() {
        let x = problem.space.encode(&trial.point)[0];
        let losses = (1..=trial.to.0 / 5).map(|k| (Steps(5 * k), 0.25 + (x - 0.6).powi(2) + (-(k as f64) / 8.0).exp()));
        study
            .tell(Report { run: trial.run, step: trial.to, curve: LearningCurve::from_pairs(losses).unwrap() })
            .unwrap();
        trials.push(trial);
    }
    trials
}

#[test]
fn the_design_is_a_tenth_of_the_early_runs_that_a_budget_covers() {
    assert_eq!([4, 10, 15, 20, 30, 50].map(|c| initial_early_runs(&problem(c))), [4, 5, 7, 10, 12, 12]);
    // half of the budget beyond one full run is left to the search
    assert_eq!(initial_early_runs(&problem(2)), 2);
    assert_eq!(initial_early_runs(&problem(1)), 0);
}

/// Promotions wait for 24 early runs; a budget of five full runs then covers the verification only.
#[test]
fn promotions_wait_for_early_runs() {
    let before_the_first = |c| {
        let trials = trials(&problem(c), JobsSettings::default());
        trials.iter().take_while(|t| t.from == Steps(0)).count()
    };
    for full_runs in [10, 20] {
        let early_runs = before_the_first(full_runs);
        assert!((24..30).contains(&early_runs), "{early_runs}");
    }
    let all = trials(&problem(5), JobsSettings::default());
    assert_eq!(all.iter().filter(|t| t.from > Steps(0)).count(), 1);
}

/// With fewer than three full runs the variance of predictions has no effect; with more it has.
#[test]
fn predictions_count_as_measured_until_three_runs_have_finished() {
    let has_effect = |c| {
        let without = JobsSettings {
            ablation: AblationSettings { variance_from: None, ..AblationSettings::default() },
            ..JobsSettings::default()
        };
        trials(&problem(c), JobsSettings::default()) != trials(&problem(c), without)
    };
    assert!(!has_effect(5));
    assert!(has_effect(12));
}
