//! Who trains a run: a lock that the processes themselves hold, and a mark that finds them.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The variable whose value, the prefix of an attempt's files, marks every process of the attempt.
pub(super) const MARK: &str = "JOBS_ATTEMPT";

/// The lock of a run, free.
///
/// It is a lock on an open file (`flock`), not on a process: the file is passed to the attempt as its standard input, and the lock is held
/// until the last process that inherited it has ended. No crash of ours can lose it, and no number of a process has to be believed.
#[derive(Debug)]
pub(super) struct RunLock(File);

impl RunLock {
    /// Takes the lock in a run's folder; `None` while processes of an attempt hold it.
    pub(super) fn take(folder: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }

    /// Whether processes of an attempt hold it. A lock that cannot be read is held by nobody we could wait for.
    pub(super) fn is_held(folder: &Path) -> bool {
        matches!(Self::take(folder), Ok(None))
    }

    /// The lock as the standard input of an attempt. It is empty, so a command that reads it finds its end.
    pub(super) fn into_stdin(self) -> Stdio {
        self.0.into()
    }
}

/// A process of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its number.
    pub(super) pid: u32,
    /// Whether it is the script that waits for the command, and leads the attempt's process group.
    pub(super) leads: bool,
}

/// The processes of an attempt, by their mark; `None` where the system does not show the environment of processes (elsewhere than on
/// Linux).
pub(super) fn members(mark_path: &Path) -> Option<Vec<Member>> {
    let mark = [MARK.as_bytes(), b"=", mark_path.as_os_str().as_encoded_bytes()].concat();
    let entries = fs::read_dir("/proc").ok()?;
    fs::metadata("/proc/self/environ").ok()?;
    let pids = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let marked = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&b| b == 0).any(|variable| variable == mark)
    };
    Some(pids.filter(marked).filter_map(|pid| member(pid, mark_path)).collect())
}

/// A process that runs; `None` if it has ended.
fn member(pid: u32, mark: &Path) -> Option<Member> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // "pid (name) state parent group ...": names may hold anything
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let (state, group) = (fields.next()?, fields.nth(1)?);
    (!matches!(state, "Z" | "X")).then(|| Member { pid, leads: group.parse() == Ok(pid) && is_script(pid, mark) })
}

/// Whether a process is `sh attempt.sh PREFIX ...`. A child of the trainer in a session of its own leads a process group too.
fn is_script(pid: u32, mark: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let Some(prefix) = line.split(|&b| b == 0).nth(2) else { return false };
    let prefix = Path::new(OsStr::from_bytes(prefix));
    let (Some(folder), Some(name)) = (prefix.parent(), prefix.file_name()) else { return false };
    fs::canonicalize(folder).is_ok_and(|folder| folder.join(name) == mark)
}

/// Sends a signal by name (`TERM`) to processes, or to groups of them (negative numbers). Those that have ended are none the worse.
pub(super) fn signal(signal: &str, to: impl Iterator<Item = i64>) {
    let to: Vec<String> = to.map(|pid| pid.to_string()).collect();
    if to.is_empty() {
        return;
    }
    // the shell's own `kill`: there is one wherever there is a shell
    let script = "signal=$1; shift; for pid; do kill -s \"$signal\" -- \"$pid\" 2>/dev/null; done";
    let _ = Command::new("sh").args(["-c", script, "sh", signal]).args(&to).status();
}

/// Makes this process the parent of whatever trainers leave behind, instead of process 1, so that it can be waited for.
///
/// In containers process 1 is often a program that waits for nothing: data loaders that ended would stay in the process table as long as
/// the container. Linux only; elsewhere nothing happens. For programs, not for libraries: it changes the whole process.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Waits for the ended processes of a group whose leader has been waited for, as far as they are ours.
pub(super) fn reap(leader: u32) {
    let Some(group) = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw) else { return };
    while matches!(rustix::process::waitpgid(group, rustix::process::WaitOptions::NOHANG), Ok(Some(_))) {}
}

/// When a process began, in words that no other process of the same number shares; `None` where there is none (any more).
pub(super) fn began(pid: u32) -> Option<String> {
    if let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) {
        // the 22nd field is the start in clock ticks since the machine's
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        return (state != "Z").then(|| format!("{}/{}", fields.nth(18).unwrap_or(""), boot.trim()));
    }
    let ps = Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&ps.stdout).split_whitespace().collect::<Vec<_>>().join("_");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_whoever_inherited_it() {
        let dir = tempfile::tempdir().unwrap();
        let lock = RunLock::take(dir.path()).unwrap().unwrap();
        assert!(RunLock::is_held(dir.path()));
        // the shell ends at once, and what it started has the lock
        let script = "exec 9<&0; sleep 300 <&9 >/dev/null 2>&1 & echo $!";
        let output = Command::new("sh").args(["-c", script]).stdin(lock.into_stdin()).output().unwrap();
        let pid: i64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        assert!(RunLock::is_held(dir.path()));
        signal("KILL", [pid].into_iter());
        while RunLock::is_held(dir.path()) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(RunLock::take(dir.path()).unwrap().is_some());
    }

    /// A data loader in a session of its own is no script: an attempt whose script has ended is over.
    #[cfg(target_os = "linux")]
    #[test]
    fn only_the_script_leads_an_attempt() {
        use std::os::unix::process::CommandExt;
        let dir = tempfile::tempdir().unwrap();
        let mark = fs::canonicalize(dir.path()).unwrap().join("attempt-1");
        let start = |arguments: &[&str]| {
            let mut command = Command::new("sh");
            command.args(arguments).arg(&mark).env(MARK, &mark).process_group(0).spawn().unwrap()
        };
        fs::write(dir.path().join("attempt.sh"), "while :; do sleep 0.05; done").unwrap();
        let script = dir.path().join("attempt.sh");
        let children = [start(&[script.to_str().unwrap()]), start(&["-c", "while :; do sleep 0.05; done", "sh"])];
        let of = |member: &Member| children.iter().any(|child| child.id() == member.pid);
        let mut found = vec![];
        while found.len() < 2 {
            found = members(&mark).unwrap_or_default().into_iter().filter(of).collect();
        }
        found.sort_by_key(|member| !member.leads);
        assert_eq!(
            found.iter().map(|m| (m.pid, m.leads)).collect::<Vec<_>>(),
            [(children[0].id(), true), (children[1].id(), false)]
        );
        signal("KILL", children.iter().map(|child| -i64::from(child.id())));
        for mut child in children {
            child.wait().unwrap();
        }
    }
}
