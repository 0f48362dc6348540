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
    unreachable: bool,
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
            unreachable: false,
            notes: vec![],
        })
    }

    /// Queries the queue, at most once per poll interval, and submits what the controller has not accepted yet.
    fn poll(&mut self) -> Result<(), ExecutorError> {
        if self.queried.is_some_and(|queried| queried.elapsed() < self.options.poll) {
            return Ok(());
        }
        self.queried = Some(Instant::now());
        let answer = run("squeue", &["--me", "--states=all", "--json"], self.options.conf.as_deref())
            .and_then(|json| parse_queue(&json).map_err(Refusal::Permanent));
        match answer {
            Ok(tasks) => {
                self.queue = by_id(tasks);
                self.queries += 1;
                if self.unreachable {
                    self.notes.push("Slurm answers again".into());
                }
                self.unreachable = false;
                self.submit()
            }
            Err(Refusal::Temporary(error)) => {
                self.note_unreachable(&error);
                Ok(())
            }
            Err(Refusal::Permanent(error)) => Err(ExecutorError::Refused(error)),
        }
    }

    fn note_unreachable(&mut self, error: &str) {
        if !self.unreachable {
            self.notes.push(format!("Slurm does not accept jobs at the moment, waiting: {error}"));
        }
        self.unreachable = true;
    }

    /// Submits batches. One that the controller accepted without a reply is recognised by its name.
    fn submit(&mut self) -> Result<(), ExecutorError> {
        let mut left = vec![];
        for batch in std::mem::take(&mut self.unsubmitted) {
            if self.unreachable {
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
                Ok(reply) => self.note_array(&batch, reply.trim().split(';').next().unwrap_or_default())?,
                Err(Refusal::Temporary(error)) => {
                    self.note_unreachable(&error);
                    left.push(batch);
                }
                Err(Refusal::Permanent(error)) => return Err(ExecutorError::Refused(error)),
            }
        }
        self.unsubmitted = left;
        Ok(())
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
        for some in attempts.chunks(MOST_TASKS) {
            let batch = Batch::create(&self.runs, &self.directory, &self.command, &self.options, some)
                .map_err(|source| ExecutorError::Io { what: "the script of a Slurm batch".into(), source })?;
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
        let (queries, unreachable) = (self.queries, self.unreachable);
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

fn array_of(id: &str) -> &str {
    id.split('_').next().unwrap_or(id)
}
