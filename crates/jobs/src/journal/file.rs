use std::fmt;
use std::fs::File;
use std::io::{self, Write};

/// What a journal does with its file. Tests replace it by one that fails (full disk, short write, lost sync).
pub trait JournalFile: fmt::Debug + Send {
    /// Appends `bytes`; on an error, some, all or none of them are written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended is on disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
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
}
