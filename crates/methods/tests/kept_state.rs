//! A method whose state was kept proposes what it would have proposed without an interruption, to the last bit.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{ToyTrainer, problem, train};
use jobs::{CaughtUp, KeptState, MOST_OBSERVED, Problem, Study};
use methods::{METHODS, MethodEntry};

/// Steps of the study: enough for every method to fit its models several times.
const TOTAL: u64 = 1500;

/// A study of this method and, before each proposal, its state and the number of its events.
fn driven(method: &MethodEntry, problem: &Problem) -> Option<(Study, Vec<KeptState>)> {
    let mut study = Study::new(problem.clone(), method.make(problem).ok()?).unwrap();
    let mut states = vec![];
    while let Some(trial) = study.ask().unwrap() {
        study.tell(train(&trial)).unwrap();
        states.extend(study.kept_state());
    }
    Some((study, states))
}

#[test]
fn a_kept_state_proposes_the_same() {
    let _ = ToyTrainer::new();
    for method in METHODS.iter().filter(|m| m.name != "mf-kg") {
        let problem = problem(TOTAL, 5);
        let Some((whole, states)) = driven(method, &problem) else { continue };
        for state in states.iter().skip(2).step_by(5) {
            let events = whole.events()[..state.events].to_vec();
            let made = method.make(&problem).unwrap();
            let (mut study, caught_up) = Study::resume(problem.clone(), made, events, Some(state)).unwrap();
            assert_eq!(caught_up, CaughtUp::Nothing, "{}", method.name);
            while let Some(trial) = study.ask().unwrap() {
                study.tell(train(&trial)).unwrap();
            }
            assert_eq!(study.events(), whole.events(), "{} from event {} on", method.name, state.events);
            assert_eq!(study.best().unwrap(), whole.best().unwrap(), "{}", method.name);
        }
    }
}

#[test]
fn reports_since_the_state_are_observed_one_by_one() {
    let method = methods::find("jobs").unwrap();
    let problem = problem(TOTAL, 6);
    let (whole, states) = driven(method, &problem).unwrap();
    let missing = 40;
    let old = &states[states.len() - 1 - missing];
    let resumed = Study::resume(problem.clone(), method.make(&problem).unwrap(), whole.events().to_vec(), Some(old));
    let (study, caught_up) = resumed.unwrap();
    assert_eq!(caught_up, CaughtUp::OneByOne(missing));
    assert_eq!(study.kept_state(), whole.kept_state());
}

#[test]
fn a_state_of_another_method_or_a_damaged_one_is_refused_and_changes_nothing() {
    let problem = problem(TOTAL, 7);
    let (whole, states) = driven(methods::find("jobs").unwrap(), &problem).unwrap();
    let state = &states[12].numbers;
    for name in ["bo-ucb", "mf-ucb", "deep-kernel", "random", "jobs-paper"] {
        let mut other = methods::find(name).unwrap().make(&problem).unwrap();
        let before = other.save();
        if name != "jobs-paper" {
            assert!(!other.restore(state), "{name}");
        }
        for cut in (0..state.len()).step_by(7) {
            assert!(!other.restore(&state[..cut]), "{name} took {cut} numbers");
        }
        assert_eq!(other.save(), before);
    }
    // a state that does not fit is as none: every report is observed
    let events = whole.events()[..states[MOST_OBSERVED - 1].events].to_vec();
    let bad = KeptState { events: events.len(), numbers: vec![f64::NAN; 9] };
    let made = methods::find("jobs").unwrap().make(&problem).unwrap();
    let (study, caught_up) = Study::resume(problem, made, events, Some(&bad)).unwrap();
    assert_eq!(caught_up, CaughtUp::OneByOne(MOST_OBSERVED));
    assert_eq!(study.kept_state().as_ref(), states.get(MOST_OBSERVED - 1));
}

#[test]
fn a_long_study_without_a_state_is_observed_at_once() {
    let method = methods::find("jobs").unwrap();
    let problem = problem(TOTAL, 8);
    let (whole, states) = driven(method, &problem).unwrap();
    assert!(states.len() > MOST_OBSERVED);
    let made = method.make(&problem).unwrap();
    let (study, caught_up) = Study::resume(problem, made, whole.events().to_vec(), None).unwrap();
    assert_eq!(caught_up, CaughtUp::AtOnce(states.len()));
    assert_eq!(study.history(), whole.history());
    assert!(study.best().unwrap().is_some());
}
