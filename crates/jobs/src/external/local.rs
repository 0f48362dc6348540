use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jobs_core::files::write_atomic;

use super::{Attempt, Fate, Launcher};
use crate::{ExecutorError, RunId};

/// The script that runs a command and stores its exit status.
pub(crate) const SCRIPT: &str = include_str!("attempt.sh");

/// Attempts as processes of this machine. Each has its own process group, so Ctrl-C reaches only the study, which then stops its
/// attempts in order. They outlive a study that is killed; the next process takes them over.
#[derive(Debug)]
pub struct LocalLauncher {
    command: Vec<String>,
    directory: PathBuf,
    script: PathBuf,
    slots: Vec<Option<RunId>>,
    running: HashMap<RunId, Process>,
}

#[derive(Debug)]
enum Process {
    Child(Child),
    /// Started by an earlier process of the study; its process number.
    Adopted(u32),
    Gone,
}

impl LocalLauncher {
    /// Runs `command` in `directory`, with the script in `runs`. At most `workers` attempts run at once. The environment variable
    /// `JOBS_WORKER` (0, 1, ...) tells an attempt which of them it is, for example to choose an accelerator.
    ///
    /// # Errors
    /// A script that cannot be written.
    pub fn new(command: Vec<String>, directory: &Path, runs: &Path, workers: usize) -> Result<Self, ExecutorError> {
        let script = runs.join("attempt.sh");
        write_atomic(&script, SCRIPT.as_bytes())
            .map_err(|source| ExecutorError::Io { what: "the script that runs the command".into(), source })?;
        let slots = vec![None; workers.max(1)];
        Ok(Self { command, directory: directory.to_owned(), script, slots, running: HashMap::new() })
    }

    fn spawn(&mut self, attempt: &Attempt) -> io::Result<Child> {
        let slot = self.slots.iter().position(Option::is_none).unwrap_or(0);
        self.slots[slot] = Some(attempt.run);
        let child = Command::new("sh")
            .arg(&self.script)
            .arg(attempt.prefix())
            .args(&self.command)
            .env("JOBS_WORKER", slot.to_string())
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(attempt.file("sh"))?)
            .process_group(0)
            .spawn()?;
        let start = start_time(child.id()).unwrap_or_default();
        write_atomic(&attempt.file("pid"), format!("{} {start}\n", child.id()).as_bytes())?;
        Ok(child)
    }

    fn signal(&self, run: RunId, signal: &str, group: bool) {
        let pid = match self.running.get(&run) {
            Some(Process::Child(child)) => child.id(),
            Some(Process::Adopted(pid)) => *pid,
            Some(Process::Gone) | None => return,
        };
        let to = if group { format!("-{pid}") } else { pid.to_string() };
        // the `kill` of the shell exists wherever there is a shell
        let _ = Command::new("sh").args(["-c", "kill -s \"$1\" -- \"$2\" 2>/dev/null", "sh", signal, &to]).status();
    }
}

impl Launcher for LocalLauncher {
    fn launch(&mut self, attempts: &[Attempt]) -> Result<(), ExecutorError> {
        for attempt in attempts {
            let what = || format!("cannot start run {}", attempt.run);
            let child = self.spawn(attempt).map_err(|source| ExecutorError::Io { what: what(), source })?;
            self.running.insert(attempt.run, Process::Child(child));
        }
        Ok(())
    }

    fn adopt(&mut self, attempt: &Attempt) -> Result<(), ExecutorError> {
        let noted = fs::read_to_string(attempt.file("pid")).unwrap_or_default();
        let (pid, then) = noted.trim().split_once(' ').unwrap_or((noted.trim(), ""));
        let alive = pid.parse().ok().filter(|&pid| !then.is_empty() && start_time(pid).as_deref() == Some(then));
        self.running.insert(attempt.run, alive.map_or(Process::Gone, Process::Adopted));
        Ok(())
    }

    fn fate(&mut self, attempt: &Attempt) -> Result<Fate, ExecutorError> {
        let alive = match self.running.get_mut(&attempt.run) {
            Some(Process::Child(child)) => matches!(child.try_wait(), Ok(None)),
            Some(Process::Adopted(pid)) => {
                let noted = fs::read_to_string(attempt.file("pid")).unwrap_or_default();
                start_time(*pid).is_some_and(|now| noted.trim().ends_with(&format!(" {now}")))
            }
            Some(Process::Gone) | None => false,
        };
        if alive {
            return Ok(Fate::Running);
        }
        Ok(match attempt.exit_status() {
            Some(status) => Fate::Exited(status),
            None => Fate::Lost("it was killed, or the machine went down".into()),
        })
    }

    fn terminate(&mut self, attempt: &Attempt) {
        self.signal(attempt.run, "TERM", false);
    }

    fn kill(&mut self, attempt: &Attempt) {
        self.signal(attempt.run, "KILL", true);
    }

    fn forget(&mut self, run: RunId) {
        self.running.remove(&run);
        self.slots.iter_mut().filter(|s| **s == Some(run)).for_each(|s| *s = None);
    }

    fn outlives_us(&self) -> bool {
        false
    }
}

/// Start time of a process, as text that no other process of the same number shares; `None` where it does not exist (any more).
fn start_time(pid: u32) -> Option<String> {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
        // "pid (name) state ...": field 22 is the start time in clock ticks since boot; names may contain anything
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        return (state != "Z").then(|| format!("{}/{}", fields.nth(18).unwrap_or(""), boot.trim()));
    }
    let ps = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&ps.stdout).split_whitespace().collect::<Vec<_>>().join("_");
    (!text.is_empty()).then_some(text)
}
