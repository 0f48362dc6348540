//! Events in a file, so that a study survives a crash.
//!
//! One line per event: append-only, synced to disk before the event counts. The first line is the [`JournalHeader`]: what the study is
//! about. Each line has its number and a checksum of itself and of the line before ([`line`]). `journal.head` beside it records how far the
//! journal had been written.
//!
//! | damage | what happens |
//! | --- | --- |
//! | an incomplete last line (a crash while writing) | it is cut off and reported |
//! | a line that is damaged, missing, repeated or moved | an error with its number |
//! | lines missing at the end | an error: `journal.head` records more of them |
//! | a failed write (full disk, short write, lost sync) | the study stops; the next start resumes from what is on disk |
//! | the file was removed, replaced or written to while it was open | the study stops; all events are kept in `journal.rescued` |

mod file;
mod head;
mod header;
mod line;
mod read;

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jobs_core::files::write_atomic;
use thiserror::Error;

pub use self::file::JournalFile;
pub use self::header::JournalHeader;
use self::header::VERSION;
use self::line::Chain;
use crate::{Event, Observer, Report, Study, Trial};

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A damaged line.
    #[error("{}:{line}: {problem}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A file that is no longer the one that was opened.
    #[error("{}: the journal was removed, replaced or written to by somebody else while the study was running; {advice}", path.display())]
    Replaced {
        /// Which file.
        path: PathBuf,
        /// Where the events are now.
        advice: String,
    },
    /// A journal that was written and is no longer there.
    #[error("{}: the journal is missing, and {} says that it had {lines} lines; put it back, or remove that file too to begin anew", path.display(), head.display())]
    Missing {
        /// Which file.
        path: PathBuf,
        /// The note beside it.
        head: PathBuf,
        /// Lines that had been written.
        lines: u64,
    },
    /// A journal of another study.
    #[error("{}: the journal is of a study with other settings: {problem}", path.display())]
    OtherStudy {
        /// Which file.
        path: PathBuf,
        /// What differs.
        problem: String,
    },
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Box<dyn JournalFile>,
    /// Events on disk.
    written: usize,
    /// Bytes they take, header included.
    length: u64,
    chain: Chain,
    header: JournalHeader,
    failed: bool,
}

/// Content of an existing journal.
#[derive(Debug, PartialEq)]
pub struct Recovered {
    /// Its header.
    pub header: JournalHeader,
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Bytes of an incomplete last line that were cut off.
    pub torn_bytes: u64,
    /// The checksum of every line, the header's first; empty for a journal of version 1.
    pub checksums: Vec<String>,
}

impl Recovered {
    /// The end of the journal; `None` for one of version 1, which has no chain.
    pub fn end(&self) -> Option<Place> {
        let checksum = self.checksums.last()?.clone();
        Some(Place { lines: self.checksums.len() as u64, checksum })
    }
}

/// A place in a journal: how many lines there are up to it, and the checksum of the last of them, which covers all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Lines, with the header.
    pub lines: u64,
    /// The checksum, in hexadecimal.
    pub checksum: String,
}

impl Journal {
    /// A new journal. The header is written atomically.
    ///
    /// # Errors
    /// A file that exists already, or cannot be written.
    pub fn create(path: &Path, header: &JournalHeader) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io { path: path.into(), source };
        if path.exists() {
            return Err(io(io::Error::new(io::ErrorKind::AlreadyExists, "the file exists")));
        }
        let mut chain = Chain::default();
        let text = chain.encode(header);
        // a note of an earlier journal of this name would be newer than this one
        let _ = std::fs::remove_file(head::path(path));
        write_atomic(path, text.as_bytes()).map_err(io)?;
        let file = OpenOptions::new().append(true).open(path).map_err(io)?;
        Ok(Self::over(path, Box::new(file), header))
    }

    /// A journal over an open file that holds its header and nothing else.
    pub fn over(path: &Path, file: Box<dyn JournalFile>, header: &JournalHeader) -> Self {
        let mut chain = Chain::default();
        let length = chain.encode(header).len() as u64;
        Self { path: path.into(), file, written: 0, length, chain, header: header.clone(), failed: false }
    }

    /// Opens an existing journal, cuts off an incomplete last line, and returns the content.
    ///
    /// # Errors
    /// A damaged line, or a file that cannot be read.
    pub fn open(path: &Path) -> Result<(Self, Recovered), JournalError> {
        let io = |source| JournalError::Io { path: path.into(), source };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(io)?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(io)?;
        let (recovered, chain) = read::read(&bytes, path, head::read(path).as_ref())?;
        if chain == Chain::default() {
            return Self::upgrade(path, recovered);
        }
        let length = bytes.len() as u64 - recovered.torn_bytes;
        if recovered.torn_bytes > 0 {
            file.set_len(length).and_then(|()| file.sync_all()).map_err(io)?;
        }
        let (header, written) = (recovered.header.clone(), recovered.events.len());
        Ok((Self { path: path.into(), file: Box::new(file), written, length, chain, header, failed: false }, recovered))
    }

    /// Writes a journal of version 1 in the present format; the old one is kept as `journal.v1`.
    fn upgrade(path: &Path, recovered: Recovered) -> Result<(Self, Recovered), JournalError> {
        let io = |source| JournalError::Io { path: path.into(), source };
        std::fs::copy(path, path.with_extension("v1")).map_err(io)?;
        let header = JournalHeader { version: VERSION, ..recovered.header };
        let (text, chain) = text(&header, &recovered.events);
        write_atomic(path, text.as_bytes()).map_err(io)?;
        let file = OpenOptions::new().append(true).open(path).map_err(io)?;
        let (written, length) = (recovered.events.len(), text.len() as u64);
        let recovered = Recovered { header: header.clone(), ..recovered };
        Ok((Self { path: path.into(), file: Box::new(file), written, length, chain, header, failed: false }, recovered))
    }

    /// The content of a journal, read-only: for reading a study that another process drives.
    ///
    /// # Errors
    /// A damaged line, or a file that cannot be read.
    pub fn peek(path: &Path) -> Result<Recovered, JournalError> {
        // the note first: the journal may grow in between, and is never behind it
        let noted = head::read(path);
        let bytes = std::fs::read(path).map_err(|source| JournalError::Io { path: path.into(), source })?;
        read::read(&bytes, path, noted.as_ref()).map(|(recovered, _)| recovered)
    }

    /// Opens the journal of this study, or creates it. Returns the events to replay and the bytes of an incomplete last line.
    ///
    /// # Errors
    /// [`JournalError::OtherStudy`] where the header differs; a damaged line; a file that cannot be read or written.
    pub fn open_or_create(path: &Path, header: &JournalHeader) -> Result<(Self, Vec<Event>, u64), JournalError> {
        if !path.exists() {
            if let Some(noted) = head::read(path) {
                return Err(JournalError::Missing { path: path.into(), head: head::path(path), lines: noted.lines });
            }
            return Ok((Self::create(path, header)?, vec![], 0));
        }
        let (journal, recovered) = Self::open(path)?;
        if let Some(problem) = recovered.header.difference(header) {
            return Err(JournalError::OtherStudy { path: path.into(), problem });
        }
        Ok((journal, recovered.events, recovered.torn_bytes))
    }

    /// Appends the events not yet written and syncs them to disk.
    ///
    /// # Errors
    /// A failed write. The journal then accepts nothing more, because only reading the file again shows what is on disk.
    pub fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        let new = events.get(self.written..).unwrap_or_default();
        if new.is_empty() {
            return Ok(());
        }
        let io = |source| JournalError::Io { path: self.path.clone(), source };
        if self.failed {
            return Err(io(io::Error::other("an earlier write failed; restart to resume from what is on disk")));
        }
        if !self.file.is_untouched(&self.path, self.length) {
            self.failed = true;
            return Err(self.rescue(events));
        }
        let mut chain = self.chain.clone();
        let text: String = new.iter().map(|event| chain.encode(event)).collect();
        if let Err(source) = self.file.append(text.as_bytes()).and_then(|()| self.file.sync()) {
            self.failed = true;
            // removes what was partly written; where even that fails, the next start cuts it off
            let _ = self.file.truncate(self.length);
            return Err(io(source));
        }
        (self.length, self.written) = (self.length + text.len() as u64, events.len());
        self.chain = chain;
        // without the note a cut at the end of a line is not noticed; the events are on the disk
        let _ = head::write(&self.path, &self.chain);
        Ok(())
    }

    /// Keeps everything that is known in another file; the error that says so.
    fn rescue(&self, events: &[Event]) -> JournalError {
        let rescued = self.path.with_extension("rescued");
        let kept = write_atomic(&rescued, text(&self.header, events).0.as_bytes());
        let advice = match kept {
            Ok(()) => format!("all events are in {}: put it in the journal's place to go on", rescued.display()),
            Err(e) => format!("{} cannot be written either: {e}", rescued.display()),
        };
        JournalError::Replaced { path: self.path.clone(), advice }
    }

    /// The end of what is written.
    pub fn end(&self) -> Place {
        Place { lines: self.chain.lines, checksum: self.chain.digits.clone() }
    }

    /// Whether a write failed.
    pub fn has_failed(&self) -> bool {
        self.failed
    }
}

/// A whole journal as text, and the end of its chain.
fn text(header: &JournalHeader, events: &[Event]) -> (String, Chain) {
    let mut chain = Chain::default();
    let mut text = chain.encode(header);
    text.extend(events.iter().map(|event| chain.encode(event)));
    (text, chain)
}

impl Observer for Journal {
    fn asked(&mut self, study: &Study, _trial: &Trial) -> Result<(), String> {
        self.append(study.events()).map_err(|e| e.to_string())
    }

    fn told(&mut self, study: &Study, _report: &Report) -> Result<(), String> {
        self.append(study.events()).map_err(|e| e.to_string())
    }
}
