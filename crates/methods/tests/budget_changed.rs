//! A study whose budget was changed on the way: every method goes on, and a replay gives the same study.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{problem, train};
use jobs::{CaughtUp, Event, KeptState, Phase, Study};
use jobs_core::Steps;
use methods::{METHODS, MethodEntry};

const FIRST: u64 = 800;
const LATER: u64 = 1500;

/// Trains to the end of the budget; the method's state after every report.
fn finish(study: &mut Study) -> Vec<KeptState> {
    let mut states = vec![];
    while let Some(trial) = study.ask().unwrap() {
        study.tell(train(&trial)).unwrap();
        states.extend(study.kept_state());
    }
    states
}

/// A study of [`FIRST`] steps that was extended to [`LATER`], with the states of its method.
fn extended(method: &MethodEntry) -> Option<(Study, Vec<KeptState>)> {
    let problem = problem(FIRST, 5);
    let mut study = Study::new(problem.clone(), method.make(&problem).ok()?).unwrap();
    let mut states = finish(&mut study);
    study.set_total(Steps(LATER)).unwrap();
    states.extend(finish(&mut study));
    Some((study, states))
}

#[test]
fn every_method_uses_what_was_added() {
    for method in METHODS.iter().filter(|m| m.name != "mf-kg" && m.name != "default-config") {
        let Some((study, _)) = extended(method) else { continue };
        assert!(study.history().spent() > Steps(LATER - 200), "{}: {}", method.name, study.history().spent());
    }
}

#[test]
fn a_replay_gives_the_same_study_from_everywhere() {
    for method in METHODS.iter().filter(|m| m.name != "mf-kg") {
        let Some((whole, _)) = extended(method) else { continue };
        let (problem, events) = (problem(FIRST, 5), whole.events());
        let at = events.iter().position(|e| matches!(e, Event::Budget { .. })).unwrap();
        let is_start = |n: &usize| matches!(events[*n], Event::Start { .. } | Event::Advance { .. });
        // right after the change, somewhat later, and at the end
        let later = (at + 1..events.len()).filter(is_start).nth(3).unwrap_or(events.len());
        for cut in [at + 1, later, events.len()] {
            let made = method.make(&problem).unwrap();
            let mut study = Study::replay(problem.clone(), made, events[..cut].to_vec()).unwrap();
            finish(&mut study);
            assert_eq!(study.events(), events, "{} from event {cut} on", method.name);
        }
    }
}

#[test]
fn a_kept_state_of_before_or_after_the_change_proposes_the_same() {
    for method in METHODS.iter().filter(|m| m.name != "mf-kg") {
        let Some((whole, states)) = extended(method) else { continue };
        let (problem, events) = (problem(FIRST, 5), whole.events());
        for state in states.iter().skip(2).step_by(5) {
            let upto = (state.events..=events.len()).find(|&n| n == events.len() || n >= state.events + 6).unwrap();
            let upto = (state.events..=upto)
                .rfind(|&n| n == events.len() || matches!(events[n], Event::Start { .. } | Event::Advance { .. }));
            let known = events[..upto.unwrap()].to_vec();
            let missing =
                known[state.events..].iter().filter(|e| matches!(e, Event::Tell { .. } | Event::Budget { .. })).count();
            let made = method.make(&problem).unwrap();
            let (mut study, caught_up) = Study::resume(problem.clone(), made, known, Some(state)).unwrap();
            let expected = if missing == 0 { CaughtUp::Nothing } else { CaughtUp::OneByOne(missing) };
            assert_eq!(caught_up, expected, "{}", method.name);
            if !study.events().iter().any(|e| matches!(e, Event::Budget { .. })) {
                finish(&mut study);
                study.set_total(Steps(LATER)).unwrap();
            }
            finish(&mut study);
            assert_eq!(study.events(), events, "{} from event {} on", method.name, state.events);
        }
    }
}

#[test]
fn a_state_that_does_not_fit_leaves_the_method_of_the_first_budget() {
    let method = methods::find("jobs").unwrap();
    let (whole, states) = extended(method).unwrap();
    let (problem, events) = (problem(FIRST, 5), whole.events().to_vec());
    let bad = KeptState { events: events.len(), numbers: vec![f64::NAN; 9] };
    let resumed = Study::resume(problem.clone(), method.make(&problem).unwrap(), events[..60].to_vec(), None).unwrap();
    let made = method.make(&problem).unwrap();
    let same =
        Study::resume(problem.clone(), made, events[..60].to_vec(), Some(&KeptState { events: 60, ..bad })).unwrap();
    assert_eq!(resumed.0.kept_state(), same.0.kept_state());
    assert!(states.iter().any(|s| Some(s) == same.0.kept_state().as_ref()));
}

#[test]
fn a_search_that_has_begun_does_not_return_to_its_design() {
    for name in ["bo-ucb", "bo-logei", "turbo"] {
        let (study, _) = extended(methods::find(name).unwrap()).unwrap();
        let phases: Vec<Phase> = study.history().runs().iter().map(|r| r.phase).collect();
        let first = phases.iter().position(|p| *p == Phase::Search).unwrap();
        assert!(phases[first..].iter().all(|p| *p == Phase::Search), "{name}: {phases:?}");
    }
}

#[test]
fn an_extended_study_promotes_as_one_planned_so() {
    let count = |study: &Study| study.history().finished().count();
    let (extended, _) = extended(methods::find("jobs").unwrap()).unwrap();
    let problem = problem(LATER, 5);
    let mut planned = Study::new(problem.clone(), methods::find("jobs").unwrap().make(&problem).unwrap()).unwrap();
    finish(&mut planned);
    assert!(count(&extended).abs_diff(count(&planned)) <= 2, "{} and {}", count(&extended), count(&planned));
}

#[test]
fn less_budget_ends_sooner_and_never_below_what_is_used() {
    let problem = problem(LATER, 5);
    let mut study = Study::new(problem.clone(), methods::find("jobs").unwrap().make(&problem).unwrap()).unwrap();
    for _ in 0..6 {
        let trial = study.ask().unwrap().unwrap();
        study.tell(train(&trial)).unwrap();
    }
    let used = study.history().used();
    assert!(study.set_total(Steps(used.0.max(100) - 1)).is_err());
    study.set_total(Steps(400)).unwrap();
    finish(&mut study);
    assert!(study.history().spent() <= Steps(400));
}
