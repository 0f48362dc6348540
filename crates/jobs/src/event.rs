use std::collections::BTreeMap;
use std::fmt;

use jobs_core::{PointRecord, Steps};
use serde::{Deserialize, Serialize};

/// Number of a run within its study, from 0 in the order of starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a trial was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A full run of the initial design, for fitting the predictor or the surrogate.
    Learn,
    /// A run chosen by the method.
    Search,
    /// A paused run taken further because it is promising.
    Promote,
    /// The final promotion: the most promising early run, trained to the end.
    Verify,
    /// A run recorded elsewhere, free of charge.
    Import,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Learn => "learning",
            Self::Search => "searching",
            Self::Promote => "promoting",
            Self::Verify => "verifying",
            Self::Import => "imported",
        })
    }
}

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In training: started or advanced, and not yet reported.
    Pending,
    /// Stopped before the end; can resume, unless it was trained elsewhere.
    Paused,
    /// A full run.
    Finished,
    /// Its loss stopped being finite; it cannot resume.
    Diverged,
    /// Withdrawn by the user: it counts for nothing.
    Withdrawn,
}

/// Values of metrics by name, as (step, value) at rising steps.
pub type MetricValues = BTreeMap<String, Vec<(Steps, f64)>>;

/// A change of a study. The events in order are its complete state ([`History::replay`](crate::History::replay)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", try_from = "Flat")]
pub enum Event {
    /// A new run started.
    Start {
        /// Its number.
        run: RunId,
        /// Its configuration.
        point: PointRecord,
        /// The step to reach.
        to: Steps,
        /// Why.
        phase: Phase,
    },
    /// A paused run resumed.
    Advance {
        /// Its number.
        run: RunId,
        /// The step to reach.
        to: Steps,
        /// Why.
        phase: Phase,
    },
    /// A run was reported.
    Tell {
        /// Its number.
        run: RunId,
        /// Steps trained in all.
        step: Steps,
        /// Evaluations since its last report, as (step, loss).
        evaluations: Vec<(Steps, f64)>,
        /// Where its loss stopped being finite.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diverged_at: Option<Steps>,
    },
    /// Runs recorded elsewhere were imported.
    Import {
        /// The runs, in the order of their numbers.
        runs: Vec<ImportedRun>,
    },
    /// A pending run reported metrics other than that of the study. Methods do not use them.
    Metrics {
        /// Its number.
        run: RunId,
        /// The finite values.
        values: MetricValues,
    },
    /// A run was withdrawn: it no longer counts, and its steps are free again.
    Forget {
        /// Its number.
        run: RunId,
    },
    /// The study was given more budget, or less.
    Budget {
        /// Steps in all, from here on.
        total: Steps,
    },
    /// The user accepted that files which the study depends on have changed.
    Files {
        /// Their hashes from here on, by the keys of [`JournalHeader::settings`](crate::JournalHeader::settings).
        hashes: BTreeMap<String, String>,
    },
    /// Configurations joined the queue: they are tried before those of the method.
    Enqueue {
        /// The configurations, in their order.
        queued: Vec<QueuedRecord>,
    },
    /// The queue was emptied.
    ClearQueue,
    /// A trial of a pending run took so long. Recorded where the budget is in time.
    Seconds {
        /// Its number.
        run: RunId,
        /// Seconds.
        seconds: f64,
    },
    /// A run was withdrawn, and its configuration is not to be tried again.
    Skip {
        /// Its number.
        run: RunId,
    },
    /// A run was marked as failed.
    Fail {
        /// Its number.
        run: RunId,
    },
    /// A run is not to go on for now.
    Hold {
        /// Its number.
        run: RunId,
    },
    /// A held run may go on.
    Release {
        /// Its number.
        run: RunId,
    },
}

impl Event {
    /// The budget in force after these events; `None` where it is still the one that the study began with.
    pub fn last_total(events: &[Self]) -> Option<Steps> {
        events.iter().rev().find_map(|event| if let Self::Budget { total } = event { Some(*total) } else { None })
    }
}

/// A configuration in the queue, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedRecord {
    /// The configuration.
    pub point: PointRecord,
    /// Whether it is trained as a full run, however long the method's own runs are.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full: bool,
}

/// A run recorded elsewhere: prior knowledge, free of charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedRun {
    /// Its configuration.
    pub point: PointRecord,
    /// Its evaluations, as (step, loss).
    pub evaluations: Vec<(Steps, f64)>,
    /// Where its loss stopped being finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged_at: Option<Steps>,
    /// Whether it stopped before the end of a full run. Its checkpoint is not here, so it cannot be taken further.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
    /// Its other metrics. Methods do not use them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: MetricValues,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// An event of any kind, as in a journal. Deserialising this first is several times faster than a tagged enum, for which serde
/// buffers every value of the line until it has seen the tag.
#[derive(Deserialize)]
struct Flat {
    event: String,
    run: Option<RunId>,
    point: Option<PointRecord>,
    to: Option<Steps>,
    phase: Option<Phase>,
    step: Option<Steps>,
    evaluations: Option<Vec<(Steps, f64)>>,
    diverged_at: Option<Steps>,
    runs: Option<Vec<ImportedRun>>,
    values: Option<MetricValues>,
    total: Option<Steps>,
    hashes: Option<BTreeMap<String, String>>,
    queued: Option<Vec<QueuedRecord>>,
    seconds: Option<f64>,
}

impl TryFrom<Flat> for Event {
    type Error = String;

    fn try_from(flat: Flat) -> Result<Self, String> {
        fn need<T>(event: &str, key: &str, value: Option<T>) -> Result<T, String> {
            value.ok_or_else(|| format!("the event `{event}` needs `{key}`"))
        }
        let kind = flat.event.as_str();
        let run = || need(kind, "run", flat.run);
        Ok(match kind {
            "start" => Self::Start {
                run: run()?,
                point: need(kind, "point", flat.point)?,
                to: need(kind, "to", flat.to)?,
                phase: need(kind, "phase", flat.phase)?,
            },
            "advance" => {
                Self::Advance { run: run()?, to: need(kind, "to", flat.to)?, phase: need(kind, "phase", flat.phase)? }
            }
            "tell" => Self::Tell {
                run: run()?,
                step: need(kind, "step", flat.step)?,
                evaluations: need(kind, "evaluations", flat.evaluations)?,
                diverged_at: flat.diverged_at,
            },
            "import" => Self::Import { runs: need(kind, "runs", flat.runs)? },
            "metrics" => Self::Metrics { run: run()?, values: need(kind, "values", flat.values)? },
            "forget" => Self::Forget { run: run()? },
            "budget" => Self::Budget { total: need(kind, "total", flat.total)? },
            "files" => Self::Files { hashes: need(kind, "hashes", flat.hashes)? },
            "enqueue" => Self::Enqueue { queued: need(kind, "queued", flat.queued)? },
            "clear_queue" => Self::ClearQueue,
            "seconds" => Self::Seconds { run: run()?, seconds: need(kind, "seconds", flat.seconds)? },
            "skip" => Self::Skip { run: run()? },
            "fail" => Self::Fail { run: run()? },
            "hold" => Self::Hold { run: run()? },
            "release" => Self::Release { run: run()? },
            other => {
                let known = "start, advance, tell, import, metrics, seconds, forget, budget, files, enqueue, clear_queue, skip, fail, \
                             hold or release";
                return Err(format!("unknown event `{other}`, expected {known}"));
            }
        })
    }
}
