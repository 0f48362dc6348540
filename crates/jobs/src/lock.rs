use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The right to change a study. The system holds the lock as long as the process lives, so a crash never leaves one behind.
///
/// It is a lock on the study's folder and on a file in it: the file's text says who holds it, and the folder stays locked when somebody
/// removes the file.
#[derive(Debug)]
pub struct StudyLock {
    _folder: Option<File>,
    _file: File,
}

/// Why a study cannot be locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{}: the study is in use by {holder}", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who has it, as it said of itself.
        holder: String,
    },
    /// The file cannot be made or locked.
    #[error("{}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl StudyLock {
    /// Takes the lock whose file is at `path`, or says who has it.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let wrong = |source| LockError::Io { path: path.into(), source };
        if path.is_symlink() {
            let problem = "the lock is a symbolic link, which may lead to a file of yours; remove the link";
            return Err(wrong(io::Error::other(problem)));
        }
        let held = || {
            let holder = std::fs::read_to_string(path).unwrap_or_default();
            let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
            LockError::Held { path: path.into(), holder: holder.to_owned() }
        };
        // where a folder cannot be opened or locked (some network file systems, Windows) the file's own lock has to do
        let folder = path.parent().and_then(|folder| File::open(folder).ok());
        if let Some(Err(TryLockError::WouldBlock)) = folder.as_ref().map(File::try_lock) {
            return Err(held());
        }
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held()),
            Err(TryLockError::Error(source)) => return Err(wrong(source)),
        }
        // who has it is for people only: on a full disk it stays empty
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(file, "process {}", std::process::id());
        Ok(Self { _folder: folder, _file: file })
    }
}
