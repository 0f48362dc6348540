use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use jobs_core::{LearningCurve, RunState, Steps, Trainer};

use crate::{Checkpoints, Ended, Executor, ExecutorError, Report, RunId, Study, Trial};

/// How long [`Executor::wait`] waits.
const PATIENCE: Duration = Duration::from_millis(100);

/// Trains with a [`Trainer`] of this process, one thread per trial. A run asked to stop keeps its state at the end of its
/// slice of steps.
pub struct ThreadExecutor {
    shared: Arc<Shared>,
    slice: Steps,
    sender: Sender<Word>,
    receiver: Receiver<Word>,
    threads: HashMap<RunId, JoinHandle<()>>,
}

/// What a thread says at its end: a disk that fails is no run's fault, and stops the study.
type Word = Result<Ended, (RunId, io::Error)>;

/// Why a trial went no further.
enum Trouble {
    Training(String),
    Disk(io::Error),
}

struct Shared {
    trainer: Box<dyn Trainer>,
    checkpoints: Mutex<Box<dyn Checkpoints + Send>>,
    stop: AtomicBool,
}

impl ThreadExecutor {
    /// Trains `slice` steps at a time (at least one).
    pub fn new(trainer: Box<dyn Trainer>, checkpoints: Box<dyn Checkpoints + Send>, slice: Steps) -> Self {
        let (sender, receiver) = channel();
        let shared = Shared { trainer, checkpoints: Mutex::new(checkpoints), stop: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), slice: slice.max(Steps(1)), sender, receiver, threads: HashMap::new() }
    }
}

impl Executor for ThreadExecutor {
    fn submit(&mut self, _study: &Study, trials: &[Trial]) -> Result<(), ExecutorError> {
        for trial in trials {
            let (shared, sender, slice, trial) =
                (Arc::clone(&self.shared), self.sender.clone(), self.slice, trial.clone());
            let run = trial.run;
            let thread = std::thread::spawn(move || {
                let ended = train(&shared, &trial, slice);
                // nobody listens any more: the state is kept, the study asks again
                let _ = sender.send(ended);
            });
            self.threads.insert(run, thread);
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<Option<Ended>, ExecutorError> {
        match self.receiver.recv_timeout(PATIENCE) {
            Ok(word) => self.hear(word).map(Some),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let silent = self.threads.iter().find(|(_, t)| t.is_finished()).map(|(run, _)| *run);
                // a thread that ended has sent its word before, unless it panicked
                if let Ok(word) = self.receiver.try_recv() {
                    return self.hear(word).map(Some);
                }
                Ok(silent.map(|run| {
                    self.threads.remove(&run);
                    let report = Report { run, step: Steps::ZERO, curve: LearningCurve::new() };
                    Ended::Failed { report, why: "the trainer panicked".into() }
                }))
            }
        }
    }

    fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
    }
}

impl ThreadExecutor {
    fn hear(&mut self, word: Word) -> Result<Ended, ExecutorError> {
        match word {
            Ok(ended) => {
                self.threads.remove(&ended.run());
                Ok(ended)
            }
            Err((run, source)) => Err(ExecutorError::Io { what: format!("the checkpoint of run {run}"), source }),
        }
    }
}

fn train(shared: &Shared, trial: &Trial, slice: Steps) -> Word {
    let mut report = Report { run: trial.run, step: trial.from, curve: LearningCurve::new() };
    match advance(shared, trial, slice, &mut report) {
        Ok(true) => Ok(Ended::Report(report)),
        Ok(false) => Ok(Ended::Interrupted(trial.run)),
        Err(Trouble::Training(why)) => Ok(Ended::Failed { report, why }),
        Err(Trouble::Disk(source)) => Err((trial.run, source)),
    }
}

/// Whether the trial came to its end; `false` where it was stopped on the way.
fn advance(shared: &Shared, trial: &Trial, slice: Steps, report: &mut Report) -> Result<bool, Trouble> {
    let words = |e: &dyn std::fmt::Display| Trouble::Training(e.to_string());
    let checkpoints = || shared.checkpoints.lock().map_err(|e| words(&e));
    let saved = checkpoints()?.get(trial.run).map_err(Trouble::Disk)?;
    // a state that cannot be read costs time, not the study: the run is trained again from its seed
    let resumed = saved.and_then(|saved| shared.trainer.resume(&saved).ok()).filter(|run| run.step() <= trial.to);
    let mut run = match resumed {
        Some(run) => run,
        None => shared.trainer.start(&trial.point, trial.seed).map_err(|e| words(&e))?,
    };
    loop {
        let goal = run.step().saturating_add(slice).min(trial.to);
        let state = run.advance_to(goal).map_err(|e| words(&e))?;
        (report.step, report.curve) = (run.step(), run.curve().clone());
        if state == RunState::Diverged || (state == RunState::Finished && run.step() == trial.to) {
            checkpoints()?.remove(trial.run).map_err(Trouble::Disk)?;
            return Ok(true);
        }
        let (there, stopped) = (run.step() >= trial.to, shared.stop.load(Ordering::SeqCst));
        if there || stopped {
            checkpoints()?.put(trial.run, &run.save().map_err(|e| words(&e))?).map_err(Trouble::Disk)?;
            return Ok(there);
        }
        if run.step() < goal {
            let why = format!("the run ended at step {}, it was asked to reach {}", run.step(), trial.to);
            return Err(Trouble::Training(why));
        }
    }
}
