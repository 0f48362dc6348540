//! Runs that the user skips, fails, or pauses for a while.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{POLICIES, ToyTrainer, curve, drive_with, policy, problem, space};
use jobs::{Event, History, HistoryError, InlineExecutor, Phase, Report, RunId, Status, Study};
use jobs_core::{Seed, Steps};

/// Three runs: one pending, one paused, one finished.
fn history() -> History {
    let mut h = History::new(problem(1000, 0)).unwrap();
    for (point, to) in space().design(3, Seed(1)).into_iter().zip([20, 20, 100]) {
        h.start(point, Steps(to), Phase::Search).unwrap();
    }
    for (run, step) in [(1, 20), (2, 100)] {
        h.tell(Report { run: RunId(run), step: Steps(step), curve: curve(&[(step, 1.0)]) }).unwrap();
    }
    h
}

fn again(h: &History) -> History {
    let text = serde_json::to_string(h.events()).unwrap();
    History::replay(problem(1000, 0), serde_json::from_str::<Vec<Event>>(&text).unwrap()).unwrap()
}

#[test]
fn a_skipped_run_is_withdrawn_and_its_configuration_counts_as_tried() {
    let mut h = history();
    let point = h.runs()[0].point.clone();
    assert_eq!(h.skip(RunId(0)).unwrap(), Steps(20));
    assert_eq!((h.runs()[0].status, h.was_tried(&point), h.spent()), (Status::Withdrawn, true, Steps(120)));
    assert_eq!(h.skip(RunId(0)), Err(HistoryError::Withdrawn { run: RunId(0) }));
    h.forget(RunId(1)).unwrap();
    assert!(!h.was_tried(&h.runs()[1].point), "a forgotten one may be tried again");
    assert_eq!(again(&h), h);
}

#[test]
fn a_failed_run_counts_as_diverged_without_a_loss() {
    let mut h = history();
    for run in [0, 1] {
        h.fail(RunId(run)).unwrap();
        let r = &h.runs()[run as usize];
        assert_eq!((r.status, r.curve.best(), h.value(r)), (Status::Diverged, None, None));
    }
    assert_eq!((h.spent(), h.remaining(), h.pending().count()), (Steps(120), Steps(880), 0));
    let ended = HistoryError::NotUnderWay { run: RunId(2), status: Status::Finished };
    assert_eq!(h.fail(RunId(2)), Err(ended));
    assert_eq!(again(&h), h);
}

#[test]
fn a_held_run_waits_until_it_is_released() {
    let mut h = history();
    let before = h.remaining();
    h.hold(RunId(0)).unwrap();
    h.hold(RunId(1)).unwrap();
    assert_eq!((h.pending_trials().len(), h.paused().count(), h.remaining()), (0, 0, before));
    assert_eq!(h.advance(RunId(1), Steps(100), Phase::Promote), Err(HistoryError::Held { run: RunId(1) }));
    assert_eq!(h.hold(RunId(1)), Err(HistoryError::Held { run: RunId(1) }));
    assert!(matches!(h.hold(RunId(2)), Err(HistoryError::NotUnderWay { .. })));
    assert_eq!(again(&h), h);
    h.release(RunId(0)).unwrap();
    h.release(RunId(1)).unwrap();
    assert_eq!(h.release(RunId(1)), Err(HistoryError::NotHeld { run: RunId(1) }));
    assert_eq!((h.pending_trials().len(), h.paused().count()), (1, 1));
    assert_eq!(again(&h), h);
}

#[test]
fn studies_go_on_after_every_decision_and_are_replayed() {
    for name in POLICIES {
        let mut study = Study::new(problem(1000, 3), policy(name)).unwrap();
        for decide in [0, 1, 2] {
            let run = study.ask().unwrap().unwrap().run;
            match decide {
                0 => drop(study.skip(run).unwrap()),
                1 => study.fail(run).unwrap(),
                _ => study.set_held(run, true).unwrap(),
            }
        }
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        assert_eq!(study.history().pending().count(), 1, "{name}: the held one");
        study.set_held(RunId(2), false).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        assert_eq!(study.history().pending().count(), 0, "{name}");
        assert!(study.history().spent() <= Steps(1000));
        let replayed = Study::replay(problem(1000, 3), policy(name), study.events().to_vec()).unwrap();
        assert_eq!(replayed.history(), study.history(), "{name}");
    }
}

/// Proposes the same early run over and over.
struct Stubborn(jobs_core::Point);

impl jobs::Method for Stubborn {
    fn name(&self) -> &str {
        "stubborn"
    }
    fn observe(&mut self, _: &History) -> Result<(), jobs::MethodError> {
        Ok(())
    }
    fn propose(&self, history: &History) -> Result<jobs::Proposal, jobs::MethodError> {
        let start = jobs::Proposal::Start { point: self.0.clone(), to: Steps(20), phase: Phase::Search };
        Ok(if history.remaining() >= Steps(20) { start } else { jobs::Proposal::Finish })
    }
    fn recommend(&self, _: &History) -> Result<Option<jobs::Recommendation>, jobs::MethodError> {
        Ok(None)
    }
}

#[test]
fn in_a_finite_space_untried_points_come_first_then_paused_runs_go_on_then_points_repeat() {
    let space = jobs_core::test_spaces::TestSpace::default().boolean("front").categorical("k", &["x", "y"]).build();
    let point = space.design(1, Seed(2)).remove(0);
    let problem = jobs::Problem { space, ..problem(260, 0) };
    let mut study = Study::new(problem, Box::new(Stubborn(point.clone()))).unwrap();
    let mut asked = vec![];
    while let Some(trial) = study.ask().unwrap() {
        asked.push((trial.run.0, trial.from.0, trial.to.0, trial.point == point));
        let known = study.history().run(trial.run).unwrap().curve.clone();
        let pairs: Vec<(u64, f64)> = known.iter().map(|(s, v)| (s.0, v)).chain([(trial.to.0, 1.0)]).collect();
        study.tell(Report { run: trial.run, step: trial.to, curve: curve(&pairs) }).unwrap();
    }
    let first: Vec<u64> = asked[..4].iter().map(|a| a.0).collect();
    assert_eq!((first, asked[..4].iter().filter(|a| a.3).count()), (vec![0, 1, 2, 3], 1));
    assert_eq!(asked[4], (0, 20, 100, true), "its paused run goes to the end");
    assert_eq!(asked[5..], [(4, 0, 20, true), (4, 20, 100, true)], "{asked:?}");
}
