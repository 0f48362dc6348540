use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The exclusive right to write to a study. The operating system holds the lock while the process lives, so a crash leaves none
/// behind. The content of the file only names the process for error messages.
#[derive(Debug)]
pub struct StudyLock {
    _file: File,
}

/// Why a study cannot be locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("{}: the study is in use by {holder}", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it.
        holder: String,
    },
    /// The file cannot be created or locked.
    #[error("{}: {source}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl StudyLock {
    /// Takes the lock at `path`.
    ///
    /// # Errors
    /// [`LockError::Held`] where another process holds it.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let wrong = |source| LockError::Io { path: path.into(), source };
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(wrong)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(LockError::Held { path: path.into(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(wrong(source)),
        }
        // only for error messages: on a full disk the file stays empty
        let _ = file.set_len(0).and_then(|()| file.rewind());
        let _ = writeln!(file, "process {}", std::process::id());
        Ok(Self { _file: file })
    }
}
