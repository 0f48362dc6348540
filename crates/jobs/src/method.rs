//! Methods: what to train next, given everything that has happened.
//!
//! A method's state is a fold over the history: [`Method::observe`] is called after every tell, live or replayed, and
//! [`Method::propose`] may not change anything. Hence a replayed study proposes what the interrupted one would have.

use jobs_core::{AllocationError, MaximiserError, Point, PredictorError, Steps, SurrogateError};
use thiserror::Error;

use crate::{History, Phase, RunId};

/// Decides what to train next.
pub trait Method: Send {
    /// Short name, as figures show it.
    fn name(&self) -> &str;

    /// Takes note of the last tell.
    fn observe(&mut self, history: &History) -> Result<(), MethodError>;

    /// What to do next. Never more than [`History::remaining`].
    fn propose(&self, history: &History) -> Result<Proposal, MethodError>;

    /// The configuration it would hand over now; `None` before anything is known.
    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError>;
}

/// What a method wants.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// Start a new run.
    Start {
        /// Its configuration.
        point: Point,
        /// The step to reach.
        to: Steps,
        /// Why.
        phase: Phase,
    },
    /// Take a paused run further.
    Advance {
        /// Which run.
        run: RunId,
        /// The step to reach.
        to: Steps,
        /// Why.
        phase: Phase,
    },
    /// Nothing more while things are as they are: the study is over, unless runs are pending.
    Finish,
}

/// The configuration a method would hand over.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The run it comes from.
    pub run: RunId,
    /// The configuration.
    pub point: Point,
    /// What the method believes its full run gives ("inference"; its truth is "oracle").
    pub inference: f64,
}

/// Why a method could not decide.
#[derive(Debug, Error)]
pub enum MethodError {
    /// The surrogate failed.
    #[error(transparent)]
    Surrogate(#[from] SurrogateError),
    /// The maximiser failed.
    #[error(transparent)]
    Maximiser(#[from] MaximiserError),
    /// The predictor failed.
    #[error(transparent)]
    Predictor(#[from] PredictorError),
    /// The method does not fit the problem: it needs early runs, say, and there are none.
    #[error("{0}")]
    NotApplicable(&'static str),
    /// The budget could not be split.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
}
