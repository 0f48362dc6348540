//! Histories and studies: budgets, replay, divergence, reports that are refused.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{FullRuns, POLICIES, ToyTrainer, curve, drive_with, driven, policy, problem, space, train};
use jobs::{
    DriveOptions, Event, History, HistoryError, ImportedRun, InlineExecutor, Observer, Phase, Report, RunId, Status,
    Study, StudyError, Trial, drive,
};
use jobs_core::{Seed, Steps, conformance};
use proptest::prelude::*;

#[test]
fn the_toy_trainer_passes_the_conformance_tests() {
    for (i, point) in space().design(4, jobs_core::Seed(0)).iter().enumerate() {
        assert_eq!(conformance::check_trainer(&ToyTrainer(space()), point, jobs_core::Seed(i as u64)), Ok(()));
    }
}

/// Methods take a share of the runs that a budget covers as their design.
#[test]
fn a_design_has_at_most_1000_points() {
    assert_eq!(problem(1000, 0).design(usize::MAX).len(), 1000);
    assert_eq!(problem(1000, 0).design(7).len(), 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// `replay(events)` is the study, wherever it was cut, and resumes to the same end. The history alone replays without a method.
    #[test]
    fn replay_is_the_study(total in 300u64..1200, seed in 0u64..1000, which in 0usize..POLICIES.len(), cut in 0.0..1.0f64) {
        let problem = problem(total, seed);
        let whole = driven(&problem, policy(POLICIES[which]));
        prop_assert!(whole.history().spent() <= Steps(total));
        let n = (whole.events().len() as f64 * cut) as usize;
        let events = whole.events()[..n].to_vec();
        let mut study = Study::replay(problem.clone(), policy(POLICIES[which]), events.clone()).unwrap();
        prop_assert_eq!(study.events(), &events[..]);
        prop_assert_eq!(study.history(), &History::replay(problem, events).unwrap());
        let best = drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        prop_assert_eq!(study.history(), whole.history());
        prop_assert_eq!(best, whole.best().unwrap());
    }
}

fn asked(seed: u64) -> (Study, Trial) {
    let mut study = Study::new(problem(1000, seed), Box::new(FullRuns)).unwrap();
    let trial = study.ask().unwrap().unwrap();
    (study, trial)
}

#[test]
fn a_diverged_run_is_data_and_charged_what_it_ran() {
    let (mut study, trial) = asked(0);
    let report = Report { run: trial.run, step: Steps(40), curve: curve(&[(10, 2.0), (40, f64::NAN)]) };
    study.tell(report).unwrap();
    assert_eq!(study.history().runs()[0].status, Status::Diverged);
    assert_eq!(study.history().spent(), Steps(40));
    assert!(study.ask().unwrap().is_some());
}

#[test]
fn wrong_reports_are_refused_and_change_nothing() {
    let (mut study, trial) = asked(0);
    let tell = |study: &mut Study, run, step, pairs: &[(u64, f64)]| {
        study.tell(Report { run, step: Steps(step), curve: curve(pairs) })
    };
    assert!(matches!(tell(&mut study, RunId(9), 100, &[]), Err(StudyError::History(HistoryError::NoSuchRun { .. }))));
    assert!(matches!(
        tell(&mut study, trial.run, 50, &[(50, 1.0)]),
        Err(StudyError::History(HistoryError::WrongStep { .. }))
    ));
    assert!(matches!(
        tell(&mut study, trial.run, 101, &[(50, 1.0)]),
        Err(StudyError::History(HistoryError::WrongStep { .. }))
    ));
    assert!(matches!(
        tell(&mut study, trial.run, 100, &[(200, 1.0)]),
        Err(StudyError::History(HistoryError::WrongCurve { .. }))
    ));
    assert_eq!((study.history().spent(), study.events().len()), (Steps(0), 1));
    tell(&mut study, trial.run, 100, &[(50, 1.0)]).unwrap();
    assert!(matches!(
        tell(&mut study, trial.run, 100, &[(50, 1.0)]),
        Err(StudyError::History(HistoryError::NotPending { .. }))
    ));
}

#[test]
fn unusable_budgets_are_refused() {
    for (total, full, early) in [(99, 100, 20), (1000, 0, 0), (1000, 100, 0), (1000, 100, 101)] {
        let mut p = problem(1000, 0);
        p.budget = jobs_core::Budget { total: Steps(total), full: Steps(full), early: Steps(early) };
        assert!(matches!(Study::new(p.clone(), Box::new(FullRuns)), Err(StudyError::History(HistoryError::Budget(_)))));
    }
}

#[test]
fn observers_see_every_trial() {
    #[derive(Default)]
    struct Count(u64, u64);
    impl Observer for Count {
        fn asked(&mut self, _: &Study, _: &Trial) -> Result<(), String> {
            self.0 += 1;
            Ok(())
        }
        fn told(&mut self, study: &Study, _: &Report) -> Result<(), String> {
            self.1 += 1;
            assert_eq!(study.history().tells(), self.1);
            Ok(())
        }
    }
    let p = problem(1000, 0);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let mut count = Count::default();
    drive(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut count], DriveOptions::default())
        .unwrap();
    assert_eq!((count.0, count.1), (10, 10));
}

#[test]
fn trials_that_do_not_fit_are_refused_and_change_nothing() {
    let problem = problem(150, 0);
    let point = || problem.space.design(1, Seed(0)).remove(0);
    let mut history = History::new(problem.clone()).unwrap();
    let refused = |history: &mut History, to| history.start(point(), Steps(to), Phase::Search).unwrap_err();
    assert!(matches!(refused(&mut history, 0), HistoryError::StepRange { .. }));
    assert!(matches!(refused(&mut history, 101), HistoryError::StepRange { .. }));
    let trial = history.start(point(), Steps(60), Phase::Search).unwrap();
    assert!(matches!(refused(&mut history, 91), HistoryError::OverBudget { .. }));
    let not_paused = history.advance(trial.run, Steps(100), Phase::Promote).unwrap_err();
    assert!(not_paused.to_string().contains("run 0 cannot advance: it is Pending, expected Paused"), "{not_paused}");
    assert_eq!((history.events().len(), history.remaining()), (1, Steps(90)));
    history.tell(train(&trial)).unwrap();
    assert!(matches!(history.advance(RunId(3), Steps(100), Phase::Promote), Err(HistoryError::NoSuchRun { .. })));
    assert_eq!(history.advance(trial.run, Steps(100), Phase::Promote).unwrap().from, Steps(60));
}

/// Searches among candidates may try nothing else.
#[test]
fn a_point_that_is_no_candidate_is_refused() {
    let problem = problem(5000, 3).among(space().design(9, Seed(5)));
    let elsewhere = space().design(1, Seed(99)).remove(0);
    let event = Event::Start { run: RunId(0), point: elsewhere.record(), to: Steps(100), phase: Phase::Search };
    let error = History::replay(problem, [event]).unwrap_err().to_string();
    assert!(error.contains("event 0") && error.contains("not an open candidate"), "{error}");
}

#[test]
fn imported_runs_are_free_and_replayed() {
    let recorded = driven(&problem(400, 8), Box::new(FullRuns));
    let runs = recorded.history().runs().iter().map(|r| ImportedRun {
        point: r.point.record(),
        evaluations: r.curve.iter().collect(),
        diverged_at: r.curve.diverged_at(),
        partial: false,
        metrics: Default::default(),
    });
    let mut history = History::new(problem(1000, 3)).unwrap();
    history.import(runs.collect()).unwrap();
    assert_eq!((history.spent(), history.remaining(), history.runs().len()), (Steps(0), Steps(1000), 4));
    assert_eq!(History::replay(problem(1000, 3), history.events().to_vec()).unwrap(), history);
    let point = space().design(1, Seed(0))[0].record();
    let empty =
        ImportedRun { point, evaluations: vec![], diverged_at: None, partial: false, metrics: Default::default() };
    assert!(matches!(history.import(vec![empty]), Err(HistoryError::Import { index: 0, .. })));
}
