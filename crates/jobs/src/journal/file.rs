use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::path::Path;

/// What a journal does with its file. Tests replace it by one that fails (full disk, short write, lost sync).
pub trait JournalFile: fmt::Debug + Send {
    /// Appends `bytes`; on an error, some, all or none of them are written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended is on disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Whether the file is still the one at `path` and holds `length` bytes: nobody has removed, replaced or written to it.
    fn is_untouched(&self, path: &Path, length: u64) -> bool {
        let _ = (path, length);
        true
    }
}

impl JournalFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn is_untouched(&self, path: &Path, length: u64) -> bool {
        let (Ok(ours), Ok(there)) = (self.metadata(), std::fs::metadata(path)) else { return false };
        is_same_file(&ours, &there) && ours.len() == length
    }
}

#[cfg(unix)]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    a.len() == b.len()
}
