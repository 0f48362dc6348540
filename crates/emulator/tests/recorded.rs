//! Recorded runs replayed: only they can be trained, and what is missing, short or diverged stays so.
#![allow(clippy::unwrap_used, missing_docs)]

use emulator::recorded::{RecordedError, RecordedTrainer};
use jobs_core::run_table::RecordedRun;
use jobs_core::test_spaces::TestSpace;
use jobs_core::{LearningCurve, RunState, RunTable, SearchSpace, Seed, Steps, Target, Trainer, Value, conformance};

fn space() -> SearchSpace {
    TestSpace::default().real("a", 0.0, 1.0).build()
}

/// Runs at a = 0, 0.1, ...: whole, ending at the last interval, cut at 20, diverged at 30, gappy, without a row; the last
/// repeats the first.
fn table() -> RunTable {
    let space = space();
    let all = |last: u64| (1..=last / 10).map(|i| (Steps(10 * i), 2.0 / i as f64)).collect::<Vec<_>>();
    let curves = [
        (0.0, all(50)),
        (0.1, all(40)),
        (0.2, all(20)),
        (0.3, [all(20), vec![(Steps(30), f64::INFINITY)]].concat()),
        (0.4, vec![(Steps(10), 2.0), (Steps(50), 0.1)]),
        (0.5, vec![]),
        (0.0, all(50).into_iter().map(|(s, v)| (s, v + 1.0)).collect()),
    ];
    let runs = curves.into_iter().enumerate().map(|(i, (a, pairs))| RecordedRun {
        id: format!("r{i}"),
        point: space.point(vec![Value::Real(a)]).unwrap(),
        notes: vec![],
        curve: LearningCurve::from_pairs(pairs).unwrap(),
        extras: vec![],
        rows_after_divergence: 0,
    });
    let runs = runs.collect();
    RunTable { space, full_steps: Steps(50), metric: "loss".into(), note_names: vec![], extra_metrics: vec![], runs }
}

#[test]
fn every_candidate_keeps_the_trainer_laws() {
    let trainer = RecordedTrainer::new(&table()).unwrap();
    for point in trainer.candidates().iter() {
        for seed in 0..2 {
            assert_eq!(conformance::check_trainer(&trainer, point, Seed(seed)), Ok(()), "{point:?}");
        }
    }
}

#[test]
fn what_was_recorded_is_the_truth() {
    let trainer = RecordedTrainer::new(&table()).unwrap();
    assert_eq!((trainer.candidates().len(), trainer.without_curve(), trainer.cut_short()), (5, 1, 1));
    assert_eq!(trainer.interval(), Steps(10));
    let candidates = trainer.candidates();
    let states = candidates.iter().map(|p| {
        let mut run = trainer.start(p, Seed(0)).unwrap();
        let state = run.advance_to(Steps(50)).unwrap();
        (state, run.step().0, (trainer.value(p, Target::Best).unwrap() * 1e9).round() / 1e9)
    });
    use RunState::{Diverged, Finished};
    // two runs of the first configuration: their mean
    let expected =
        [(Finished, 50, 0.9), (Finished, 50, 0.5), (Diverged, 30, 1.0), (Diverged, 30, 1.0), (Finished, 50, 0.1)];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    assert_eq!(trainer.optimum(Target::Best), Some(0.1));
    let first = |seed| {
        let mut run = trainer.start(&candidates[0], Seed(seed)).unwrap();
        run.advance_to(Steps(10)).unwrap();
        run.curve().losses()[0]
    };
    assert_eq!((first(0), first(1)), (2.0, 3.0), "the seed says which of two runs is repeated");
}

#[test]
fn nothing_else_can_be_trained() {
    let trainer = RecordedTrainer::new(&table()).unwrap();
    let other = trainer.space().point(vec![Value::Real(0.77)]).unwrap();
    let said = trainer.start(&other, Seed(0)).err().unwrap().to_string();
    assert!(said.contains("only the 5 recorded ones"), "{said}");
    let mut empty = table();
    empty.runs.retain(|r| r.curve.is_empty());
    assert_eq!(RecordedTrainer::new(&empty).err(), Some(RecordedError::Nothing { runs: 1 }));
}
