use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jobs_core::files::write_atomic;

use super::batch::{Batch, MOST_TASKS};
use super::programs::{Refusal, run};
use super::queue::{by_id, parse_queue};
use super::{JobState, QueuedTask, SlurmOptions};
use crate::external::{Attempt, Fate, Launcher, SCRIPT};
use crate::{ExecutorError, RunId};

/// Successive queries in which a task has to be missing to count as lost.
const MISSES: u32 = 2;
/// The same where no task of ours is in the queue at all: a controller that has just restarted answers with an empty queue.
const MISSES_OF_ALL: u32 = 10;

/// Attempts as tasks of job arrays (see the [module](super)).
#[derive(Debug)]
pub struct SlurmLauncher {
    command: Vec<String>,
    directory: PathBuf,
    runs: PathBuf,
    options: SlurmOptions,
    tasks: HashMap<RunId, Task>,
    /// Batches that the controller has not accepted yet.
    unsubmitted: Vec<Batch>,
    queue: HashMap<String, QueuedTask>,
    queried: Option<Instant>,
    queries: u64,
    /// Since when Slurm has not answered.
    unreachable: Option<Instant>,
    /// Most tasks of one array.
    most_tasks: usize,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Task {
    /// `array_index`, once it is known.
    id: Option<String>,
    /// Name of its batch and its index in it.
    position: Option<(String, usize)>,
    known_since: u64,
    misses: u32,
    judged: u64,
}

impl SlurmLauncher {
    /// Runs `command` in `directory`, with scripts and lists in `runs`. The nodes have to see both folders.
    ///
    /// # Errors
    /// A script that cannot be written.
    pub fn new(
        command: Vec<String>,
        directory: &Path,
        runs: &Path,
        options: SlurmOptions,
    ) -> Result<Self, ExecutorError> {
        let what = "the script that runs the command".to_owned();
        write_atomic(&runs.join("attempt.sh"), SCRIPT.as_bytes())
            .map_err(|source| ExecutorError::Io { what, source })?;
        let (directory, runs) = (directory.to_owned(), runs.to_owned());
        Ok(Self {
            command,
            directory,
            runs,
            options,
            tasks: HashMap::new(),
            unsubmitted: vec![],
            queue: HashMap::new(),
            queried: None,
            queries: 0,
            unreachable: None,
            most_tasks: MOST_TASKS,
            notes: vec![],
        })
    }

    /// Queries the queue, at most once per poll interval, and submits what the controller has not accepted yet.
    fn poll(&mut self) -> Result<(), ExecutorError> {
        if self.queried.is_some_and(|queried| queried.elapsed() < self.options.poll) {
            return Ok(());
        }
        self.query()?;
        self.submit()
    }

    /// Queries the queue. Once it has answered, its requirements are met, so that any later failure is one of the moment.
    fn query(&mut self) -> Result<(), ExecutorError> {
        self.queried = Some(Instant::now());
        let answer = run("squeue", &["--me", "--states=all", "--json"], self.options.conf.as_deref())
            .and_then(|json| parse_queue(&json).map_err(Refusal::Permanent));
        match answer {
            Ok(tasks) => {
                self.queue = by_id(tasks);
                self.queries += 1;
                if self.unreachable.take().is_some() {
                    self.notes.push("Slurm answers again".into());
                }
                Ok(())
            }
            Err(Refusal::Permanent(error)) if self.queries == 0 => Err(ExecutorError::Refused(requirements(&error))),
            Err(Refusal::Temporary(error) | Refusal::Permanent(error)) => self.wait_for_slurm(&error),
        }
    }

    /// Notes that Slurm does not answer.
    ///
    /// # Errors
    /// It has not for longer than the study waits.
    fn wait_for_slurm(&mut self, error: &str) -> Result<(), ExecutorError> {
        let patience = self.options.patience;
        let since = *self.unreachable.get_or_insert_with(|| {
            let hours = patience.as_secs_f64() / 3600.0;
            self.notes
                .push(format!("Slurm does not answer or accept jobs, waiting for up to {hours:.1} hours: {error}"));
            Instant::now()
        });
        if since.elapsed() <= patience {
            return Ok(());
        }
        let hours = since.elapsed().as_secs_f64() / 3600.0;
        Err(ExecutorError::Refused(format!("Slurm has not answered for {hours:.1} hours: {error}")))
    }

    /// Submits batches. One that the controller accepted without a reply is recognised by its name.
    fn submit(&mut self) -> Result<(), ExecutorError> {
        let mut left = vec![];
        let mut waiting = std::mem::take(&mut self.unsubmitted);
        waiting.reverse();
        while let Some(batch) = waiting.pop() {
            if self.unreachable.is_some() {
                left.push(batch);
                continue;
            }
            let there = self.queue.values().find(|t| t.name == batch.name).map(|t| array_of(&t.id).to_owned());
            let answer = match there {
                Some(array) => Ok(array),
                None => {
                    run("sbatch", &["--parsable", &batch.script.display().to_string()], self.options.conf.as_deref())
                }
            };
            match answer {
                Ok(reply) => self.note_array(&batch, array_number(&reply))?,
                Err(Refusal::Temporary(error)) => {
                    self.wait_for_slurm(&error)?;
                    left.push(batch);
                }
                Err(Refusal::Permanent(error)) if is_too_large(&error) && batch.tasks.len() > 1 => {
                    waiting.extend(self.halve(&batch)?.into_iter().rev());
                }
                Err(Refusal::Permanent(error)) => return Err(ExecutorError::Refused(error)),
            }
        }
        self.unsubmitted = left;
        Ok(())
    }

    /// The tasks of a batch that is larger than the cluster's MaxArraySize, in batches of half its size. Later ones are as small.
    fn halve(&mut self, batch: &Batch) -> Result<Vec<Batch>, ExecutorError> {
        self.most_tasks = batch.tasks.len().div_ceil(2);
        self.notes.push(format!(
            "the cluster takes no arrays of {} tasks; using {}",
            batch.tasks.len(),
            self.most_tasks
        ));
        let mut smaller = vec![];
        for (chunk, some) in batch.tasks.chunks(self.most_tasks).enumerate() {
            let new = self.batch(some)?;
            for i in 0..some.len() {
                let old = Some((batch.name.clone(), chunk * self.most_tasks + i));
                if let Some(task) = self.tasks.values_mut().find(|t| t.position == old) {
                    task.position = Some((new.name.clone(), i));
                }
            }
            smaller.push(new);
        }
        Ok(smaller)
    }

    fn batch(&self, tasks: &[PathBuf]) -> Result<Batch, ExecutorError> {
        Batch::create(&self.runs, &self.directory, &self.command, &self.options, tasks)
            .map_err(|source| ExecutorError::Io { what: "the script of a Slurm batch".into(), source })
    }

    /// Finds out, before anything is submitted, whether Slurm's programs do what is needed of them.
    fn check_requirements(&mut self) -> Result<(), ExecutorError> {
        if let Some(missing) = ["sbatch", "scancel"].into_iter().find(|program| !is_in_path(program)) {
            let where_ = "run the study on a machine that can submit jobs";
            return Err(ExecutorError::Refused(format!("cannot find `{missing}`; {where_}")));
        }
        if let Ok(config) = run("scontrol", &["show", "config"], self.options.conf.as_deref()) {
            self.most_tasks = max_array_size(&config).map_or(MOST_TASKS, |n| n.clamp(1, MOST_TASKS));
        }
        self.query()
    }

    fn note_array(&mut self, batch: &Batch, array: &str) -> Result<(), ExecutorError> {
        for (i, prefix) in batch.tasks.iter().enumerate() {
            let id = format!("{array}_{i}");
            let path = prefix.with_extension("slurm");
            write_atomic(&path, format!("{id}\n").as_bytes())
                .map_err(|source| ExecutorError::Io { what: "the number of a Slurm task".into(), source })?;
            let queries = self.queries;
            let own = self.tasks.values_mut().find(|t| t.position.as_ref() == Some(&(batch.name.clone(), i)));
            if let Some(task) = own {
                (task.id, task.known_since) = (Some(id), queries);
            }
        }
        Ok(())
    }

    fn scancel(&self, attempt: &Attempt, arguments: &[&str]) {
        if let Some(id) = self.tasks.get(&attempt.run).and_then(|t| t.id.as_deref()) {
            // where it fails, the task keeps running and is cancelled again later or judged by its lines
            let _ = run("scancel", &[arguments, &[id]].concat(), self.options.conf.as_deref());
        }
    }
}

impl Launcher for SlurmLauncher {
    fn launch(&mut self, attempts: &[Attempt]) -> Result<(), ExecutorError> {
        if self.queries == 0 && self.unreachable.is_none() {
            self.check_requirements()?;
        }
        for some in attempts.chunks(self.most_tasks) {
            let batch = self.batch(&some.iter().map(Attempt::prefix).collect::<Vec<_>>())?;
            for (i, attempt) in some.iter().enumerate() {
                let position = Some((batch.name.clone(), i));
                self.tasks.insert(attempt.run, Task { id: None, position, known_since: 0, misses: 0, judged: 0 });
            }
            self.unsubmitted.push(batch);
        }
        self.submit()
    }

    fn adopt(&mut self, attempt: &Attempt) -> Result<(), ExecutorError> {
        let id = fs::read_to_string(attempt.file("slurm")).ok().map(|t| t.trim().to_owned());
        let position = Batch::find(&self.runs, attempt);
        self.tasks.insert(attempt.run, Task { id, position, known_since: self.queries, misses: 0, judged: 0 });
        Ok(())
    }

    fn fate(&mut self, attempt: &Attempt) -> Result<Fate, ExecutorError> {
        self.poll()?;
        let (queries, unreachable) = (self.queries, self.unreachable.is_some());
        let ours = |task: &Task| task.id.as_ref().is_some_and(|id| self.queue.contains_key(id));
        let none_is_there = !self.tasks.values().any(ours);
        let Some(task) = self.tasks.get_mut(&attempt.run) else {
            return Ok(Fate::Lost("it was never submitted".into()));
        };
        if task.id.is_none() {
            // submitted by a process that died before it recorded the number, or not submitted yet
            let by_name = task.position.as_ref().and_then(|(name, index)| {
                let ending = format!("_{index}");
                self.queue.values().find(|t| t.name == *name && t.id.ends_with(&ending)).map(|t| t.id.clone())
            });
            task.id = by_name;
        }
        if self.unsubmitted.iter().any(|b| b.tasks.contains(&attempt.prefix())) {
            return Ok(Fate::Waiting);
        }
        let known = task.id.as_ref().and_then(|id| self.queue.get(id));
        match known.map(|t| &t.state) {
            Some(state) => {
                task.misses = 0;
                Ok(match (state, attempt.exit_status()) {
                    (JobState::Waiting, _) => Fate::Waiting,
                    (JobState::Running, _) => Fate::Running,
                    (JobState::Ended(_), Some(status)) => Fate::Exited(status),
                    (JobState::Ended(status), None) => Fate::Exited(*status),
                    (JobState::Lost(why), _) => Fate::Lost(format!("Slurm ended it: {why}")),
                })
            }
            // its files may show more than the queue, which drops ended jobs
            None if unreachable || queries <= task.known_since => Ok(Fate::Running),
            None => {
                if task.judged != queries {
                    (task.judged, task.misses) = (queries, task.misses + 1);
                }
                Ok(match attempt.exit_status() {
                    _ if task.misses < MISSES => Fate::Running,
                    Some(status) => Fate::Exited(status),
                    None if none_is_there && task.misses < MISSES_OF_ALL => Fate::Running,
                    None => Fate::Lost("it is no longer in the queue of Slurm".into()),
                })
            }
        }
    }

    fn terminate(&mut self, attempt: &Attempt) {
        let id = self.tasks.get(&attempt.run).and_then(|t| t.id.as_ref());
        let waits = id.and_then(|id| self.queue.get(id)).is_some_and(|t| t.state == JobState::Waiting);
        self.scancel(attempt, if waits { &[] } else { &["--signal=TERM", "--batch"] });
    }

    fn kill(&mut self, attempt: &Attempt) {
        self.scancel(attempt, &[]);
    }

    fn forget(&mut self, run: RunId) {
        self.tasks.remove(&run);
    }

    fn outlives_us(&self) -> bool {
        true
    }

    fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }
}

/// The number of the array in the reply of `sbatch --parsable`: `1234` or `1234;cluster`, on its last line that begins with a digit, since
/// some clusters greet their users first.
fn array_number(reply: &str) -> &str {
    let lines = reply.lines().rev().map(str::trim);
    let line = lines.into_iter().find(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    line.and_then(|line| line.split(';').next()).unwrap_or_default()
}

/// Whether `sbatch` refused an array for its size.
fn is_too_large(error: &str) -> bool {
    error.to_lowercase().contains("invalid job array specification")
}

/// MaxArraySize in the output of `scontrol show config`: the number of tasks, whose indices begin with 0.
fn max_array_size(config: &str) -> Option<usize> {
    let value = config.lines().find_map(|line| line.trim().strip_prefix("MaxArraySize"))?;
    value.trim_start().strip_prefix('=')?.trim().parse().ok()
}

/// The error of the first query, with what is needed.
fn requirements(error: &str) -> String {
    let needs = "`jobs` needs `squeue --json`, which Slurm has from version 21.08 on";
    if error.contains("--json") { format!("{error}; {needs}. Nothing was submitted") } else { error.to_owned() }
}

fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn array_of(id: &str) -> &str {
    id.split('_').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_wait_for_slurm_is_bounded_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let options = SlurmOptions { patience: Duration::from_millis(50), ..SlurmOptions::default() };
        let mut launcher = SlurmLauncher::new(vec![], folder.path(), folder.path(), options).unwrap();
        launcher.wait_for_slurm("no answer").unwrap();
        launcher.wait_for_slurm("no answer").unwrap();
        assert_eq!(launcher.notes().len(), 1, "noted once");
        std::thread::sleep(Duration::from_millis(60));
        let error = launcher.wait_for_slurm("no answer").unwrap_err().to_string();
        assert!(error.contains("has not answered for 0.0 hours: no answer"), "{error}");
    }

    #[test]
    fn replies_and_settings_of_slurm() {
        assert_eq!(array_number("1234\n"), "1234");
        assert_eq!(array_number("Welcome to the cluster\n--> OK\n1234;cluster\n"), "1234");
        assert_eq!(array_number("no number"), "");
        assert_eq!(max_array_size("MaxArraySize            = 1001\n"), Some(1001));
        assert_eq!(max_array_size("MaxJobCount = 3"), None);
        assert!(is_too_large("sbatch: error: Batch job submission failed: Invalid job array specification"));
    }
}
