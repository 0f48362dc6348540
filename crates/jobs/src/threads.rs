use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use jobs_core::{LearningCurve, RunState, Steps, Trainer};

use crate::{Checkpoints, Executor, ExecutorError, History, Outcome, Report, RunId, Trial};

/// How long [`Executor::wait`] waits.
const WAIT: Duration = Duration::from_millis(100);

/// Trains with a [`Trainer`] in this process, one thread per trial. After a stop, a run saves its state at the end of its present
/// slice of steps.
pub struct ThreadExecutor {
    shared: Arc<Shared>,
    slice: Steps,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    threads: HashMap<RunId, JoinHandle<()>>,
}

/// What a thread sends when it ends. A disk error is not the fault of a run: it stops the study.
type Message = Result<Outcome, (RunId, io::Error)>;

/// Why a trial ended early.
enum Failure {
    Training(String),
    Disk(io::Error),
}

struct Shared {
    trainer: Box<dyn Trainer>,
    checkpoints: Mutex<Box<dyn Checkpoints + Send>>,
    stop: AtomicBool,
}

impl ThreadExecutor {
    /// Trains `slice` steps at a time, at least one. A smaller slice reacts faster to a stop.
    pub fn new(trainer: Box<dyn Trainer>, checkpoints: Box<dyn Checkpoints + Send>, slice: Steps) -> Self {
        let (sender, receiver) = channel();
        let shared = Shared { trainer, checkpoints: Mutex::new(checkpoints), stop: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), slice: slice.max(Steps(1)), sender, receiver, threads: HashMap::new() }
    }
}

impl Executor for ThreadExecutor {
    fn submit(&mut self, _history: &History, trials: &[Trial]) -> Result<(), ExecutorError> {
        for trial in trials {
            let (shared, sender, slice, trial) =
                (Arc::clone(&self.shared), self.sender.clone(), self.slice, trial.clone());
            let run = trial.run;
            let thread = std::thread::spawn(move || {
                let message = train(&shared, &trial, slice);
                // without a receiver the study has ended: the state is saved, and the next process asks again
                let _ = sender.send(message);
            });
            self.threads.insert(run, thread);
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<Option<Outcome>, ExecutorError> {
        match self.receiver.recv_timeout(WAIT) {
            Ok(message) => self.receive(message).map(Some),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                let ended = self.threads.iter().find(|(_, t)| t.is_finished()).map(|(run, _)| *run);
                // a thread sends its message before it ends, unless it panics
                if let Ok(message) = self.receiver.try_recv() {
                    return self.receive(message).map(Some);
                }
                Ok(ended.map(|run| {
                    self.threads.remove(&run);
                    let report = Report { run, step: Steps::ZERO, curve: LearningCurve::new() };
                    Outcome::Failed { report, why: "the trainer panicked".into() }
                }))
            }
        }
    }

    fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
    }
}

impl ThreadExecutor {
    fn receive(&mut self, message: Message) -> Result<Outcome, ExecutorError> {
        match message {
            Ok(outcome) => {
                self.threads.remove(&outcome.run());
                Ok(outcome)
            }
            Err((run, source)) => Err(ExecutorError::Io { what: format!("the checkpoint of run {run}"), source }),
        }
    }
}

fn train(shared: &Shared, trial: &Trial, slice: Steps) -> Message {
    let mut report = Report { run: trial.run, step: trial.from, curve: LearningCurve::new() };
    match advance(shared, trial, slice, &mut report) {
        Ok(true) => Ok(Outcome::Report(report)),
        Ok(false) => Ok(Outcome::Interrupted(trial.run)),
        Err(Failure::Training(why)) => Ok(Outcome::Failed { report, why }),
        Err(Failure::Disk(source)) => Err((trial.run, source)),
    }
}

/// Trains to the end of the trial; `false` where a stop came first.
fn advance(shared: &Shared, trial: &Trial, slice: Steps, report: &mut Report) -> Result<bool, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::Training(e.to_string());
    let checkpoints = || shared.checkpoints.lock().map_err(|e| failed(&e));
    let saved = checkpoints()?.get(trial.run).map_err(Failure::Disk)?;
    // an unreadable checkpoint costs time only: the run is trained again from its seed
    let resumed = saved.and_then(|saved| shared.trainer.resume(&saved).ok()).filter(|run| run.step() <= trial.to);
    let mut run = match resumed {
        Some(run) => run,
        None => shared.trainer.start(&trial.point, trial.seed).map_err(|e| failed(&e))?,
    };
    loop {
        let goal = run.step().saturating_add(slice).min(trial.to);
        let state = run.advance_to(goal).map_err(|e| failed(&e))?;
        (report.step, report.curve) = (run.step(), run.curve().clone());
        if state == RunState::Diverged || (state == RunState::Finished && run.step() == trial.to) {
            checkpoints()?.remove(trial.run).map_err(Failure::Disk)?;
            return Ok(true);
        }
        let (there, stopped) = (run.step() >= trial.to, shared.stop.load(Ordering::SeqCst));
        if there || stopped {
            checkpoints()?.put(trial.run, &run.save().map_err(|e| failed(&e))?).map_err(Failure::Disk)?;
            return Ok(there);
        }
        if run.step() < goal {
            let why = format!("the run ended at step {}, expected step {}", run.step(), trial.to);
            return Err(Failure::Training(why));
        }
    }
}
