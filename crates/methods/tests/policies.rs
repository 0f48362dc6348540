//! What holds for every policy, on toy parts: budgets, replay, imports, candidates, parallel workers; and how JoBS searches.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{
    Counting, METHODS, MisleadingTrainer, ToySplit, ToyTrainer, any_order_is_sound_for, curve, drive_with, driven,
    method, parts, problem, space, train,
};
use jobs::{ImportedRun, InlineExecutor, Phase, Problem, Report, Status, Study, Trial};
use jobs_core::{Seed, Steps};
use methods::{Jobs, JobsParts, Promotion};
use proptest::prelude::*;

fn driven_by(name: &str, problem: &Problem) -> Study {
    driven(problem, method(name, problem))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every method uses at most the budget, and leaves less than one run of it.
    #[test]
    fn no_method_overspends(total in 100u64..1500, seed in 0u64..1000, which in 0usize..METHODS.len()) {
        let problem = problem(total, seed);
        let study = driven_by(METHODS[which], &problem);
        let h = study.history();
        let charged: u64 = h.runs().iter().map(|r| r.step.0).sum();
        prop_assert_eq!(h.spent(), Steps(charged));
        prop_assert!(charged <= total);
        prop_assert!(total - charged < 100, "{} steps left", total - charged);
        prop_assert!(study.best().unwrap().is_some());
    }

    /// `replay(events)` is the study, wherever it was cut, and resumes to the same end.
    #[test]
    fn replay_is_the_study(total in 300u64..1200, seed in 0u64..1000, which in 0usize..METHODS.len(), cut in 0.0..1.0f64) {
        let problem = problem(total, seed);
        let whole = driven_by(METHODS[which], &problem);
        let n = (whole.events().len() as f64 * cut) as usize;
        let events = whole.events()[..n].to_vec();
        let mut study = Study::replay(problem.clone(), method(METHODS[which], &problem), events.clone()).unwrap();
        prop_assert_eq!(study.events(), &events[..]);
        let best = drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        prop_assert_eq!(study.events(), whole.events());
        prop_assert_eq!(study.history(), whole.history());
        prop_assert_eq!(best, whole.best().unwrap());
    }

    /// Whatever the order and the failures, the budget holds, it is used up, no configuration is tried twice, replaying the events gives
    /// the study, and a study cut anywhere uses the rest of the budget.
    #[test]
    fn any_order_is_sound(
        total in 300u64..1200, seed in 0u64..1000, which in 0usize..METHODS.len(), workers in 1usize..7,
        order in prop::collection::vec(0usize..10, 1..12), failing in 0usize..6, cut in 0.0..1.0f64,
    ) {
        let problem = problem(total, seed);
        any_order_is_sound_for(&|| method(METHODS[which], &problem), &problem, workers, order, failing, cut)?;
    }
}

#[test]
fn promotion_pays_only_the_rest_and_the_last_run_is_verified() {
    let study = driven_by("jobs", &problem(1000, 2));
    let promoted: Vec<_> =
        study.history().runs().iter().filter(|r| matches!(r.phase, Phase::Promote | Phase::Verify)).collect();
    assert!(promoted.len() >= 2, "{} promotions", promoted.len());
    assert!(promoted.iter().all(|r| r.step == Steps(100) || (r.step, r.status) == (Steps(40), Status::Paused)));
    assert!(promoted.iter().any(|r| r.phase == Phase::Verify));
    let charged: u64 = study.history().runs().iter().map(|r| r.step.0).sum();
    assert_eq!(charged, study.history().spent().0);
    let never = driven_by("jobs-paper", &problem(1000, 1));
    assert!(never.history().runs().iter().all(|r| r.phase == Phase::Learn || r.step == Steps(20)));
}

/// Where early losses mislead, the study's own promoted runs show it, and the search continues with full runs.
#[test]
fn the_search_falls_back_to_full_runs_where_early_losses_mislead() {
    let started_as_full = |trainer: &dyn jobs_core::Trainer, seed| {
        let problem = problem(2000, seed);
        let mut study = Study::new(problem.clone(), method("jobs", &problem)).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(trainer), 1);
        let runs = study.history().runs();
        runs.iter().filter(|r| r.phase == Phase::Search && r.step == Steps(100)).count()
    };
    // this toy has no noise: once it is as good as solved, true early losses tell nothing new either
    let informed: Vec<usize> = (0..8).map(|seed| started_as_full(&ToyTrainer::new(), seed)).collect();
    let misled: Vec<usize> = (0..8).map(|s| started_as_full(&MisleadingTrainer(ToyTrainer::new()), s)).collect();
    assert!(misled.iter().all(|&n| n >= 4), "{misled:?} full runs of the search");
    assert!(misled.iter().sum::<usize>() > informed.iter().sum(), "{misled:?}, {informed:?} where early losses inform");
}

/// Without early runs it is the tenth of ten.
#[test]
fn the_final_acquisition_chooses_only_a_full_run_that_no_other_can_follow() {
    let asked_at = |trainer: &dyn jobs_core::Trainer, problem: &Problem| {
        let asked = Arc::new(AtomicUsize::new(0));
        let parts = JobsParts { final_acquisition: Some(Counting::boxed(&asked)), ..parts(true) };
        let mut study = Study::new(problem.clone(), Box::new(Jobs::new("jobs", problem, parts).unwrap())).unwrap();
        let mut left = vec![];
        loop {
            let before = (asked.load(Ordering::Relaxed), study.history().remaining());
            // `drive` would not say which proposal the rule was asked for
            let Some(trial) = study.ask().unwrap() else { break left };
            if asked.load(Ordering::Relaxed) > before.0 {
                left.push((before.1, trial.from, trial.to));
            }
            let mut run = trainer.start(&trial.point, trial.seed).unwrap();
            run.advance_to(trial.to).unwrap();
            study.tell(Report { run: trial.run, step: run.step(), curve: run.curve().clone() }).unwrap();
        }
    };
    let mut without_early_runs = problem(1050, 3);
    without_early_runs.budget.early = without_early_runs.budget.full;
    let full = without_early_runs.budget.full;
    let toy = ToyTrainer::new();
    assert_eq!(asked_at(&toy, &without_early_runs), vec![(Steps(150), Steps(0), full)]);
    // with early runs the last run is a promotion, chosen by the rule of promotions
    assert_eq!(asked_at(&toy, &problem(1000, 3)), vec![]);
}

/// Before any run has finished (or where all diverged), the best posterior mean of the others is the value to beat.
#[test]
fn acquisitions_are_prepared_before_they_are_evaluated() {
    let [promoting_asked, last_asked] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
    let without_full_runs_first = || JobsParts {
        allocator: Box::new(ToySplit(0, 1)),
        initial_early_runs: 4,
        final_acquisition: Some(Counting::boxed(&last_asked)),
        promotion: Some(Promotion {
            share: 0.5,
            lateness: 1.0,
            after: Steps(0),
            acquisition: Counting::boxed(&promoting_asked),
        }),
        ..parts(true)
    };
    let study = |problem: &Problem| {
        let method = Jobs::new("jobs", problem, without_full_runs_first()).unwrap();
        Study::new(problem.clone(), Box::new(method)).unwrap()
    };
    let problem = problem(1000, 3);
    let mut promoting = study(&problem);
    drive_with(&mut promoting, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
    assert!(promoting.history().runs().iter().any(|r| r.phase == Phase::Promote));
    assert!(promoting_asked.load(Ordering::Relaxed) > 0);

    let mut problem = problem;
    problem.budget.early = problem.budget.full;
    let mut diverging = study(&problem);
    while let Some(trial) = diverging.ask().unwrap() {
        let diverged = curve(&[(10, 2.0 + trial.run.0 as f64), (trial.to.0, f64::NAN)]);
        diverging.tell(Report { run: trial.run, step: trial.to, curve: diverged }).unwrap();
    }
    assert_eq!(diverging.history().runs().len(), 10);
    assert!(last_asked.load(Ordering::Relaxed) > 0);
}

#[test]
fn searching_beats_random_on_the_toy() {
    // deterministic: 20 fixed seeds
    let mean = |name: &str| {
        let best = |seed| {
            ToyTrainer::bottom(&space().encode(&driven_by(name, &problem(1000, seed)).best().unwrap().unwrap().point))
        };
        (0..20).map(best).sum::<f64>() / 20.0
    };
    let random = mean("random");
    for name in ["bo", "jobs-paper", "jobs"] {
        let found = mean(name); // `mf` needs a surrogate that knows what steps are; it is tried with the real one
        assert!(found < random, "{name} found {found}, random {random}");
    }
}

#[test]
fn imported_runs_are_free_and_replace_design_runs() {
    let p = problem(1000, 3);
    let recorded = driven_by("random", &problem(400, 8));
    let runs: Vec<ImportedRun> = recorded
        .history()
        .runs()
        .iter()
        .map(|r| ImportedRun {
            point: r.point.record(),
            evaluations: r.curve.iter().collect(),
            diverged_at: r.curve.diverged_at(),
            partial: false,
            metrics: Default::default(),
        })
        .collect();
    let mut study = Study::new(p.clone(), method("jobs", &p)).unwrap();
    study.import(runs).unwrap();
    assert_eq!((study.history().spent(), study.history().remaining()), (Steps(0), Steps(1000)));
    assert!(study.best().unwrap().is_some(), "the best imported run is known");
    drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
    let learnt = study.history().runs().iter().filter(|r| r.phase == Phase::Learn).count();
    let without = driven_by("jobs", &p).history().runs().iter().filter(|r| r.phase == Phase::Learn).count();
    assert!(learnt < without, "imported full runs stand for {learnt} of {without} runs to learn from");
    let again = Study::replay(p.clone(), method("jobs", &p), study.events().to_vec()).unwrap();
    assert_eq!(again.history(), study.history());
}

/// Searches among candidates try each once and nothing else, and end when none is left.
#[test]
fn each_candidate_is_tried_once_and_nothing_else() {
    let candidates = space().design(9, Seed(5));
    // those that hold a part of the configuration refuse candidates
    for name in METHODS.into_iter().filter(|m| !["data-then-model", "alternating", "turbo"].contains(m)) {
        let problem = problem(5000, 3).among(candidates.clone());
        let study = driven_by(name, &problem);
        let mut tried: Vec<_> = study.history().runs().iter().map(|r| r.point.clone()).collect();
        assert!(tried.iter().all(|p| candidates.contains(p)), "{name}");
        assert!(tried.len() <= 9, "{name}");
        let n = tried.len();
        tried.sort_by_key(|p| candidates.iter().position(|c| c == p));
        tried.dedup();
        assert_eq!(tried.len(), n, "{name}");
        // those that halve finish a ninth
        assert!(
            study.history().finished().count() >= if ["hyperband", "bohb", "asha"].contains(&name) { 1 } else { 3 },
            "{name}"
        );
        // while steps are left, started runs finish
        assert!(name != "jobs" || study.history().paused().count() == 0, "{:?}", study.history().remaining());
    }
}

/// Without fantasies for pending runs, every worker would get the same point.
#[test]
fn workers_get_different_points() {
    for name in ["bo", "jobs", "jobs-paper"] {
        let p = problem(1500, 6);
        let mut study = Study::new(p.clone(), method(name, &p)).unwrap();
        for _ in 0..8 {
            let trial = study.ask().unwrap().unwrap();
            study.tell(train(&trial)).unwrap();
        }
        let trials: Vec<Trial> = (0..5).map(|_| study.ask().unwrap().unwrap()).collect();
        let fresh: Vec<&Trial> = trials.iter().filter(|t| t.from == Steps(0)).collect();
        for (i, a) in fresh.iter().enumerate() {
            assert!(fresh[..i].iter().all(|b| a.point != b.point), "{name}: two workers at {:?}", a.point.values());
        }
        assert!(fresh.len() >= 3, "{name}");
    }
}
