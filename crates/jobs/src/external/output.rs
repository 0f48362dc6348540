use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A line longer than this is no measurement.
const LONGEST_LINE: usize = 1 << 20;
/// Bytes read at once: what a command prints does not have to fit into memory.
const CHUNK: u64 = 1 << 20;

/// A file that another process is writing, read line by line.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    offset: u64,
    partial: Vec<u8>,
    /// Whether what comes next is the rest of a line that was too long.
    skipping: bool,
}

/// What was read.
pub(super) struct Piece {
    /// Whole lines.
    pub(super) lines: Vec<String>,
    /// Whether there was anything to read; then there may be more.
    pub(super) grown: bool,
}

impl Output {
    pub(super) fn of(path: PathBuf) -> Self {
        Self { path, offset: 0, partial: vec![], skipping: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lines among the next bytes. At the end of the file, and if nothing more will be written (`ended`), a last line without a line feed as
    /// well.
    pub(super) fn read(&mut self, ended: bool) -> io::Result<Piece> {
        let mut new = vec![];
        match File::open(&self.path) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(self.offset))?;
                file.take(CHUNK).read_to_end(&mut new)?;
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        self.offset += new.len() as u64;
        let grown = !new.is_empty();
        let mut lines = vec![];
        for piece in new.split_inclusive(|&b| matches!(b, b'\n' | b'\r')) {
            // progress bars go back to the start of the line
            let whole = matches!(piece.last(), Some(b'\n' | b'\r'));
            if !self.skipping {
                self.partial.extend_from_slice(piece);
            }
            self.skipping |= self.partial.len() > LONGEST_LINE;
            if whole {
                lines.extend(self.line());
            }
        }
        if self.skipping {
            self.partial.clear();
        }
        if ended && !grown {
            lines.extend(self.line());
        }
        Ok(Piece { lines, grown })
    }

    /// The line that has just ended, unless it is blank or was too long.
    fn line(&mut self) -> Option<String> {
        let bytes = std::mem::take(&mut self.partial);
        let skipped = std::mem::take(&mut self.skipping);
        let text = String::from_utf8_lossy(&bytes);
        (!skipped && !text.trim().is_empty()).then(|| text.trim_end_matches(['\n', '\r']).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(output: &mut Output, ended: bool) -> Vec<String> {
        let mut lines = vec![];
        loop {
            let read = output.read(ended).unwrap();
            lines.extend(read.lines);
            if !read.grown {
                return lines;
            }
        }
    }

    #[test]
    fn the_end_of_an_overlong_line_is_no_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut file = File::create(&path).unwrap();
        let mut output = Output::of(path);
        write!(file, "one\rtwo\nlog: {}", "x".repeat(LONGEST_LINE + 5)).unwrap();
        assert_eq!(all(&mut output, false), ["one", "two"]);
        write!(file, "{{\"step\": 1}}\nthree\nfo").unwrap();
        assert_eq!(all(&mut output, false), ["three"]);
        write!(file, "ur").unwrap();
        assert_eq!(all(&mut output, true), ["four"]);
        assert_eq!(all(&mut output, true), Vec::<String>::new());
    }

    #[test]
    fn memory_does_not_grow_with_what_is_printed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        std::fs::write(&path, "x\n".repeat(3 << 20)).unwrap();
        let mut output = Output::of(path);
        while {
            let read = output.read(false).unwrap();
            assert!(read.lines.len() as u64 <= CHUNK && output.partial.capacity() <= 2 * LONGEST_LINE);
            read.grown
        } {}
    }
}
