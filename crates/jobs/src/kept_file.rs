//! A method's state in a file, so that opening a study does not repeat every fit of its search.
//!
//! ```text
//! jobs-state 1 KEY EVENTS CHECKSUM-OF-THE-JOURNAL SHA-256-OF-THE-NUMBERS
//! numbers, 8 bytes each, little-endian
//! ```
//!
//! The file is a cache. It counts only where its key, the journal's checksum at its place and its own checksum are right; else it is
//! ignored, and replaced at the next report.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{KeptState, Place};

const FORMAT: &str = "jobs-state 1";

/// The file of a method's state.
#[derive(Clone, Debug)]
pub struct KeptFile {
    path: PathBuf,
    key: String,
}

impl KeptFile {
    /// The file at `path`, for a method described by `what`: whatever decides its state beside the journal, such as the version of its
    /// algorithms.
    pub fn new(path: &Path, what: &str) -> Self {
        Self { path: path.to_owned(), key: digits(what.as_bytes()) }
    }

    /// The state, where it is that of a place in a journal with these checksums.
    pub fn read(&self, checksums: &[String]) -> Option<KeptState> {
        let bytes = fs::read(&self.path).ok()?;
        let end = bytes.iter().take(1000).position(|&b| b == b'\n')?;
        let (first, numbers) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
        let mut words = first.strip_prefix(FORMAT)?.split_ascii_whitespace();
        if words.next()? != self.key {
            return None;
        }
        let events: usize = words.next()?.parse().ok()?;
        // line 0 is the header: the line of the last event has the number of events
        if checksums.get(events)? != words.next()? || words.next()? != digits(numbers) || numbers.len() % 8 != 0 {
            return None;
        }
        let numbers = numbers.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
        Some(KeptState { events, numbers })
    }

    /// Replaces the state by the one at the end of a journal. It is not flushed to the disk: a state that is lost costs time, and one that
    /// is damaged is ignored.
    ///
    /// # Errors
    /// The system's. The study does not need the file.
    pub fn write(&self, state: &KeptState, end: &Place) -> io::Result<()> {
        if end.lines != state.events as u64 + 1 {
            return Err(io::Error::other("the state is not the one at the end of the journal"));
        }
        let numbers: Vec<u8> = state.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let first = format!("{FORMAT} {} {} {} {}\n", self.key, state.events, end.checksum, digits(&numbers));
        let part = self.path.with_extension("part");
        fs::write(&part, [first.as_bytes(), &numbers].concat())?;
        fs::rename(part, &self.path)
    }
}

fn digits(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_state_of_this_journal_and_key_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let file = KeptFile::new(&path, "a method");
        let checksums: Vec<String> = ["aa", "bb", "cc"].map(String::from).to_vec();
        let state = KeptState { events: 2, numbers: vec![-0.0, f64::INFINITY, 3.5] };
        assert_eq!(file.read(&checksums), None, "there is no file yet");
        file.write(&state, &Place { lines: 3, checksum: "cc".into() }).unwrap();
        assert_eq!(file.read(&checksums), Some(state.clone()));
        assert_eq!(file.read(&checksums[..2]), None, "the journal is shorter");
        assert_eq!(file.read(&["aa", "bb", "dd"].map(String::from)), None, "another journal");
        assert_eq!(KeptFile::new(&path, "another").read(&checksums), None, "another method");
        assert!(file.write(&state, &Place { lines: 9, checksum: "cc".into() }).is_err());

        let bytes = fs::read(&path).unwrap();
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert_eq!(file.read(&checksums), None, "byte {i} was changed");
            fs::write(&path, &bytes[..i]).unwrap();
            assert_eq!(file.read(&checksums), None, "cut at {i}");
        }
    }
}
