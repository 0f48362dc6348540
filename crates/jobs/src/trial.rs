use jobs_core::{LearningCurve, Point, Seed, Steps};

use crate::{Phase, RunId};

/// What to train next: a new run, or a paused run taken further.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which run.
    pub run: RunId,
    /// Its configuration.
    pub point: Point,
    /// Its seed.
    pub seed: Seed,
    /// Steps trained already: 0 for a new run.
    pub from: Steps,
    /// The step to reach.
    pub to: Steps,
    /// Why.
    pub phase: Phase,
}

/// The result of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which run.
    pub run: RunId,
    /// Steps trained in all.
    pub step: Steps,
    /// The curve from the first step on.
    pub curve: LearningCurve,
}
