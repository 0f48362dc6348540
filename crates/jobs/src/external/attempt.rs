use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jobs_core::files::write_atomic;

use super::Request;
use crate::RunId;

/// One execution of the command for a trial, with its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Which run.
    pub run: RunId,
    /// Number of the execution, from 1.
    pub number: u32,
    folder: PathBuf,
    metric: String,
    maximise: bool,
}

impl Attempt {
    /// The folder of a run within the folder of all runs.
    pub(super) fn run_folder(runs: &Path, run: RunId) -> PathBuf {
        runs.join(format!("run-{:05}", run.0))
    }

    /// Writes the request of a new attempt.
    pub(super) fn create(folder: &Path, number: u32, request: &Request, maximise: bool) -> io::Result<Self> {
        fs::create_dir_all(&request.checkpoint)?;
        let metric = request.metric.clone();
        let attempt = Self { run: request.run, number, folder: folder.to_owned(), metric, maximise };
        let requeued = Request { resume: true, ..request.clone() };
        let text = |request: &Request| serde_json::to_vec_pretty(request).map_err(io::Error::other);
        write_atomic(&attempt.file("requeued.json"), &text(&requeued)?)?;
        write_atomic(&attempt.file("request.json"), &text(request)?)?;
        Ok(attempt)
    }

    /// Earlier attempts in order, with their requests. Requests that cannot be read are skipped.
    pub(super) fn earlier(folder: &Path, run: RunId, maximise: bool) -> Vec<(Self, Request)> {
        let read = |number: u32| {
            let path = folder.join(format!("attempt-{number}.request.json"));
            let request: Request = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
            let metric = request.metric.clone();
            Some((Self { run, number, folder: folder.to_owned(), metric, maximise }, request))
        };
        (1..)
            .map(|n| (n, folder.join(format!("attempt-{n}.request.json"))))
            .take_while(|(_, p)| p.exists())
            .filter_map(|(n, _)| read(n))
            .collect()
    }

    /// A file of the attempt, such as `attempt-1.out`.
    pub fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("attempt-{}.{ending}", self.number))
    }

    /// The metric that the command reports.
    pub(super) fn metric(&self) -> &str {
        &self.metric
    }

    /// A value of the metric as a loss.
    pub(super) fn loss(&self, value: f64) -> f64 {
        if self.maximise { -value } else { value }
    }

    /// Common prefix of the paths of its files.
    pub fn prefix(&self) -> PathBuf {
        self.folder.join(format!("attempt-{}", self.number))
    }

    /// Ending of a file of the n-th requeue: a scheduler may execute an attempt again by itself.
    fn ending(requeue: u32, ending: &str) -> String {
        if requeue == 0 { ending.to_owned() } else { format!("r{requeue}.{ending}") }
    }

    /// How often the scheduler has requeued it.
    pub(crate) fn requeues(&self) -> u32 {
        (1..).take_while(|&n| self.file(&Self::ending(n, "out")).exists()).last().unwrap_or(0)
    }

    /// The output files, that of the first execution first.
    pub(super) fn outputs(&self) -> Vec<PathBuf> {
        (0..=self.requeues()).map(|n| self.file(&Self::ending(n, "out"))).collect()
    }

    /// Exit status of the latest execution, once known.
    pub fn exit_status(&self) -> Option<i32> {
        let text = fs::read_to_string(self.file(&Self::ending(self.requeues(), "exit"))).ok()?;
        text.trim().parse().ok()
    }

    /// Last lines that the latest execution wrote to standard error.
    pub(super) fn last_errors(&self) -> String {
        let bytes = fs::read(self.file(&Self::ending(self.requeues(), "err"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(4096)..]).into_owned();
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        lines[lines.len().saturating_sub(3)..].join(" | ")
    }
}
