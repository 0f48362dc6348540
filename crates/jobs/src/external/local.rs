use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jobs_core::files::write_atomic;

use super::processes::{MARK, RunLock, began, members, reap, signal};
use super::{Attempt, Fate, Gpus, Launcher};
use crate::{ExecutorError, RunId};

/// The script that runs a command and keeps its exit status.
pub(crate) const SCRIPT: &str = include_str!("attempt.sh");
/// Time that processes have to end after their attempt has, if nothing else is said.
const GRACE: Duration = Duration::from_secs(10);

/// Attempts as processes of this machine.
///
/// Each is a process group of its own, so that an interrupted study decides itself what becomes of it, and outlives a study that is
/// killed: the next one takes it over. A run is trained by at most one attempt at any time, because its processes hold a
/// lock from before the first of them begins until the last one has ended. An attempt is over when its script has ended and no process
/// of it is left: those that remain are asked to end, and are killed after the grace period.
#[derive(Debug)]
pub struct LocalLauncher {
    command: Vec<String>,
    directory: PathBuf,
    script: PathBuf,
    slots: Vec<Option<RunId>>,
    gpus: Option<Gpus>,
    running: HashMap<RunId, Process>,
}

#[derive(Debug)]
struct Process {
    leader: Leader,
    /// Since when its remaining processes are being ended, and whether they were killed.
    sweep: Option<(Instant, bool)>,
}

/// The script of an attempt.
#[derive(Debug)]
enum Leader {
    Child(Child),
    /// Started by an earlier process.
    Adopted,
}

impl LocalLauncher {
    /// Runs `command` in `directory`; the script is put into `runs`. `workers` is how many run at once: each attempt sees in
    /// the variable `JOBS_WORKER` (0, 1, ...) which of them it is.
    pub fn new(command: Vec<String>, directory: &Path, runs: &Path, workers: usize) -> Result<Self, ExecutorError> {
        let script = runs.join("attempt.sh");
        write_atomic(&script, SCRIPT.as_bytes())
            .map_err(|source| ExecutorError::Io { what: "the script that runs the command".into(), source })?;
        let (directory, slots) = (directory.to_owned(), vec![None; workers.max(1)]);
        Ok(Self { command, directory, script, slots, gpus: None, running: HashMap::new() })
    }

    /// The same with these GPUs for its runs: each sees its own as the only ones, in `CUDA_VISIBLE_DEVICES`. `JOBS_WORKER` then names them
    /// too, for commands that choose their GPU by it.
    pub fn with_gpus(self, gpus: Option<Gpus>) -> Self {
        Self { gpus, ..self }
    }

    /// What tells an attempt which worker it is and which GPUs it has.
    fn place(&mut self, attempt: &Attempt) -> io::Result<Vec<(&'static str, String)>> {
        let slot = self.slots.iter().position(Option::is_none).unwrap_or(0);
        self.slots[slot] = Some(attempt.run);
        let Some(gpus) = &mut self.gpus else { return Ok(vec![("JOBS_WORKER", slot.to_string())]) };
        let visible = gpus.take(attempt.run).ok_or_else(|| io::Error::other("runs that still train hold all GPUs"))?;
        // the next process has to know it, should this one die
        write_atomic(&attempt.file("gpus"), visible.as_bytes())?;
        Ok(vec![("JOBS_WORKER", visible.clone()), ("CUDA_VISIBLE_DEVICES", visible)])
    }

    fn spawn(&mut self, attempt: &Attempt) -> io::Result<Child> {
        let lock = RunLock::take(attempt.folder())?.ok_or_else(|| {
            let held = attempt.folder().join("lock");
            io::Error::other(format!("another process still trains it (it holds {}); end it first", held.display()))
        })?;
        let place = self.place(attempt)?;
        let child = Command::new("sh")
            .arg(&self.script)
            .arg(attempt.prefix())
            .args(&self.command)
            .envs(place)
            .env(MARK, attempt.mark())
            .current_dir(&self.directory)
            .stdin(lock.into_stdin())
            .stdout(Stdio::null())
            .stderr(File::create(attempt.file("sh"))?)
            .process_group(0)
            .spawn()?;
        // a note for systems that do not show the environment of processes; without it an attempt can be waited for but not ended
        let began = began(child.id()).unwrap_or_default();
        let _ = write_atomic(&attempt.file("pid"), format!("{} {began}\n", child.id()).as_bytes());
        Ok(child)
    }

    /// The attempt's process group, if it is known that its number still means this attempt.
    fn group(&self, attempt: &Attempt) -> Option<i64> {
        match self.running.get(&attempt.run).map(|p| &p.leader) {
            Some(Leader::Child(child)) => Some(-i64::from(child.id())),
            Some(Leader::Adopted) => noted_leader(attempt).map(|pid| -i64::from(pid)),
            None => None,
        }
    }

    /// Sends a signal to every process of an attempt.
    fn signal_all(&self, attempt: &Attempt, name: &str) {
        let marked = members(&attempt.mark()).unwrap_or_default();
        signal(name, self.group(attempt).into_iter().chain(marked.iter().map(|m| i64::from(m.pid))));
    }
}

impl Launcher for LocalLauncher {
    fn launch(&mut self, attempts: &[Attempt]) -> Result<(), ExecutorError> {
        for attempt in attempts {
            let what = || format!("cannot start run {}", attempt.run);
            let child = self.spawn(attempt).map_err(|source| ExecutorError::Io { what: what(), source })?;
            self.running.insert(attempt.run, Process { leader: Leader::Child(child), sweep: None });
        }
        Ok(())
    }

    fn adopt(&mut self, attempt: &Attempt) -> Result<(), ExecutorError> {
        self.running.insert(attempt.run, Process { leader: Leader::Adopted, sweep: None });
        if let (Some(gpus), Ok(visible)) = (&mut self.gpus, fs::read_to_string(attempt.file("gpus"))) {
            gpus.note(attempt.run, &visible);
        }
        Ok(())
    }

    fn fate(&mut self, attempt: &Attempt) -> Result<Fate, ExecutorError> {
        let leads = match self.running.get_mut(&attempt.run).map(|p| &mut p.leader) {
            Some(Leader::Child(child)) => matches!(child.try_wait(), Ok(None)),
            Some(Leader::Adopted) => match members(&attempt.mark()) {
                Some(members) => members.iter().any(|m| m.leads),
                None => noted_leader(attempt).is_some() || RunLock::is_held(attempt.folder()),
            },
            None => false,
        };
        if leads || self.sweep(attempt) {
            return Ok(Fate::Running);
        }
        if let Some(Leader::Child(child)) = self.running.get(&attempt.run).map(|p| &p.leader) {
            reap(child.id());
        }
        Ok(match attempt.exit_status() {
            Some(status) => Fate::Exited(status),
            None => Fate::Lost("it was killed, or the machine went down".into()),
        })
    }

    fn terminate(&mut self, attempt: &Attempt) {
        let leader = match members(&attempt.mark()) {
            Some(members) => members.iter().find(|m| m.leads).map(|m| i64::from(m.pid)),
            None => self.group(attempt).map(|group| -group),
        };
        // the script passes it on to the command, which may have to keep a checkpoint before its own processes end
        signal("TERM", leader.into_iter());
    }

    fn kill(&mut self, attempt: &Attempt) {
        self.signal_all(attempt, "KILL");
    }

    fn forget(&mut self, run: RunId) {
        self.running.remove(&run);
        if let Some(gpus) = &mut self.gpus {
            gpus.free(run);
        }
        self.slots.iter_mut().filter(|s| **s == Some(run)).for_each(|s| *s = None);
    }

    fn outlives_us(&self) -> bool {
        false
    }
}

impl LocalLauncher {
    /// Ends what remains of an attempt whose script has ended; whether anything does.
    fn sweep(&mut self, attempt: &Attempt) -> bool {
        let marked = members(&attempt.mark()).is_some_and(|m| !m.is_empty());
        if !marked && !RunLock::is_held(attempt.folder()) {
            return false;
        }
        let Some(process) = self.running.get_mut(&attempt.run) else { return false };
        let name = match process.sweep {
            None => {
                process.sweep = Some((Instant::now(), false));
                Some("TERM")
            }
            Some((since, false)) if since.elapsed() > GRACE => {
                process.sweep = Some((since, true));
                Some("KILL")
            }
            Some((_, false)) => None,
            // whoever began in the meantime
            Some((_, true)) => Some("KILL"),
        };
        if let Some(name) = name {
            self.signal_all(attempt, name);
        }
        true
    }
}

/// The leader as noted when it began, if that very process still runs.
fn noted_leader(attempt: &Attempt) -> Option<u32> {
    let noted = fs::read_to_string(attempt.file("pid")).ok()?;
    let (pid, then) = noted.trim().split_once(' ')?;
    let pid = pid.parse().ok()?;
    (!then.is_empty() && began(pid).as_deref() == Some(then)).then_some(pid)
}
