//! Several runs at once: any order of endings, failures, stops, broken disks.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use common::{FullRuns, POLICIES, Shuffled, ToyTrainer, any_order_is_sound_for, drive_with, policy, problem};
use jobs::{
    DriveError, DriveOptions, ExecutorError, InlineExecutor, Journal, JournalFile, JournalHeader, MemoryCheckpoints,
    Observer, RunId, Study, StudyLock, ThreadExecutor, drive,
};
use jobs_core::{LearningCurve, Point, Run, RunState, SearchSpace, Seed, Steps, Trainer, TrainerError};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// One worker is the plain loop.
    #[test]
    fn one_worker_is_drive(total in 100u64..1200, seed in 0u64..1000, which in 0usize..POLICIES.len()) {
        let p = problem(total, seed);
        let mut plain = Study::new(p.clone(), policy(POLICIES[which])).unwrap();
        let best = drive(&mut plain, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [], DriveOptions::default()).unwrap();
        let mut study = Study::new(p.clone(), policy(POLICIES[which])).unwrap();
        prop_assert_eq!(drive_with(&mut study, &mut Shuffled::new(vec![0], 0), 1), best);
        prop_assert_eq!(study.events(), plain.events());
    }

    /// Whatever the order and the failures, the budget holds, it is used up, no configuration is tried twice, replaying the events gives
    /// the study, and a study cut anywhere uses the rest of the budget.
    #[test]
    fn any_order_is_sound(
        total in 300u64..1200, seed in 0u64..1000, which in 0usize..POLICIES.len(), workers in 1usize..7,
        order in prop::collection::vec(0usize..10, 1..12), failing in 0usize..6, cut in 0.0..1.0f64,
    ) {
        any_order_is_sound_for(&|| policy(POLICIES[which]), &problem(total, seed), workers, order, failing, cut)?;
    }
}

#[test]
fn a_failed_run_counts_as_diverged_even_the_first_and_limits_stop_the_study() {
    let p = problem(1000, 1);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    drive_with(&mut study, &mut Shuffled::new(vec![0], 3), 1);
    let failed: Vec<_> = study.history().runs().iter().filter(|r| r.step == Steps(1)).collect();
    assert!(!failed.is_empty() && failed.iter().all(|r| r.curve.diverged_at() == Some(Steps(1))));
    let failing = |every: usize, options: DriveOptions<'_>| {
        let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
        let end = drive(&mut study, &mut Shuffled::new(vec![0], every), &mut [], options);
        (end.unwrap_err().to_string(), study.history().tells())
    };
    let four = DriveOptions { workers: 4, ..DriveOptions::default() };
    let in_a_row = "run 2 failed: out of memory; 3 runs in a row have failed";
    assert_eq!(failing(1, four), (in_a_row.into(), 3), "all of them are recorded");
    let most = |max_failures_in_a_row| DriveOptions { max_failures_in_a_row, ..DriveOptions::default() };
    assert_eq!(failing(1, most(5)).1, 5);
    let in_all = DriveOptions { max_failures: Some(2), ..DriveOptions::default() };
    assert_eq!(failing(3, in_all).0, "run 5 failed: out of memory; 2 runs have failed");
}

#[test]
fn a_stop_leaves_runs_pending_and_the_study_resumes_to_the_same_end() {
    let p = problem(800, 4);
    let mut whole = Study::new(p.clone(), policy("promoting")).unwrap();
    let best = drive_with(&mut whole, &mut Shuffled::new(vec![0], 0), 1);
    for after in 1..12 {
        let mut study = Study::new(p.clone(), policy("promoting")).unwrap();
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > after
        };
        let mut executor =
            ThreadExecutor::new(Box::new(ToyTrainer::new()), Box::new(MemoryCheckpoints::default()), Steps(7));
        let end = drive(
            &mut study,
            &mut executor,
            &mut [],
            DriveOptions { workers: 1, stop: &stop, ..DriveOptions::default() },
        );
        assert!(matches!(end, Err(DriveError::Interrupted)), "{end:?}");
        let mut executor =
            ThreadExecutor::new(Box::new(ToyTrainer::new()), Box::new(MemoryCheckpoints::default()), Steps(7));
        let resumed =
            drive(&mut study, &mut executor, &mut [], DriveOptions { workers: 1, ..DriveOptions::default() }).unwrap();
        assert_eq!(resumed, best);
        assert_eq!(study.events(), whole.events());
    }
}

#[test]
fn threads_train_what_the_plain_loop_trains() {
    let p = problem(1000, 2);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let mut executor =
        ThreadExecutor::new(Box::new(ToyTrainer::new()), Box::new(MemoryCheckpoints::default()), Steps(30));
    let best = drive(&mut study, &mut executor, &mut [], DriveOptions { workers: 4, ..DriveOptions::default() })
        .unwrap()
        .unwrap();
    let mut plain = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let expected = drive(&mut plain, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [], DriveOptions::default())
        .unwrap()
        .unwrap();
    assert_eq!(best.inference, expected.inference, "random search asks for the same runs whatever the order");
}

/// A disk that takes so many bytes, or syncs so often, and then fails in one of three ways.
#[derive(Clone, Debug)]
struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
    syncs: usize,
    truncates: bool,
}

impl JournalFile for Disk {
    fn append(&mut self, new: &[u8]) -> io::Result<()> {
        let mut bytes = self.bytes.lock().unwrap();
        let taken = new.len().min(self.room.saturating_sub(bytes.len()));
        bytes.extend(&new[..taken]);
        if taken < new.len() { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.syncs = self.syncs.checked_sub(1).ok_or_else(|| io::Error::from_raw_os_error(5))?;
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if !self.truncates {
            return Err(io::Error::from_raw_os_error(30));
        }
        self.bytes.lock().unwrap().truncate(length as usize);
        Ok(())
    }
}

#[test]
fn a_disk_that_fails_stops_the_study_and_keeps_every_finished_run() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(600, 3);
    let header = JournalHeader::of(&p, "promoting");
    let path = dir.path().join("whole");
    let mut journal = Journal::create(&path, &header).unwrap();
    let head = std::fs::read(&path).unwrap();
    let mut whole = Study::new(p.clone(), policy("promoting")).unwrap();
    drive(&mut whole, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut journal], DriveOptions::default())
        .unwrap();
    let all = std::fs::read(&path).unwrap();

    for case in 0..90 {
        let room = if case % 2 == 0 { head.len() + (all.len() - head.len()) * case / 90 } else { usize::MAX };
        let syncs = if case % 2 == 1 { case / 3 } else { usize::MAX };
        let disk = Disk { bytes: Arc::new(Mutex::new(head.clone())), room, syncs, truncates: case % 3 > 0 };
        let mut journal = Journal::over(Path::new("journal"), Box::new(disk.clone()), &header);
        let mut study = Study::new(p.clone(), policy("promoting")).unwrap();
        let end = drive(
            &mut study,
            &mut Shuffled::new(vec![0], 0),
            &mut [&mut journal as &mut dyn Observer],
            DriveOptions { workers: 1, ..DriveOptions::default() },
        );
        let Err(DriveError::Observer(error)) = end else {
            assert!(end.is_ok() && syncs > 12, "case {case}: {end:?}");
            continue;
        };
        assert!(error.contains("journal: "), "{error}");
        assert!(journal.has_failed() && journal.append(study.events()).is_err(), "nothing more is accepted");
        let torn = dir.path().join(format!("torn-{case}"));
        std::fs::write(&torn, disk.bytes.lock().unwrap().as_slice()).unwrap();
        let (mut journal, events, _) = Journal::open_or_create(&torn, &header).unwrap();
        let kept = events.len();
        assert!(study.events()[..kept] == events[..] && kept + 1 >= study.events().len(), "case {case}: {kept}");
        let mut study = Study::replay(p.clone(), policy("promoting"), events).unwrap();
        drive(
            &mut study,
            &mut Shuffled::new(vec![0], 0),
            &mut [&mut journal as &mut dyn Observer],
            DriveOptions { workers: 1, ..DriveOptions::default() },
        )
        .unwrap();
        assert_eq!(std::fs::read(&torn).unwrap(), all, "case {case}: the same journal in the end");
    }
}

#[test]
fn a_study_has_one_driver_and_errors_name_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let held = StudyLock::take(&path).unwrap();
    let error = StudyLock::take(&path).unwrap_err().to_string();
    assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
    drop(held);
    StudyLock::take(&path).unwrap();
}

#[test]
fn reported_runs_are_not_proposed_again() {
    let p = problem(500, 9);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    drive_with(&mut study, &mut Shuffled::new(vec![2, 0, 1], 0), 3);
    let ids: Vec<RunId> = study.history().runs().iter().map(|r| r.id).collect();
    assert_eq!(ids, (0..5).map(RunId).collect::<Vec<_>>());
}

/// Keeps nothing: the disk is full.
struct Full;

impl jobs::Checkpoints for Full {
    fn put(&mut self, _: RunId, _: &[u8]) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(28))
    }
    fn get(&self, _: RunId) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
    fn remove(&mut self, _: RunId) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_checkpoint_that_cannot_be_kept_stops_the_study_and_is_not_the_runs_fault() {
    let p = problem(1000, 1);
    let mut study = Study::new(p.clone(), policy("promoting")).unwrap();
    let mut executor = ThreadExecutor::new(Box::new(ToyTrainer::new()), Box::new(Full), Steps(50));
    let end = drive(&mut study, &mut executor, &mut [], DriveOptions { workers: 2, ..DriveOptions::default() });
    assert!(matches!(end, Err(DriveError::Executor(ExecutorError::Io { .. }))), "{end:?}");
    assert!(study.history().runs().iter().all(|r| r.curve.diverged_at().is_none_or(|s| s >= Steps(50))));
}

/// Every run diverges before its first finite loss.
struct NeverFinite;

impl Trainer for NeverFinite {
    fn space(&self) -> &SearchSpace {
        unreachable!("the study has its own")
    }
    fn full_steps(&self) -> Steps {
        Steps(100)
    }
    fn start(&self, _: &Point, _: Seed) -> Result<Box<dyn Run>, TrainerError> {
        Ok(Box::new(Nan(LearningCurve::new())))
    }
    fn resume(&self, _: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        unreachable!("no run is paused")
    }
}

struct Nan(LearningCurve);

impl Run for Nan {
    fn advance_to(&mut self, _: Steps) -> Result<RunState, TrainerError> {
        self.0.push(Steps(10), f64::NAN).unwrap();
        Ok(RunState::Diverged)
    }
    fn step(&self) -> Steps {
        Steps(10)
    }
    fn curve(&self) -> &LearningCurve {
        &self.0
    }
    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        unreachable!("no run is paused")
    }
}

#[test]
fn a_study_in_which_no_run_has_a_finite_loss_stops() {
    let mut study = Study::new(problem(1000, 1), Box::new(FullRuns)).unwrap();
    let end = drive(&mut study, &mut InlineExecutor::new(&NeverFinite), &mut [], DriveOptions::default());
    assert_eq!(end.unwrap_err().to_string(), "all 3 runs so far diverged before their first finite loss");
}
