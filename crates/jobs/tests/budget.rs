//! More budget, or less: what a history allows, and how its journal keeps it.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{curve, problem, space};
use jobs::{Event, History, HistoryError, Journal, JournalHeader, Phase, Report};
use jobs_core::{BudgetError, Seed, Steps};

/// A history with a full run reported and an early one pending: 120 steps are used.
fn history() -> History {
    let mut history = History::new(problem(500, 0)).unwrap();
    let points = space().design(2, Seed(0));
    let full = history.start(points[0].clone(), Steps(100), Phase::Search).unwrap();
    history.tell(Report { run: full.run, step: Steps(100), curve: curve(&[(100, 1.0)]) }).unwrap();
    history.start(points[1].clone(), Steps(20), Phase::Search).unwrap();
    history
}

#[test]
fn less_is_allowed_down_to_what_is_used_and_reserved() {
    let mut h = history();
    assert_eq!((h.used(), h.remaining()), (Steps(120), Steps(380)));
    let events = h.events().len();
    assert_eq!(h.set_total(Steps(119)), Err(HistoryError::BelowUsed { total: Steps(119), used: Steps(120) }));
    let below = HistoryError::Budget(BudgetError::BelowOneFullRun { total: Steps(99), full: Steps(100) });
    assert_eq!(h.set_total(Steps(99)), Err(below));
    assert_eq!((h.events().len(), h.remaining()), (events, Steps(380)), "what is refused changes nothing");
    h.set_total(Steps(120)).unwrap();
    assert_eq!(h.remaining(), Steps(0));
    h.set_total(Steps(u64::MAX)).unwrap();
    assert_eq!(History::replay(problem(500, 0), h.events().to_vec()).unwrap(), h);
}

#[test]
fn a_replay_allows_what_the_budget_of_that_time_covered() {
    let mut h = history();
    h.set_total(Steps(150)).unwrap();
    let point = space().design(1, Seed(5)).remove(0);
    assert!(matches!(h.start(point.clone(), Steps(100), Phase::Search), Err(HistoryError::OverBudget { .. })));
    h.set_total(Steps(900)).unwrap();
    let late = h.start(point, Steps(100), Phase::Search).unwrap();
    let mut events = h.events().to_vec();
    assert_eq!(Event::last_total(&events), Some(Steps(900)));
    // without the second change the run would not have been covered
    let change = events.iter().rposition(|e| matches!(e, Event::Budget { .. })).unwrap();
    events.remove(change);
    let error = History::replay(problem(500, 0), events).unwrap_err();
    assert!(matches!(error, HistoryError::Replay { index, .. } if index == change), "{error}: run {}", late.run);
}

#[test]
fn the_change_is_a_line_of_the_journal() {
    let mut h = history();
    h.set_total(Steps(800)).unwrap();
    let text = serde_json::to_string(h.events().last().unwrap()).unwrap();
    assert_eq!(text, "{\"event\":\"budget\",\"total\":800}");
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), Event::Budget { total: Steps(800) });
    let missing = serde_json::from_str::<Event>("{\"event\":\"budget\"}").unwrap_err().to_string();
    assert!(missing.contains("the event `budget` needs `total`"), "{missing}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut journal = Journal::create(&path, &JournalHeader::of(&problem(500, 0), "jobs")).unwrap();
    journal.append(h.events()).unwrap();
    let read = Journal::peek(&path).unwrap();
    assert_eq!((read.header.budget.total, read.events.as_slice()), (Steps(500), h.events()));
}
