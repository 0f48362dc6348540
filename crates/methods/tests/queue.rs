//! Every method tries the queue of the user first, and uses runs that were trained elsewhere.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{ToyTrainer, drive_with, problem, space};
use jobs::{ImportedRun, InlineExecutor, MetricValues, Problem, Queued, Study};
use jobs_core::{Point, Seed, Steps};
use methods::{METHODS, MethodEntry};

fn study(method: &MethodEntry, problem: &Problem) -> Study {
    Study::new(problem.clone(), method.make(problem).unwrap()).unwrap()
}

fn methods() -> impl Iterator<Item = &'static MethodEntry> {
    METHODS.iter().filter(|m| m.name != "mf-kg")
}

#[test]
fn every_method_tries_the_queue_first() {
    for method in methods() {
        let (problem, mine) = (problem(1000, 3), space().design(3, Seed(99)));
        let mut study = study(method, &problem);
        let queued = |p: &Point| Queued { point: p.clone(), full: false };
        study.enqueue(mine.iter().map(queued).collect()).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        let runs = study.history().runs();
        assert_eq!(runs.iter().take(3).map(|r| r.point.clone()).collect::<Vec<_>>(), mine, "{}", method.name);
        assert!(runs.len() > 3, "{}: its own configurations follow", method.name);
        assert!(study.best().unwrap().is_some(), "{}", method.name);
    }
}

/// A queue in the middle of a study: with several workers, and while other runs are pending.
#[test]
fn a_queue_may_be_filled_while_runs_are_pending() {
    for method in methods().filter(|m| m.name != "default-config") {
        let (problem, mine) = (problem(1500, 5), space().design(2, Seed(98)));
        let mut study = study(method, &problem);
        study.ask().unwrap().unwrap();
        study.enqueue(mine.iter().map(|p| Queued { point: p.clone(), full: true }).collect()).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        let runs = study.history().runs();
        assert_eq!(runs[1..3].iter().map(|r| r.point.clone()).collect::<Vec<_>>(), mine, "{}", method.name);
        assert!(study.history().spent() <= Steps(1500), "{}", method.name);
    }
}

#[test]
fn every_method_goes_on_from_early_runs_of_elsewhere() {
    let recorded = |total| {
        let problem = problem(total, 8);
        let mut study = study(methods::find("jobs").unwrap(), &problem);
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        study
    };
    let source = recorded(600);
    let run = |r: &jobs::RunRecord| ImportedRun {
        point: r.point.record(),
        evaluations: r.curve.iter().collect(),
        diverged_at: r.curve.diverged_at(),
        partial: r.curve.diverged_at().is_none() && r.step < Steps(100),
        metrics: MetricValues::new(),
    };
    let runs: Vec<ImportedRun> = source.history().runs().iter().map(run).collect();
    assert!(runs.iter().filter(|r| r.partial).count() > 3);
    for method in methods() {
        let problem = problem(1000, 3);
        let mut study = study(method, &problem);
        study.import(runs.clone()).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        let own = study.history().runs().len() - runs.len();
        assert!(own > 0 && study.best().unwrap().is_some(), "{}", method.name);
        assert!(study.history().spent() <= Steps(1000), "{}", method.name);
    }
}
