use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jobs_core::Steps;

use super::follow::{Following, Sign};
use super::{Attempt, Fate, Launcher, Request};
use crate::timing::Stopwatch;
use crate::{Executor, ExecutorError, History, MetricValues, Outcome, Report, RunId, Timing, Trial};

/// How long [`Executor::wait`] sleeps between polls.
const WAIT: Duration = Duration::from_millis(50);
/// Most messages per run about lines that are not measurements.
const MOST_NOTES: u32 = 3;

/// How commands are run.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandOptions {
    /// Folder of all runs, as an absolute path.
    pub runs: PathBuf,
    /// The metric that they report.
    pub metric: String,
    /// Whether larger is better; the loss is then the negative metric.
    pub maximise: bool,
    /// Kill an attempt after this long without output.
    pub silence: Option<Duration>,
    /// Time to save a checkpoint after SIGTERM.
    pub grace: Duration,
    /// Executions in a row without progress after which a run has failed.
    pub attempts: u32,
}

/// Trains with a command (see the [module](super)), started by a [`Launcher`].
pub struct CommandExecutor<L> {
    launcher: L,
    options: CommandOptions,
    trials: Vec<Task>,
    ended: VecDeque<Outcome>,
    metrics: BTreeMap<RunId, MetricValues>,
    timings: BTreeMap<RunId, Timing>,
    notes: Vec<String>,
    stopping: bool,
}

struct Task {
    trial: Trial,
    full_steps: Steps,
    attempt: Attempt,
    following: Following,
    /// Step reached before the present attempt.
    before: Steps,
    idle: u32,
    /// Of an attempt that this process has started.
    watch: Option<Stopwatch>,
    last_output: Instant,
    ending: Option<Ending>,
    odd: u32,
}

/// An attempt that was told to end.
struct Ending {
    since: Instant,
    why: Why,
    killed: bool,
}

#[derive(Clone, PartialEq)]
enum Why {
    Diverged,
    /// It has reached its step, and does not end.
    Done,
    Stopped,
    Fault(String),
}

impl<L: Launcher> CommandExecutor<L> {
    /// An executor without trials.
    pub fn new(launcher: L, options: CommandOptions) -> Self {
        Self {
            launcher,
            options,
            trials: vec![],
            ended: VecDeque::new(),
            metrics: BTreeMap::new(),
            timings: BTreeMap::new(),
            notes: vec![],
            stopping: false,
        }
    }

    /// The task of a trial, and whether its attempt has to be launched.
    fn begin(&mut self, history: &History, trial: &Trial) -> Result<(Task, bool), ExecutorError> {
        let folder = Attempt::run_folder(&self.options.runs, trial.run);
        let told = history.run(trial.run).map(|r| r.curve.clone()).unwrap_or_default();
        let full_steps = history.problem().budget.full;
        let mut following = Following::new(told, trial.from, trial.to);
        let earlier = Attempt::earlier(&folder, trial.run, self.options.maximise);
        let wanted = self.request(trial, full_steps, &folder, true);
        let same: Vec<&Attempt> = earlier.iter().filter(|(_, r)| r.same_trial(&wanted)).map(|(a, _)| a).collect();
        let unread = |source| ExecutorError::Io { what: format!("the output of run {}", trial.run), source };
        let last = earlier.last().map(|(a, _)| a).filter(|last| same.last() == Some(last)).cloned();
        for attempt in same.iter().filter(|a| Some(**a) != last.as_ref()) {
            following.read(attempt, true).map_err(unread)?;
        }
        let before = following.reached();
        let (attempt, new) = match last {
            Some(attempt) => {
                self.launcher.adopt(&attempt)?;
                (attempt, false)
            }
            None => {
                let resume = !earlier.is_empty();
                let number = earlier.last().map_or(1, |(a, _)| a.number + 1);
                (self.create(trial, full_steps, &folder, number, resume)?, true)
            }
        };
        let (trial, last_output) = (trial.clone(), Instant::now());
        let watch = new.then(|| Stopwatch::start(before));
        let task =
            Task { trial, full_steps, attempt, following, before, idle: 0, watch, last_output, ending: None, odd: 0 };
        Ok((task, new))
    }

    fn request(&self, trial: &Trial, full_steps: Steps, folder: &Path, resume: bool) -> Request {
        Request::of(trial, full_steps, &self.options.metric, folder.join("checkpoint"), resume)
    }

    fn create(
        &self,
        trial: &Trial,
        full_steps: Steps,
        folder: &Path,
        number: u32,
        resume: bool,
    ) -> Result<Attempt, ExecutorError> {
        let request = self.request(trial, full_steps, folder, resume);
        Attempt::create(folder, number, &request, self.options.maximise)
            .map_err(|source| ExecutorError::Io { what: format!("the request of run {}", trial.run), source })
    }

    /// Polls every attempt once, and launches the next attempt of trials that are not done.
    fn poll(&mut self) -> Result<(), ExecutorError> {
        let mut again = vec![];
        let mut i = 0;
        while i < self.trials.len() {
            let fate = self.launcher.fate(&self.trials[i].attempt)?;
            let over = matches!(fate, Fate::Exited(_) | Fate::Lost(_));
            self.read(i, over, fate == Fate::Waiting)?;
            if !over {
                self.check_time(i);
                i += 1;
                continue;
            }
            let mut task = self.trials.swap_remove(i);
            self.launcher.forget(task.trial.run);
            match self.judge(&mut task, &fate) {
                // without a value a run is no data, and so is every other of this trainer
                Some(Outcome::Report(Report { run, step, curve }))
                    if curve.is_empty() && curve.diverged_at().is_none() =>
                {
                    let folder = Attempt::run_folder(&self.options.runs, run);
                    let (metric, keys) = (self.options.metric.clone(), task.following.keys());
                    return Err(ExecutorError::NoMetric { run, step, metric, keys, folder });
                }
                Some(ended) => {
                    self.metrics.insert(ended.run(), task.following.metrics());
                    let timing = task.watch.and_then(|watch| watch.stop());
                    self.timings.extend(timing.map(|timing| (ended.run(), timing)));
                    self.ended.push_back(ended);
                }
                None => again.push(task),
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        for task in &mut again {
            let folder = Attempt::run_folder(&self.options.runs, task.trial.run);
            task.attempt = self.create(&task.trial, task.full_steps, &folder, task.attempt.number + 1, true)?;
            (task.before, task.last_output, task.ending) = (task.following.reached(), Instant::now(), None);
            task.watch = Some(Stopwatch::start(task.before));
        }
        let attempts: Vec<Attempt> = again.iter().map(|t| t.attempt.clone()).collect();
        self.trials.append(&mut again);
        self.launcher.launch(&attempts)
    }

    /// Reads what an attempt has written, and ends it where it diverged or contradicts itself.
    fn read(&mut self, i: usize, over: bool, waiting: bool) -> Result<(), ExecutorError> {
        let task = &mut self.trials[i];
        let run = task.trial.run;
        let (grown, signs) = task
            .following
            .read(&task.attempt, over)
            .map_err(|source| ExecutorError::Io { what: format!("the output of run {run}"), source })?;
        let reached = task.following.reached();
        match &mut task.watch {
            // time in a queue is neither
            Some(watch) if waiting => *watch = Stopwatch::start(reached),
            Some(watch) => watch.saw(reached),
            None => {}
        }
        if grown || waiting {
            task.last_output = Instant::now();
        }
        for sign in signs {
            let why = match sign {
                Sign::Diverged => Why::Diverged,
                Sign::Fault(fault) => Why::Fault(fault),
                Sign::Odd(odd) => {
                    task.odd += 1;
                    if task.odd <= MOST_NOTES {
                        self.notes.push(format!("run {run}: {odd}"));
                    }
                    continue;
                }
            };
            end(task, &mut self.launcher, why, over);
        }
        Ok(())
    }

    /// Ends an attempt without output for too long, and kills one that does not end.
    fn check_time(&mut self, i: usize) {
        let task = &mut self.trials[i];
        match &mut task.ending {
            Some(ending) if !ending.killed && ending.since.elapsed() > self.options.grace => {
                ending.killed = true;
                self.launcher.kill(&task.attempt);
            }
            Some(_) => {}
            None => {
                if self.options.silence.is_some_and(|silence| task.last_output.elapsed() > silence) {
                    let silence = self.options.silence.unwrap_or_default().as_secs_f64();
                    // the step has been reported: a process that does not exit is no reason to train the run again
                    let why = match task.following.reached() == task.trial.to {
                        true => Why::Done,
                        false => Why::Fault(format!("there was no output for {silence} s")),
                    };
                    end(task, &mut self.launcher, why, false);
                }
            }
        }
    }

    /// The outcome of a trial whose attempt is over; `None`: another attempt.
    fn judge(&mut self, task: &mut Task, fate: &Fate) -> Option<Outcome> {
        let (run, curve, reached) = (task.trial.run, task.following.curve().clone(), task.following.reached());
        if let Some(step) = curve.diverged_at() {
            return Some(Outcome::Report(Report { run, step, curve }));
        }
        let fault = match task.ending.as_ref().map(|e| &e.why) {
            Some(Why::Fault(fault)) => Some(fault.clone()),
            _ => None,
        };
        if reached == task.trial.to && fault.is_none() {
            if task.ending.as_ref().is_some_and(|e| e.why == Why::Done) {
                self.notes.push(format!("run {run} reached step {reached}, then was ended because it did not exit"));
            } else if let Fate::Exited(status @ 1..) = fate {
                self.notes.push(format!("run {run} reached step {reached}, then ended with status {status}"));
            }
            return Some(Outcome::Report(Report { run, step: reached, curve }));
        }
        if self.stopping {
            return Some(Outcome::Interrupted(run));
        }
        let further = reached > task.before && fault.is_none();
        task.idle = if further { 0 } else { task.idle + 1 };
        let how = fault.unwrap_or_else(|| describe(task, fate));
        if task.idle >= self.options.attempts.max(1) {
            let tried = match task.idle {
                1 => String::new(),
                n => format!("; tried {n} times without progress"),
            };
            let why = format!("{how}{tried}");
            return Some(Outcome::Failed { report: Report { run, step: reached, curve }, why });
        }
        self.notes.push(format!("run {run} resumes from step {reached}: {how}"));
        None
    }
}

/// Why an attempt ended, in words.
fn describe(task: &Task, fate: &Fate) -> String {
    let reached = task.following.reached();
    let short = match reached {
        Steps(0) => format!("before the first of {} steps", task.trial.to),
        reached => format!("at step {reached} of {}", task.trial.to),
    };
    let mut how = match fate {
        Fate::Exited(0) => {
            format!("the command ended with status 0 {short}; expected a last line with step {}", task.trial.to)
        }
        Fate::Exited(126 | 127) => "the command cannot be run".to_owned(),
        Fate::Exited(status @ 129..) => format!("the command was killed by signal {} {short}", status - 128),
        Fate::Exited(status) => format!("the command ended with status {status} {short}"),
        Fate::Lost(why) => format!("{why} ({short})"),
        Fate::Waiting | Fate::Running => "it was ended".to_owned(),
    };
    if let Some(garbage) = task.following.garbage().filter(|_| reached == task.trial.from) {
        how += &format!(" ({garbage})");
    }
    match task.attempt.last_errors() {
        errors if errors.is_empty() => how,
        errors => format!("{how}: {errors}"),
    }
}

fn end<L: Launcher>(task: &mut Task, launcher: &mut L, why: Why, over: bool) {
    if task.ending.is_none() {
        if !over {
            launcher.terminate(&task.attempt);
        }
        task.ending = Some(Ending { since: Instant::now(), why, killed: over });
    }
}

impl<L: Launcher> Executor for CommandExecutor<L> {
    fn submit(&mut self, history: &History, trials: &[Trial]) -> Result<(), ExecutorError> {
        let mut new = vec![];
        for trial in trials {
            let (task, launch) = self.begin(history, trial)?;
            if launch {
                new.push(task.attempt.clone());
            }
            self.trials.push(task);
        }
        if new.is_empty() { Ok(()) } else { self.launcher.launch(&new) }
    }

    fn wait(&mut self) -> Result<Option<Outcome>, ExecutorError> {
        if self.ended.is_empty() {
            self.poll()?;
        }
        if self.ended.is_empty() {
            std::thread::sleep(WAIT);
        }
        self.notes.append(&mut self.launcher.notes());
        Ok(self.ended.pop_front())
    }

    fn stop(&mut self) {
        self.stopping = true;
        if self.launcher.outlives_us() {
            self.ended.extend(self.trials.drain(..).map(|task| Outcome::Interrupted(task.trial.run)));
        }
        for task in &mut self.trials {
            end(task, &mut self.launcher, Why::Stopped, false);
        }
    }

    fn metrics(&mut self, run: RunId) -> MetricValues {
        self.metrics.remove(&run).unwrap_or_default()
    }

    fn timing(&mut self, run: RunId) -> Option<Timing> {
        self.timings.remove(&run)
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}
