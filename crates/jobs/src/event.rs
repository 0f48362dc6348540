use std::fmt;

use jobs_core::{PointRecord, Steps};
use serde::{Deserialize, Serialize};

/// Number of a run within its study, from 0 in the order of being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a run was asked for: what a figure shades and a progress line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A full run of the initial design, for the predictor or the surrogate to learn from.
    Learn,
    /// A run chosen by the method.
    Search,
    /// A paused run taken further because it looks good.
    Promote,
    /// A recommendation trained to the end to see whether it holds.
    Verify,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Learn => "learning",
            Self::Search => "searching",
            Self::Promote => "promoting",
            Self::Verify => "verifying",
        })
    }
}

/// Where a run stands after it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Asked for and not yet told.
    Pending,
    /// Stopped at a step from which it can go on.
    Paused,
    /// A whole full run.
    Finished,
    /// Its loss stopped being finite; it will not go on.
    Diverged,
}

/// What a study was asked and told: its whole state, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A new run was asked for.
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
    /// A paused run was asked to go on.
    Advance {
        /// Its number.
        run: RunId,
        /// The step to reach.
        to: Steps,
        /// Why.
        phase: Phase,
    },
    /// A run was told.
    Tell {
        /// Its number.
        run: RunId,
        /// Steps it has done in all.
        step: Steps,
        /// Evaluations since it was told last, as (step, loss).
        evaluations: Vec<(Steps, f64)>,
        /// Where its loss stopped being finite.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diverged_at: Option<Steps>,
    },
}
