//! Every method goes on after runs were withdrawn, recommends none of them, and replays.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Problem, Report, RunId, Status, Study};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, Seed, Steps, Target};
use methods::METHODS;

fn problem() -> Problem {
    let space = TestSpace::simplex(2).log_integer("lora_rank", 1, 64).build();
    let budget = Budget { total: Steps(700), full: Steps(100), early: Steps(20) };
    Problem::new(space, budget, Target::Best, Seed(5))
}

fn report(trial: &jobs::Trial) -> Report {
    let bottom = 1.0 + (trial.point.shares("mixture").unwrap()[0] - 0.3).powi(2);
    let loss = |s: u64| (Steps(s), bottom + (-(s as f64) / 30.0).exp());
    let curve = LearningCurve::from_pairs((1..=trial.to.0 / 10).map(|k| loss(10 * k))).unwrap();
    Report { run: trial.run, step: trial.to, curve }
}

#[test]
fn every_method_goes_on_without_withdrawn_runs() {
    for entry in METHODS {
        let problem = problem();
        let Ok(method) = entry.make(&problem) else { continue };
        let mut study = Study::new(problem.clone(), method).unwrap();
        // the only run with data, then the best one, then one in training
        let mut told = 0;
        for _ in 0..60 {
            let Some(trial) = study.ask().unwrap() else { break };
            if told == 9 {
                study.forget(trial.run).unwrap();
                told += 1;
                continue;
            }
            study.tell(report(&trial)).unwrap();
            told += 1;
            if told == 1 {
                study.forget(trial.run).unwrap();
            }
            if told == 5 {
                let best = study.best().unwrap().map_or(RunId(1), |best| best.run);
                study.forget(best).unwrap();
            }
            if let Some(best) = study.best().unwrap() {
                let status = study.history().run(best.run).unwrap().status;
                assert_ne!(status, Status::Withdrawn, "{} recommends run {}", entry.name, best.run);
            }
        }
        assert!(study.history().spent() <= problem.budget.total, "{}", entry.name);
        let events = study.events().to_vec();
        let mut again = Study::replay(problem.clone(), entry.make(&problem).unwrap(), events).unwrap();
        assert_eq!(again.ask().unwrap(), study.ask().unwrap(), "{}", entry.name);
    }
}
