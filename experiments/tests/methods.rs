//! The methods with their real parts: they replay, they keep their budgets, and searching beats chance.
#![allow(clippy::unwrap_used, missing_docs)]

use experiments::comparison::cell::{Cell, run_cell};
use experiments::tasks::{Task, tasks};
use jobs::{DriveOptions, InlineExecutor, MethodError, Study, drive};
use jobs_core::{Seed, Steps, conformance};
use methods::METHODS;

fn task(name: &str) -> Task {
    tasks(&[name.to_owned()], &[]).unwrap().remove(0)
}

#[test]
fn built_in_emulators_keep_the_trainer_laws() {
    for task in tasks(&[], &[]).unwrap() {
        for (i, point) in task.trainer.space().design(3, Seed(1)).iter().enumerate() {
            assert_eq!(
                conformance::check_trainer(task.trainer.as_ref(), point, Seed(i as u64)),
                Ok(()),
                "{}",
                task.name
            );
            assert!(task.oracle(point).unwrap() >= task.optimum);
        }
    }
}

/// A study cut anywhere and replayed goes on to the same end, bit for bit: fits, predictor and all.
#[test]
fn every_method_replays() {
    let task = task("gsm8k");
    for method in METHODS {
        let problem = Cell { task: &task, full_runs: 8, early: Steps(100), method, seed: 3 }.problem();
        let run = |mut study: Study| {
            drive(&mut study, &mut InlineExecutor::new(task.trainer.as_ref()), &mut [], DriveOptions::default())
                .unwrap();
            study
        };
        let whole = run(Study::new(problem.clone(), method.make(&problem).unwrap()).unwrap());
        let n = whole.events().len();
        for cut in [n / 3, n / 2, n.saturating_sub(3)] {
            let events = whole.events()[..cut].to_vec();
            let resumed = run(Study::replay(problem.clone(), method.make(&problem).unwrap(), events).unwrap());
            assert!(resumed.events() == whole.events(), "{} cut at {cut} of {n} went another way", method.name);
            assert_eq!(resumed.best().unwrap(), whole.best().unwrap());
        }
        assert!(whole.history().spent() <= problem.budget.total);
        let spends_all = method.name != "default-config";
        assert!(!spends_all || whole.history().remaining() < Steps(625), "{}", method.name);
    }
}

#[test]
fn every_method_answers_the_smallest_budgets() {
    let task = task("mmlu");
    for method in METHODS {
        for full_runs in 1..5 {
            for early in [25, 100, 625] {
                let cell = Cell { task: &task, full_runs, early: Steps(early), method, seed: 0 };
                if matches!(method.make(&cell.problem()), Err(MethodError::NotApplicable(_))) {
                    assert_eq!(early, 625, "{cell}");
                    continue;
                }
                let rows = run_cell(&cell, |_| ()).unwrap();
                assert!(rows.last().unwrap().steps <= 625 * full_runs, "{cell}");
            }
        }
    }
}

/// Deterministic: 6 seeds on two tasks. Every searching method ends below random search on average, by far more than the
/// runs' noise.
#[test]
fn searching_beats_random_search() {
    for name in ["gsm8k", "truthfulqa_gen"] {
        let task = task(name);
        let mean = |method| {
            let last = |seed| {
                let cell = Cell { task: &task, full_runs: 15, early: Steps(100), method, seed };
                run_cell(&cell, |_| ()).unwrap().last().unwrap().oracle
            };
            (0..6).map(last).sum::<f64>() / 6.0
        };
        let random = mean(METHODS.iter().find(|m| m.name == "random").unwrap());
        // an untuned run is no search; the tree-structured estimator and Hyperband hardly search in 15 runs
        let searching = ["jobs", "jobs-paper", "bo-logei", "bo-ucb", "mf-ucb", "mf-kg", "boca", "alternating"];
        for method in METHODS.iter().filter(|m| searching.contains(&m.name)) {
            let found = mean(method);
            assert!(found < random - 0.01, "{name}: {} found {found}, random {random}", method.name);
        }
    }
}
