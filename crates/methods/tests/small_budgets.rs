//! Below ten full runs JoBS has rules of its own; from ten on it does not.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Problem, Report, Study, Trial};
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
use methods::{JobsSettings, scouting_runs};

fn problem(full_runs: u64) -> Problem {
    let space = "[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.1\nhigh = 1.0";
    let budget = Budget { total: Steps(100 * full_runs), full: Steps(100), early: Steps(20) };
    Problem::new(SearchSpace::from_toml_str(space).unwrap(), budget, Target::Best, Seed(5))
}

fn trials(problem: &Problem, settings: JobsSettings) -> Vec<Trial> {
    let mut study = Study::new(problem.clone(), settings.make(problem).unwrap()).unwrap();
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
fn the_design_is_small_below_ten_full_runs() {
    assert_eq!([4, 9, 10, 50].map(|c| scouting_runs(&problem(c))), [4, 4, 12, 12]);
}

/// Promotions wait for 24 early runs; of five full runs the 24th early run leaves one, the verification.
#[test]
fn promotions_wait_for_early_runs() {
    let before_the_first = |c| {
        let trials = trials(&problem(c), JobsSettings::default());
        trials.iter().take_while(|t| t.from == Steps(0)).count()
    };
    assert!(before_the_first(9) >= 24, "{}", before_the_first(9));
    assert!(before_the_first(10) < 24, "{}", before_the_first(10));
    assert_eq!(trials(&problem(5), JobsSettings::default()).iter().filter(|t| t.from > Steps(0)).count(), 1);
}

/// With fewer than three finished runs a prediction's variance is not heard; with many it is.
#[test]
fn predictions_are_as_measured_until_three_runs_have_finished() {
    let heard = |c| {
        let without = JobsSettings { predicted_variance: false, ..JobsSettings::default() };
        trials(&problem(c), JobsSettings::default()) != trials(&problem(c), without)
    };
    assert!(!heard(5));
    assert!(heard(12));
}
