use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A longer line is not a measurement.
const LONGEST_LINE: usize = 1 << 20;

/// A file that another process writes, read line by line.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    offset: u64,
    partial: Vec<u8>,
}

impl Output {
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, offset: 0, partial: vec![] }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Complete lines written since the last call, and whether anything was written. With `ended`, also a last line without line feed.
    pub(super) fn read(&mut self, ended: bool) -> io::Result<(Vec<String>, bool)> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((vec![], false)),
            Err(e) => return Err(e),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut new = vec![];
        file.read_to_end(&mut new)?;
        self.offset += new.len() as u64;
        let grown = !new.is_empty();
        self.partial.append(&mut new);
        let complete = match self.partial.iter().rposition(|&b| b == b'\n') {
            _ if ended => self.partial.len(),
            Some(end) => end + 1,
            None => 0,
        };
        let rest = self.partial.split_off(complete);
        let text = std::mem::replace(&mut self.partial, rest);
        if self.partial.len() > LONGEST_LINE {
            self.partial.clear();
        }
        // progress bars return to the start of the line
        let lines = String::from_utf8_lossy(&text);
        Ok((lines.split(['\n', '\r']).filter(|l| !l.trim().is_empty()).map(str::to_owned).collect(), grown))
    }
}
