//! The state of a study, and the file in which a running study keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use jobs::{History, JournalHeader, Observer, Phase, Report, RunId, RunRecord, Status, Study, Trial};
use manifest::rfc3339;
use serde::{Deserialize, Serialize};

use crate::best::{Best, best};
use crate::best_configuration::metrics_of;
use crate::live;
use crate::loaded_study::LoadedStudy;
use crate::stopped;
use crate::times::{self, Noted};

/// Default number of rows.
pub(crate) const ROWS: usize = 12;

#[derive(Serialize, Deserialize)]
pub(crate) struct View {
    pub(crate) study: String,
    pub(crate) method: String,
    pub(crate) metric: String,
    /// Steps used.
    pub(crate) budget_used: u64,
    /// The old name of `budget_used`.
    spent: u64,
    pub(crate) total: u64,
    pub(crate) runs: usize,
    pub(crate) by_status: BTreeMap<String, usize>,
    pub(crate) by_phase: BTreeMap<String, usize>,
    /// When it began, and when the last result came, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) began: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_result: Option<String>,
    /// Seconds that the rest takes at the pace of the present `jobs run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seconds_left: Option<f64>,
    /// Whether nothing is in training and the budget does not pay for another run.
    #[serde(default)]
    pub(crate) finished: bool,
    /// Hours that all runs have used, where the budget is in hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hours: Option<f64>,
    /// Hours of all runs together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) total_hours: Option<f64>,
    /// Seconds of a start and of a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pace: Option<[f64; 2]>,
    /// Configurations that wait to be tried.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) queued: usize,
    /// Why the study stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<String>,
    pub(crate) best: Option<Row>,
    /// The best run as every command names it.
    #[serde(default)]
    pub(crate) recommended: Option<Best>,
    pub(crate) full_steps: u64,
    pub(crate) rows: Vec<Row>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) run: u64,
    pub(crate) phase: Phase,
    pub(crate) status: Status,
    pub(crate) step: u64,
    pub(crate) to: u64,
    /// Value of the metric.
    pub(crate) last: Option<f64>,
    pub(crate) best: Option<f64>,
    /// The step that the trainer of a pending run has reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reached: Option<u64>,
    /// When it was asked for or reported, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    /// Other metrics of the best run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metrics: BTreeMap<String, f64>,
}

impl View {
    pub(crate) fn of(loaded: &LoadedStudy, h: &History, best: Option<Best>, rows: usize) -> Self {
        let (mut by_status, mut by_phase): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
        for r in h.runs() {
            *by_status.entry(word(r.status).into()).or_default() += 1;
            *by_phase.entry(phase_word(r.phase)).or_default() += 1;
        }
        let skip = h.runs().len().saturating_sub(rows);
        let limit = loaded.time_limit(loaded.file.executor.workers);
        Self {
            study: loaded.name(),
            method: loaded.file.method.name.clone(),
            metric: loaded.metric().to_owned(),
            budget_used: h.spent().0,
            spent: h.spent().0,
            total: h.problem().budget.total.0,
            runs: h.runs().len(),
            by_status,
            by_phase,
            began: None,
            last_result: None,
            seconds_left: None,
            finished: h.pending().next().is_none() && h.remaining() < h.problem().budget.early,
            hours: limit.map(|_| h.seconds() / 3600.0),
            total_hours: limit.map(|limit| limit.seconds / 3600.0),
            pace: limit.and(h.pace()).map(|pace| [pace.start_up, pace.step]),
            queued: h.queue().len(),
            stopped: None,
            best: best
                .as_ref()
                .and_then(|best| h.run(RunId(best.run)))
                .map(|r| Row { metrics: metrics_of(r, h.problem().target), ..row(loaded, h, r) }),
            recommended: best,
            full_steps: h.problem().budget.full.0,
            rows: h.runs()[skip..].iter().map(|r| row(loaded, h, r)).collect(),
        }
    }
}

impl View {
    /// Adds what only files beside the journal know: how far trainers are, and why the study stopped.
    pub(crate) fn with_files(mut self, loaded: &LoadedStudy) -> Self {
        for row in self.rows.iter_mut().filter(|r| r.status == Status::Pending) {
            row.reached = live::reached(loaded, row.run).filter(|step| (row.step..=row.to).contains(step));
        }
        self.stopped = stopped::reason(loaded);
        self.add_times(&Noted::read(loaded));
        if self.stopped.is_some()
            && let Some(n) = self.by_status.remove(word(Status::Pending))
        {
            self.by_status.insert(WAITING.into(), n);
        }
        self
    }
}

impl View {
    fn add_times(&mut self, noted: &Noted) {
        let text = |time: u64| rfc3339(UNIX_EPOCH + Duration::from_secs(time));
        (self.began, self.last_result) = (noted.began.map(text), noted.last_result.map(text));
        for row in &mut self.rows {
            row.since = noted.runs.get(&row.run).copied().map(text);
        }
        let left = self.total.saturating_sub(self.budget_used);
        if let (Some((began, used)), None, false) = (noted.session, &self.stopped, self.finished) {
            let running = self.rows.iter().map(|r| r.reached.unwrap_or(r.step).saturating_sub(r.step)).sum::<u64>();
            let done = (self.budget_used + running).saturating_sub(used) as f64;
            // times are whole seconds
            let elapsed = times::now().saturating_sub(began).max(1) as f64;
            let left = left.saturating_sub(running) as f64;
            self.seconds_left = (done > 0.0).then_some(elapsed / done * left);
        }
    }
}

/// The state of a pending run of a study that has stopped.
pub(crate) const WAITING: &str = "waiting";

/// The state as the running process wrote it, to avoid reading a long journal. It is valid while the journal has the same length and
/// belongs to the same study.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    header: JournalHeader,
    journal_bytes: u64,
    view: View,
}

impl Kept {
    pub(crate) fn current(loaded: &LoadedStudy) -> anyhow::Result<Option<View>> {
        let (journal, kept) = (loaded.journal()?, loaded.runs()?.join("status.json"));
        let read = || {
            let bytes = fs::metadata(&journal).ok()?.len();
            let kept: Self = serde_json::from_slice(&fs::read(&kept).ok()?).ok()?;
            let total_hours = loaded.time_limit(loaded.file.executor.workers).map(|limit| limit.seconds / 3600.0);
            let same_budget = kept.view.total_hours == total_hours
                && (total_hours.is_some() || kept.view.total == loaded.problem.budget.total.0);
            let current = kept.journal_bytes == bytes && same_budget && loaded.difference(&kept.header).is_none();
            current.then_some(kept.view)
        };
        Ok(read())
    }
}

/// Writes the state next to the journal. A failed write is harmless: `jobs status` then reads the journal.
pub(crate) struct StatusFile<'a> {
    loaded: &'a LoadedStudy,
    path: PathBuf,
    journal: PathBuf,
}

impl<'a> StatusFile<'a> {
    pub(crate) fn of(loaded: &'a LoadedStudy) -> anyhow::Result<Self> {
        Ok(Self { loaded, path: loaded.runs()?.join("status.json"), journal: loaded.journal()? })
    }

    fn write(&self, study: &Study) {
        let Ok(journal) = fs::metadata(&self.journal) else { return };
        let best = best(self.loaded, study).ok().flatten().map(|(_, best)| best);
        let view = View::of(self.loaded, study.history(), best, ROWS);
        let kept = Kept { header: self.loaded.header(), journal_bytes: journal.len(), view };
        let part = self.path.with_extension("part");
        if let Ok(text) = serde_json::to_vec(&kept) {
            let _ = fs::write(&part, text).and_then(|()| fs::rename(&part, &self.path));
        }
    }
}

impl Observer for StatusFile<'_> {
    fn asked(&mut self, study: &Study, _trial: &Trial) -> Result<(), String> {
        self.write(study);
        Ok(())
    }

    fn told(&mut self, study: &Study, _report: &Report) -> Result<(), String> {
        self.write(study);
        Ok(())
    }
}

fn row(loaded: &LoadedStudy, history: &History, r: &RunRecord) -> Row {
    let turn = |v: f64| loaded.direction.turn(v);
    Row {
        run: r.id.0,
        phase: r.phase,
        status: r.status,
        step: r.step.0,
        to: r.to.0,
        last: r.curve.last().map(|(_, v)| turn(v)),
        best: history.problem().target.of(&r.curve).map(turn),
        reached: None,
        since: None,
        metrics: BTreeMap::new(),
    }
}

/// The name of a phase in JSON.
fn phase_word(phase: Phase) -> String {
    serde_json::to_value(phase).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_else(|| phase.to_string())
}

pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "running",
        Status::Paused => "paused",
        Status::Finished => "finished",
        Status::Diverged => "diverged",
        Status::Withdrawn => "withdrawn",
    }
}
