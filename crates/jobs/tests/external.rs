//! Training by a real external process: a script of the shell, which behaves or misbehaves.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{FullRuns, policy, problem};
use jobs::external::{CommandExecutor, CommandOptions, LocalLauncher};
use jobs::{DriveError, DriveOptions, Method, Observer, Status, Study, drive};
use jobs_core::Steps;

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/train.sh")
}

fn executor(mode: &str, runs: &Path, change: impl FnOnce(&mut CommandOptions)) -> CommandExecutor<LocalLauncher> {
    let command = vec!["sh".into(), script().to_str().unwrap().into(), mode.into()];
    let mut options = CommandOptions {
        runs: runs.to_owned(),
        metric: "eval_loss".into(),
        maximise: false,
        silence: Some(Duration::from_secs(30)),
        grace: Duration::from_secs(2),
        attempts: 2,
    };
    change(&mut options);
    CommandExecutor::new(LocalLauncher::new(command, runs, runs, 4).unwrap(), options)
}

#[derive(Default)]
struct Notes(Vec<String>);

impl Observer for Notes {
    fn noted(&mut self, note: &str) {
        self.0.push(note.to_owned());
    }
}

struct Trained {
    study: Study,
    end: Result<(), DriveError>,
    notes: String,
    _dir: tempfile::TempDir,
}

fn train(mode: &str, workers: usize, total: u64, change: impl FnOnce(&mut CommandOptions)) -> Trained {
    train_by(Box::new(FullRuns), mode, workers, total, change)
}

fn train_by(
    policy: Box<dyn Method>,
    mode: &str,
    workers: usize,
    total: u64,
    change: impl FnOnce(&mut CommandOptions),
) -> Trained {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(total, 5);
    let mut study = Study::new(p.clone(), policy).unwrap();
    let (mut executor, mut notes) = (executor(mode, dir.path(), change), Notes::default());
    let end = drive(&mut study, &mut executor, &mut [&mut notes], DriveOptions { workers, ..DriveOptions::default() })
        .map(|_| ());
    Trained { study, end, notes: notes.0.join("\n"), _dir: dir }
}

/// The loss the script reports.
fn loss(rank: i64, step: u64) -> f64 {
    1.0 + (900.0 - 5.0 * step as f64 + rank as f64) / 1000.0
}

fn assert_all_as_scripted(study: &Study) {
    for r in study.history().runs() {
        assert!(matches!(r.status, Status::Finished | Status::Paused));
        assert_eq!(r.curve.len() as u64, r.step.0 / 10, "run {}", r.id);
        assert!(
            r.curve.iter().all(|(s, v)| (v - loss(r.point.integer("rank").unwrap(), s.0)).abs() < 1e-12),
            "run {}",
            r.id
        );
    }
}

#[test]
fn runs_are_trained_paused_and_promoted_by_a_real_process() {
    let outcome = train_by(policy("promoting"), "good", 3, 700, |_| {});
    outcome.end.unwrap();
    assert_eq!(outcome.notes, "");
    let h = outcome.study.history();
    assert!(h.spent() > Steps(600) && h.paused().count() > 0, "{} steps", h.spent());
    assert_all_as_scripted(&outcome.study);
    let promoted = h.runs().iter().find(|r| r.phase == jobs::Phase::Promote).unwrap();
    let kept = fs::read_to_string(outcome._dir.path().join(format!("run-{:05}/checkpoint/executions", promoted.id.0)));
    let lines = kept.unwrap();
    assert!(lines.lines().nth(1).unwrap().ends_with("true 20"), "it went on from step 20: {lines}");
}

#[test]
fn a_crash_is_tried_again_from_the_checkpoint() {
    let outcome = train("crash", 2, 300, |_| {});
    outcome.end.unwrap();
    assert_all_as_scripted(&outcome.study);
    assert!(outcome.notes.contains("status 3 at step 30 of 100: CUDA error: device lost"), "{}", outcome.notes);
}

#[test]
fn a_command_that_never_works_stops_the_study_with_the_reason() {
    let outcome = train("broken", 2, 300, |_| {});
    let error = outcome.end.unwrap_err().to_string();
    assert!(error.contains("no such model; tried 2 times without progress; 3 runs in a row have failed"), "{error}");
    assert_eq!(outcome.study.history().spent(), Steps(3), "a failed run is recorded and costs a step");
    let dir = tempfile::tempdir().unwrap();
    let p = problem(300, 5);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let launcher = LocalLauncher::new(vec!["no-such-program".into()], dir.path(), dir.path(), 1).unwrap();
    let options = CommandOptions { attempts: 1, ..executor_options(dir.path()) };
    let mut executor = CommandExecutor::new(launcher, options);
    let error = drive(&mut study, &mut executor, &mut [], DriveOptions { workers: 1, ..DriveOptions::default() })
        .unwrap_err()
        .to_string();
    assert!(error.contains("the command cannot be run") && error.contains("no-such-program"), "{error}");
}

fn executor_options(runs: &Path) -> CommandOptions {
    let (silence, grace) = (None, Duration::from_secs(1));
    CommandOptions { runs: runs.to_owned(), metric: "eval_loss".into(), maximise: false, silence, grace, attempts: 2 }
}

#[test]
fn configurations_that_fail_count_as_diverged() {
    let outcome = train("fails-for-some", 1, 700, |o| o.attempts = 1);
    // a first run of a large rank may stop the study at once: then the seed of this test has to change
    outcome.end.unwrap();
    let h = outcome.study.history();
    for r in h.runs() {
        assert_eq!(r.status == Status::Diverged, r.point.integer("rank").unwrap() > 12, "run {}", r.id);
    }
    assert!(h.runs().iter().any(|r| r.status == Status::Diverged));
    assert!(outcome.notes.contains("out of memory"), "{}", outcome.notes);
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_at_once_and_is_data() {
    let began = Instant::now();
    let outcome = train("nan", 3, 300, |_| {});
    outcome.end.unwrap();
    for r in outcome.study.history().runs().iter().filter(|r| r.status == Status::Diverged) {
        assert_eq!((r.curve.diverged_at(), r.curve.len(), r.step), (Some(Steps(40)), 3, Steps(40)));
    }
    assert!(outcome.study.history().runs().iter().any(|r| r.status == Status::Diverged));
    assert!(began.elapsed() < Duration::from_secs(50), "the process, which sleeps, was asked to end");
}

#[test]
fn falling_steps_garbage_and_an_early_end_are_failures_with_their_reason() {
    for (mode, reason) in [
        ("back", "step 20 came after step 30"),
        ("garbage", "before the first of 100 steps"),
        ("early", "ended with status 0 at step 30 of 100; expected a last line with step 100"),
    ] {
        let outcome = train(mode, 1, 300, |o| o.attempts = 1);
        let error = outcome.end.unwrap_err().to_string();
        assert!(error.contains(reason), "{mode}: {error}");
        if mode == "garbage" {
            assert!(outcome.notes.contains("not JSON"), "{}", outcome.notes);
        }
    }
}

#[test]
fn silence_is_ended_by_force_if_need_be() {
    for mode in ["silent", "stubborn"] {
        let began = Instant::now();
        let outcome = train(mode, 1, 100, |o| {
            (o.silence, o.grace, o.attempts) = (Some(Duration::from_millis(400)), Duration::from_millis(300), 1);
        });
        outcome.end.unwrap();
        assert!(outcome.notes.contains("no output for 0.4 s"), "{mode}: {}", outcome.notes);
        assert!(began.elapsed() < Duration::from_secs(30), "{mode}: {:?}", began.elapsed());
    }
}

#[test]
fn output_after_the_last_step_is_ignored_with_a_note() {
    let outcome = train("over", 1, 100, |_| {});
    outcome.end.unwrap();
    assert_all_as_scripted(&outcome.study);
    assert!(outcome.notes.contains("reported step 999, expected at most step 100"), "{}", outcome.notes);
    let outcome = train("late", 1, 100, |_| {});
    outcome.end.unwrap();
    assert!(outcome.notes.contains("reached step 100, then ended with status 9"), "{}", outcome.notes);
}

#[test]
fn a_score_becomes_a_loss_by_its_sign() {
    let outcome = train("good", 1, 100, |o| o.maximise = true);
    outcome.end.unwrap();
    assert!(outcome.study.history().runs()[0].curve.losses().iter().all(|v| *v < 0.0));
}

#[test]
fn a_stop_asks_for_checkpoints_and_the_study_goes_on_from_them() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(400, 5);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let began = Instant::now();
    let stop = || began.elapsed() > Duration::from_millis(200);
    let end = drive(
        &mut study,
        &mut executor("slow", dir.path(), |_| {}),
        &mut [],
        DriveOptions { workers: 2, stop: &stop, ..DriveOptions::default() },
    );
    assert!(matches!(end, Err(DriveError::Interrupted)), "{end:?}");
    let mut notes = Notes::default();
    drive(
        &mut study,
        &mut executor("slow", dir.path(), |_| {}),
        &mut [&mut notes],
        DriveOptions { workers: 2, ..DriveOptions::default() },
    )
    .unwrap();
    assert_all_as_scripted(&study);
    assert_eq!(study.history().spent(), Steps(400));
    let executions = fs::read_to_string(dir.path().join("run-00000/checkpoint/executions")).unwrap();
    assert!(executions.lines().count() == 2 && !executions.ends_with("true 0\n"), "{executions}");
}

#[test]
fn a_process_that_outlived_its_study_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(200, 5);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let trial = study.ask().unwrap().unwrap();
    {
        use jobs::Executor;
        let mut killed = executor("slow", dir.path(), |_| {});
        killed.submit(study.history(), &[trial]).unwrap();
        while fs::metadata(dir.path().join("run-00000/attempt-1.out")).map_or(0, |m| m.len()) < 100 {
            killed.wait().unwrap();
        }
        // the study's process is gone, its child is not
    }
    let mut notes = Notes::default();
    drive(
        &mut study,
        &mut executor("slow", dir.path(), |_| {}),
        &mut [&mut notes],
        DriveOptions { workers: 1, ..DriveOptions::default() },
    )
    .unwrap();
    assert_all_as_scripted(&study);
    let executions = fs::read_to_string(dir.path().join("run-00000/checkpoint/executions")).unwrap();
    assert_eq!((executions.lines().count(), notes.0), (1, vec![]), "it was not started a second time");
}

#[test]
fn a_process_killed_with_its_study_is_started_again() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(100, 5);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let trial = study.ask().unwrap().unwrap();
    {
        use jobs::Executor;
        let mut killed = executor("slow", dir.path(), |_| {});
        killed.submit(study.history(), &[trial]).unwrap();
        while fs::metadata(dir.path().join("run-00000/attempt-1.out")).map_or(0, |m| m.len()) < 100 {
            killed.wait().unwrap();
        }
        let pid = fs::read_to_string(dir.path().join("run-00000/attempt-1.pid")).unwrap();
        let group = format!("-{}", pid.split(' ').next().unwrap());
        assert!(Command::new("sh").args(["-c", "kill -s KILL -- \"$1\"", "sh", &group]).status().unwrap().success());
    }
    let mut notes = Notes::default();
    drive(
        &mut study,
        &mut executor("slow", dir.path(), |_| {}),
        &mut [&mut notes],
        DriveOptions { workers: 1, ..DriveOptions::default() },
    )
    .unwrap();
    assert_all_as_scripted(&study);
    assert!(notes.0[0].contains("it was killed, or the machine went down"), "{:?}", notes.0);
}

#[test]
fn a_metric_that_is_never_reported_stops_the_study_at_the_first_run() {
    let outcome = train("good", 1, 300, |o| o.metric = "eval_accuracy".into());
    let error = outcome.end.unwrap_err().to_string();
    let said = "run 0 reached step 100 without reporting `eval_accuracy`; its lines reported eval_loss, lr, step";
    assert!(error.starts_with(said), "{error}");
    assert_eq!(outcome.study.history().spent(), Steps(0));
}
