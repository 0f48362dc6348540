//! Events in a file, so that a study goes on after a crash.
//!
//! One line per event, `crc32 json`: append-only, synced to disk before the event counts. The first line is the
//! [`JournalHeader`]: what the study is about. A torn last line (a crash while writing) is cut off and said; a damaged line
//! anywhere else is an error that names it.

mod line;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jobs_core::{Budget, Seed, SpaceError, Target};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Event, Observer, Problem, Report, Study, Trial};

/// The first line: a study's problem and method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// Version of the format.
    pub version: u32,
    /// The space, in TOML.
    pub space: String,
    /// The budget.
    pub budget: Budget,
    /// The target.
    pub target: Target,
    /// The seed.
    pub seed: Seed,
    /// The method's name.
    pub method: String,
}

/// The version written.
const VERSION: u32 = 1;

impl JournalHeader {
    /// The header of a study.
    pub fn of(problem: &Problem, method: &str) -> Self {
        Self {
            version: VERSION,
            space: problem.space.to_toml_string(),
            budget: problem.budget,
            target: problem.target,
            seed: problem.seed,
            method: method.to_owned(),
        }
    }

    /// The problem the header tells.
    pub fn problem(&self) -> Result<Problem, SpaceError> {
        let space = jobs_core::SearchSpace::from_toml_str(&self.space)?;
        Ok(Problem { space, budget: self.budget, target: self.target, seed: self.seed })
    }
}

/// Why a journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A line that is not what was written.
    #[error("{}:{line}: {problem}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The journal of another study.
    #[error("{}: the journal is of another study: {problem}", path.display())]
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
    file: File,
    written: usize,
}

/// What an existing journal held.
#[derive(Debug, PartialEq)]
pub struct Recovered {
    /// Its header.
    pub header: JournalHeader,
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Bytes of a torn last line that were cut off.
    pub torn_bytes: u64,
}

impl Journal {
    /// A new journal; an error where the file exists.
    pub fn create(path: &Path, header: &JournalHeader) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io { path: path.into(), source };
        let mut file = OpenOptions::new().append(true).create_new(true).open(path).map_err(io)?;
        file.write_all(line::encode(header).as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            File::open(folder).and_then(|f| f.sync_all()).map_err(io)?;
        }
        Ok(Self { path: path.into(), file, written: 0 })
    }

    /// Opens an existing journal, cuts a torn last line, and gives back what it held.
    pub fn open(path: &Path) -> Result<(Self, Recovered), JournalError> {
        let io = |source| JournalError::Io { path: path.into(), source };
        let damaged = |line, problem| JournalError::Damaged { path: path.into(), line, problem };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(io)?;
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(io)?;
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let torn_bytes = (bytes.len() - whole) as u64;
        let mut lines = bytes[..whole].split(|&b| b == b'\n').take_while(|l| !l.is_empty()).enumerate();
        let (_, first) = lines.next().ok_or_else(|| damaged(1, "no header line".into()))?;
        let header: JournalHeader = line::decode(first).map_err(|problem| damaged(1, problem))?;
        if header.version != VERSION {
            return Err(damaged(1, format!("version {}, this program reads {VERSION}", header.version)));
        }
        let events = lines
            .map(|(i, text)| line::decode(text).map_err(|problem| damaged(i + 1, problem)))
            .collect::<Result<Vec<Event>, _>>()?;
        if torn_bytes > 0 {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let written = events.len();
        Ok((Self { path: path.into(), file, written }, Recovered { header, events, torn_bytes }))
    }

    /// Opens the journal of this study, or creates it: the events to replay.
    pub fn open_or_create(path: &Path, header: &JournalHeader) -> Result<(Self, Vec<Event>, u64), JournalError> {
        if !path.exists() {
            return Ok((Self::create(path, header)?, vec![], 0));
        }
        let (journal, recovered) = Self::open(path)?;
        let (there, here) = (&recovered.header, header);
        let other = |problem: String| JournalError::OtherStudy { path: path.into(), problem };
        if there.space != here.space {
            return Err(other("its search space differs".into()));
        }
        if there != here {
            let text = |h: &JournalHeader| format!("{:?}, {:?}, seed {}, {}", h.budget, h.target, h.seed.0, h.method);
            return Err(other(format!("it holds {}; expected {}", text(there), text(here))));
        }
        Ok((journal, recovered.events, recovered.torn_bytes))
    }

    /// Appends the events not yet written and syncs them to disk.
    pub fn append(&mut self, events: &[Event]) -> Result<(), JournalError> {
        let new = events.get(self.written..).unwrap_or_default();
        if new.is_empty() {
            return Ok(());
        }
        let text: String = new.iter().map(line::encode).collect();
        let io = |source| JournalError::Io { path: self.path.clone(), source };
        self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data()).map_err(io)?;
        self.written = events.len();
        Ok(())
    }
}

impl Observer for Journal {
    fn asked(&mut self, study: &Study, _trial: &Trial) -> Result<(), String> {
        self.append(study.events()).map_err(|e| e.to_string())
    }

    fn told(&mut self, study: &Study, _report: &Report) -> Result<(), String> {
        self.append(study.events()).map_err(|e| e.to_string())
    }
}
