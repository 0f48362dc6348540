//! Configurations that the user wants tried first, and runs trained elsewhere that stopped early.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{POLICIES, ToyTrainer, curve, drive_with, policy, problem, space};
use jobs::{
    Event, History, HistoryError, ImportedRun, InlineExecutor, MetricValues, Phase, Queued, RunId, Status, Study,
};
use jobs_core::{Point, Seed, Steps};

fn queued(points: &[Point], full: bool) -> Vec<Queued> {
    points.iter().map(|point| Queued { point: point.clone(), full }).collect()
}

#[test]
fn every_policy_tries_the_queue_first_and_the_journal_keeps_it() {
    for name in POLICIES {
        let mine = space().design(3, Seed(99));
        let mut study = Study::new(problem(1000, 3), policy(name)).unwrap();
        study.enqueue(queued(&mine[..2], false)).unwrap();
        study.enqueue(queued(&mine[2..], true)).unwrap();
        drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
        let tried: Vec<&Point> = study.history().runs().iter().map(|r| &r.point).take(3).collect();
        assert_eq!(tried, mine.iter().collect::<Vec<_>>(), "{name}");
        assert_eq!(study.history().runs()[2].step, Steps(100), "{name}: a full run");
        assert!(study.history().queue().is_empty() && study.history().spent() <= Steps(1000));
        let text = |e: &Event| serde_json::to_string(e).unwrap();
        let events = study.events().iter().map(|e| serde_json::from_str(&text(e)).unwrap());
        let again = Study::replay(problem(1000, 3), policy(name), events).unwrap();
        assert_eq!(again.history(), study.history(), "{name}");
    }
}

#[test]
fn the_queue_is_emptied_and_refuses_points_of_other_spaces() {
    let mut h = History::new(problem(1000, 0)).unwrap();
    let points = space().design(2, Seed(4));
    h.enqueue(queued(&points, false)).unwrap();
    h.clear_queue();
    assert!(h.next_queued().is_none());
    assert_eq!(History::replay(problem(1000, 0), h.events().to_vec()).unwrap(), h);
    let other = jobs_core::test_spaces::TestSpace::default().real("other", 0.0, 1.0).build();
    assert!(matches!(h.enqueue(queued(&other.design(1, Seed(0)), false)), Err(HistoryError::Point(_))));
    let mut among = History::new(problem(1000, 0).among(points[..1].to_vec())).unwrap();
    assert_eq!(among.enqueue(queued(&points, false)), Err(HistoryError::NotOpen));
    among.enqueue(queued(&points[..1], false)).unwrap();
    among.start(points[0].clone(), Steps(20), Phase::Search).unwrap();
    assert!(among.queue().is_empty(), "its run has started");
}

#[test]
fn runs_of_elsewhere_that_stopped_early_inform_and_cannot_go_on() {
    let point = space().design(1, Seed(4))[0].record();
    let early = |step: u64| ImportedRun {
        point: point.clone(),
        evaluations: vec![(Steps(step), 1.0)],
        diverged_at: None,
        partial: true,
        metrics: MetricValues::from([("acc".to_owned(), vec![(Steps(20), 0.5)])]),
    };
    let mut h = History::new(problem(1000, 0)).unwrap();
    h.import(vec![early(20)]).unwrap();
    let run = &h.runs()[0];
    assert_eq!((run.status, run.step, &run.curve), (Status::Paused, Steps(20), &curve(&[(20, 1.0)])));
    assert_eq!((h.spent(), h.paused().count(), run.metrics["acc"].len()), (Steps(0), 0, 1));
    assert_eq!(h.advance(RunId(0), Steps(100), Phase::Promote), Err(HistoryError::Elsewhere { run: RunId(0) }));
    let error = h.import(vec![early(100)]).unwrap_err().to_string();
    assert!(error.contains("it stopped early and is at step 100, expected one before 100"), "{error}");
    let text = serde_json::to_string(h.events()).unwrap();
    let events: Vec<Event> = serde_json::from_str(&text).unwrap();
    assert_eq!(History::replay(problem(1000, 0), events).unwrap(), h);
    assert_eq!(h.forget(RunId(0)).unwrap(), Steps(0));
}
