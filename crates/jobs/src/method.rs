//! Methods: policies that decide what to train next.
//!
//! A method's state is a fold over the history: [`Method::observe`] is called after every report and import, live or replayed, and
//! [`Method::propose`] changes nothing. A replayed study therefore proposes what the interrupted one would have proposed.

use jobs_core::{AllocationError, MaximiserError, Point, PredictorError, Steps, SurrogateError};
use thiserror::Error;

use crate::{History, Phase, Problem, RunId};

/// Decides what to train next (see the crate's front page for an example).
pub trait Method: Send {
    /// Short name, as in figures and errors.
    fn name(&self) -> &str;

    /// Updates the method's state after a report or an import.
    ///
    /// # Errors
    /// A model that cannot be fitted.
    fn observe(&mut self, history: &History) -> Result<(), MethodError>;

    /// The next trial, within [`History::remaining`].
    ///
    /// # Errors
    /// A model or maximiser that fails.
    fn propose(&self, history: &History) -> Result<Proposal, MethodError>;

    /// The present recommendation; `None` before any loss is reported.
    ///
    /// # Errors
    /// A model that fails.
    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError>;

    /// Follows a change of the budget: what was derived from the old one (the size of a design, a schedule) is derived from that of
    /// `problem`, and what was learnt is kept. Called before the [`Self::observe`] that follows. A method that reads the budget from the
    /// history needs nothing.
    ///
    /// # Errors
    /// A budget that the method cannot split.
    fn budget_changed(&mut self, _problem: &Problem) -> Result<(), MethodError> {
        Ok(())
    }

    /// Everything that [`Self::observe`] has changed, so that [`Self::restore`] gives a method that proposes the same. `None` where the
    /// method cannot be kept, or keeps nothing between proposals.
    fn save(&self) -> Option<Vec<f64>> {
        None
    }

    /// Reads what [`Self::save`] wrote. Returns `false`, and changes nothing, where the numbers are not the state of this method.
    fn restore(&mut self, _state: &[f64]) -> bool {
        false
    }
}

/// What a method proposes.
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
    /// Nothing at present: the study ends, unless runs are pending.
    Finish,
}

/// The configuration a method recommends.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The run it comes from.
    pub run: RunId,
    /// The configuration.
    pub point: Point,
    /// The method's estimate of its full run's value ("inference" in result tables, where "oracle" is the true value).
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
    /// The method does not fit the problem; for example, it needs early runs and there are none.
    #[error("{0}")]
    NotApplicable(&'static str),
    /// The budget could not be split.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
}
