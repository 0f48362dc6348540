use std::path::Path;
use std::process::Command;

use serde::Serialize;

/// The machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Processor model, or "unknown".
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// Operating system and architecture.
    pub system: String,
}

impl Device {
    /// The one this runs on.
    pub fn this() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            cpu: field(&info, "model name").unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// The state of the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Git {
    /// Commit, or "unknown" without git or a repository.
    pub commit: String,
    /// Whether the code differs from that commit; `None` if unknown. Results do not count: they change by being made.
    pub dirty: Option<bool>,
}

/// What counts as code, from the repository's root.
const CODE: [&str; 4] = [":/Cargo.toml", ":/Cargo.lock", ":/crates", ":/experiments"];

impl Git {
    /// The repository this program was built from, as it is now.
    pub fn of_this_code() -> Self {
        Self::of(Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    fn of(folder: &Path) -> Self {
        let status = [&["status", "--porcelain", "--"][..], &CODE].concat();
        match git(folder, &["rev-parse", "HEAD"]) {
            Some(commit) => Self { commit, dirty: git(folder, &status).map(|changes| !changes.is_empty()) },
            None => Self { commit: "unknown".into(), dirty: None },
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Linux's high-water mark of the resident size; `None` elsewhere.
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes: u64 = field(&status, "VmHWM")?.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The value of the first line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_field() {
        let text = "Name:\ttest\nVmHWM:\t  2048 kB\nmodel name\t: Some CPU @ 2:1\n";
        assert_eq!(field(text, "VmHWM"), Some("2048 kB"));
        assert_eq!(field(text, "model name"), Some("Some CPU @ 2:1"));
        assert_eq!(field(text, "model"), None);
    }

    #[test]
    fn without_a_repository_the_commit_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Git::of(folder.path()), Git { commit: "unknown".into(), dirty: None });
        assert_eq!(Git::of(Path::new("/no/such/folder")).commit, "unknown");
    }

    #[test]
    fn a_change_of_code_is_dirty_and_one_of_results_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        if git(path, &["init", "-q"]).is_none() {
            return; // no git here: nothing to look at
        }
        for part in ["crates/gp", "experiments", "results"] {
            std::fs::create_dir_all(path.join(part)).unwrap();
            std::fs::write(path.join(part).join("file"), "x").unwrap();
        }
        std::fs::write(path.join("Cargo.toml"), "").unwrap();
        std::fs::write(path.join("Cargo.lock"), "").unwrap();
        git(path, &["add", "."]).unwrap();
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        git(path, &[&identity[..], &["commit", "-qm", "x"]].concat()).unwrap();
        let inside = path.join("experiments");
        assert_eq!((Git::of(&inside).commit.len(), Git::of(&inside).dirty), (40, Some(false)));
        std::fs::write(path.join("results/file"), "y").unwrap();
        assert_eq!(Git::of(&inside).dirty, Some(false));
        std::fs::write(path.join("crates/gp/file"), "y").unwrap();
        assert_eq!(Git::of(&inside).dirty, Some(true));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_knows_the_peak_memory() {
        assert!(peak_memory_bytes().unwrap() > 100_000);
    }
}
