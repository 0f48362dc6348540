//! What a study leaves on the disk after every report: its journal, and the state of its method.

use std::time::{Duration, Instant};

use jobs::{Journal, KeptFile, Observer, Report, Study, Trial};
use methods::ALGORITHM_VERSION;
use methods::subset::MOST_OBSERVATIONS;

use crate::loaded_study::LoadedStudy;

/// Raised when the layout of a method's state changes: states of other layouts are made anew.
const LAYOUT: u32 = 2;
/// In a study of fast runs, the state is written at most this often,
const INTERVAL: Duration = Duration::from_secs(1);
/// or after this many reports: fewer than are observed one by one when a study is resumed.
const REPORTS: usize = 20;

/// The file of the method's state.
pub fn kept_file(loaded: &LoadedStudy) -> anyhow::Result<KeptFile> {
    let what = format!("{} {ALGORITHM_VERSION} {MOST_OBSERVATIONS} {LAYOUT}", env!("CARGO_PKG_VERSION"));
    Ok(KeptFile::new(&loaded.runs()?.join("state"), &what))
}

/// A study's journal, and the file of its method's state.
pub struct Record {
    /// The journal.
    pub journal: Journal,
    state: KeptFile,
    kept_at: Option<Instant>,
    reports: usize,
}

impl Record {
    /// Nothing is written yet.
    pub fn new(journal: Journal, state: KeptFile) -> Self {
        Self { journal, state, kept_at: None, reports: 0 }
    }

    /// Keeps the method's state, once the study's events are in the journal. A failure costs time at the next start, nothing else.
    pub fn keep_state(&mut self, study: &Study) {
        if let Some(state) = study.kept_state() {
            let _ = self.state.write(&state, &self.journal.end());
        }
        (self.kept_at, self.reports) = (Some(Instant::now()), 0);
    }
}

impl Observer for Record {
    fn asked(&mut self, study: &Study, trial: &Trial) -> Result<(), String> {
        self.journal.asked(study, trial)
    }

    fn told(&mut self, study: &Study, report: &Report) -> Result<(), String> {
        self.journal.told(study, report)?;
        self.reports += 1;
        if self.reports >= REPORTS || self.kept_at.is_none_or(|at| at.elapsed() >= INTERVAL) {
            self.keep_state(study);
        }
        Ok(())
    }
}
