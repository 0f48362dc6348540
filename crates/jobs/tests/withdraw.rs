//! Runs that the user withdraws, and metrics besides that of the study.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{FullRuns, POLICIES, curve, policy, problem, space};
use jobs::{Event, History, HistoryError, ImportedRun, MetricValues, Phase, Problem, Report, RunId, Status, Study};
use jobs_core::{Seed, Steps};

fn history() -> History {
    History::new(problem(1000, 0)).unwrap()
}

fn start(history: &mut History, to: u64) -> RunId {
    let point = space().design(1, Seed(history.runs().len() as u64)).remove(0);
    history.start(point, Steps(to), Phase::Search).unwrap().run
}

fn tell(history: &mut History, run: RunId, pairs: &[(u64, f64)]) {
    let step = Steps(pairs.last().unwrap().0);
    history.tell(Report { run, step, curve: curve(pairs) }).unwrap();
}

fn metrics(pairs: &[(&str, &[(u64, f64)])]) -> MetricValues {
    let values = |v: &[(u64, f64)]| v.iter().map(|&(s, v)| (Steps(s), v)).collect();
    pairs.iter().map(|(name, v)| ((*name).to_owned(), values(v))).collect()
}

#[test]
fn a_withdrawn_run_counts_for_nothing_whatever_its_state() {
    let mut h = history();
    let (pending, paused, full) = (start(&mut h, 20), start(&mut h, 20), start(&mut h, 100));
    tell(&mut h, paused, &[(20, 0.5)]);
    tell(&mut h, full, &[(100, 0.1)]);
    assert_eq!((h.spent(), h.remaining()), (Steps(120), Steps(860)));
    h.advance(paused, Steps(100), Phase::Promote).unwrap();
    let freed = [pending, paused, full].map(|run| h.forget(run).unwrap().0);
    assert_eq!(freed, [20, 100, 100]);
    assert_eq!((h.spent(), h.remaining()), (Steps(0), Steps(1000)));
    assert!(h.runs().iter().all(|r| r.status == Status::Withdrawn && r.curve.is_empty()));
    assert!(h.best_finished().is_none() && h.worst_value().is_none() && h.pending_trials().is_empty());
    assert_eq!((h.counted().count(), start(&mut h, 20)), (0, RunId(3)), "numbers are not used again");
    assert_eq!(History::replay(problem(1000, 0), h.events().to_vec()).unwrap(), h);
    let text = serde_json::to_string(&Event::Forget { run: full }).unwrap();
    assert_eq!(text, "{\"event\":\"forget\",\"run\":2}");
}

#[test]
fn what_cannot_be_withdrawn_is_named() {
    let mut h = history();
    let run = start(&mut h, 20);
    assert!(matches!(h.forget(RunId(7)), Err(HistoryError::NoSuchRun { .. })));
    h.forget(run).unwrap();
    assert_eq!(h.forget(run), Err(HistoryError::Withdrawn { run }));
    let report = Report { run, step: Steps(20), curve: curve(&[(20, 1.0)]) };
    assert!(matches!(h.tell(report), Err(HistoryError::NotPending { .. })));
    assert!(matches!(h.advance(run, Steps(100), Phase::Promote), Err(HistoryError::NotPaused { .. })));
    assert_eq!(h.events().len(), 2, "refused events change nothing");
}

#[test]
fn imported_runs_give_no_steps_back_and_candidates_are_open_again() {
    let points = space().design(3, Seed(1));
    let problem: Problem = problem(1000, 0).among(points.clone());
    let mut h = History::new(problem).unwrap();
    let run = h.start(points[0].clone(), Steps(20), Phase::Search).unwrap().run;
    let imported = ImportedRun {
        point: points[1].record(),
        evaluations: vec![(Steps(100), 1.0)],
        diverged_at: None,
        partial: false,
        metrics: Default::default(),
    };
    h.import(vec![imported]).unwrap();
    assert_eq!((h.open_candidates().unwrap().len(), h.spent()), (1, Steps(0)));
    assert_eq!(h.forget(RunId(1)).unwrap(), Steps(0));
    h.forget(run).unwrap();
    assert_eq!(h.open_candidates().unwrap().len(), 3);
    h.start(points[0].clone(), Steps(20), Phase::Search).unwrap();
}

#[test]
fn a_study_without_the_run_is_replayed() {
    for name in POLICIES {
        let mut study = Study::new(problem(600, 3), policy(name)).unwrap();
        let mut count = 0;
        while let Some(trial) = study.ask().unwrap() {
            let pairs: Vec<(u64, f64)> = (1..=trial.to.0 / 20).map(|k| (20 * k, 1.0)).collect();
            study.tell(Report { run: trial.run, step: trial.to, curve: curve(&pairs) }).unwrap();
            count += 1;
            if count == 3 {
                study.forget(trial.run).unwrap();
            }
        }
        let again = Study::replay(problem(600, 3), policy(name), study.events().to_vec()).unwrap();
        assert_eq!(again.history(), study.history());
    }
}

#[test]
fn metrics_are_recorded_and_replayed() {
    let mut study = Study::new(problem(1000, 0), Box::new(FullRuns)).unwrap();
    let run = study.ask().unwrap().unwrap().run;
    study.record_metrics(run, metrics(&[("acc", &[(10, 0.1), (20, 0.2)]), ("loss", &[(20, 3.0)])])).unwrap();
    study.record_metrics(run, metrics(&[("acc", &[(20, 0.25), (30, 0.3)])])).unwrap();
    let expected = metrics(&[("acc", &[(10, 0.1), (20, 0.25), (30, 0.3)]), ("loss", &[(20, 3.0)])]);
    assert_eq!(study.history().runs()[0].metrics, expected);
    for (bad, said) in [
        (&[(10, f64::NAN)], "run 0: the metric `m` is NaN at step 10, expected a finite value at a step up to 100"),
        (&[(101, 1.0)], "is 1 at step 101"),
    ] {
        let error = study.record_metrics(run, metrics(&[("m", bad)])).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    study.tell(Report { run, step: Steps(100), curve: curve(&[(100, 1.0)]) }).unwrap();
    assert!(study.record_metrics(run, MetricValues::new()).is_err(), "only of pending runs");
    let events: Vec<Event> =
        study.events().iter().map(|e| serde_json::from_str(&serde_json::to_string(e).unwrap()).unwrap()).collect();
    assert_eq!(&History::replay(problem(1000, 0), events).unwrap(), study.history());
}
