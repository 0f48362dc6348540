use std::fmt;
use std::fs::File;
use std::io::{self, Write};

/// The few things a journal does to its file. Tests put a layer that fails (full disk, short write, lost sync) in its place.
pub trait JournalFile: fmt::Debug + Send {
    /// Writes all of `bytes` at the end, or fails having written some, all or none of them.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended is on the disk.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file.
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
