use std::collections::HashMap;
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
    sender: Sender<Ended>,
    receiver: Receiver<Ended>,
    threads: HashMap<RunId, JoinHandle<()>>,
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
            Ok(ended) => {
                self.threads.remove(&ended.run());
                Ok(Some(ended))
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let silent = self.threads.iter().find(|(_, t)| t.is_finished()).map(|(run, _)| *run);
                // a thread that ended has sent its word before, unless it panicked
                if let Ok(ended) = self.receiver.try_recv() {
                    self.threads.remove(&ended.run());
                    return Ok(Some(ended));
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

fn train(shared: &Shared, trial: &Trial, slice: Steps) -> Ended {
    let mut report = Report { run: trial.run, step: trial.from, curve: LearningCurve::new() };
    match advance(shared, trial, slice, &mut report) {
        Ok(true) => Ended::Report(report),
        Ok(false) => Ended::Interrupted(trial.run),
        Err(why) => Ended::Failed { report, why },
    }
}

/// Whether the trial came to its end; `false` where it was stopped on the way.
fn advance(shared: &Shared, trial: &Trial, slice: Steps, report: &mut Report) -> Result<bool, String> {
    let words = |e: &dyn std::fmt::Display| e.to_string();
    let checkpoints = || shared.checkpoints.lock().map_err(|e| words(&e));
    let saved = checkpoints()?.get(trial.run).map_err(|e| words(&e))?;
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
            checkpoints()?.remove(trial.run).map_err(|e| words(&e))?;
            return Ok(true);
        }
        let (there, stopped) = (run.step() >= trial.to, shared.stop.load(Ordering::SeqCst));
        if there || stopped {
            checkpoints()?.put(trial.run, &run.save().map_err(|e| words(&e))?).map_err(|e| words(&e))?;
            return Ok(there);
        }
        if run.step() < goal {
            return Err(format!("the run ended at step {}, it was asked to reach {}", run.step(), trial.to));
        }
    }
}
