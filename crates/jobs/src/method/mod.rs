//! Methods: what to train next, given everything that has happened.
//!
//! A method's state is a fold over the history: [`Method::observe`] is called after every tell, live or replayed, and
//! [`Method::propose`] may not change anything. Hence a replayed study proposes what the interrupted one would have.

mod bayes_opt;
mod default_point;
mod joint;
mod model;
mod multi_fidelity;
mod partial;
mod parzen;
mod random_search;
mod successive_halving;
mod trust_region;

use jobs_core::{AllocationError, MaximiserError, Point, PredictorError, Steps, SurrogateError};
use thiserror::Error;

use crate::{History, Phase, RunId, RunRecord, Status};

pub use bayes_opt::BayesOpt;
pub use default_point::{Untuned, default_point};
pub use joint::{Evidence, Jobs, JobsParts, Promotion, Recommend};
pub use model::Model;
pub use multi_fidelity::{LevelRule, MultiFidelity};
pub use partial::{Order, Part, Partial};
pub use parzen::{ParzenSampler, Tpe};
pub use random_search::RandomSearch;
pub use successive_halving::{Asha, Hyperband, Sampler, Uniform};
pub use trust_region::TrustRegion;

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

/// Full runs of the initial design still to do: the next one, if the budget pays for it. Imported runs stand for as many.
fn next_of_design(history: &History, design: &[Point]) -> Option<Proposal> {
    let full = history.problem().budget.full;
    let counts = |r: &&RunRecord| r.phase == Phase::Learn || (r.phase == Phase::Import && r.status == Status::Finished);
    let begun = history.runs().iter().filter(counts).count();
    let point = design.get(begun)?.clone();
    (history.remaining() >= full).then_some(Proposal::Start { point, to: full, phase: Phase::Learn })
}

/// With nothing to learn from yet: wait for what is pending; where every run diverged, a full run drawn uniformly.
fn without_data(history: &History) -> Proposal {
    if history.pending().next().is_some() { Proposal::Finish } else { uniform_full_run(history) }
}

/// A full run drawn uniformly, while the budget pays for it.
fn uniform_full_run(history: &History) -> Proposal {
    let full = history.problem().budget.full;
    if history.remaining() < full {
        return Proposal::Finish;
    }
    match history.draw("without data", history.runs().len() as u64) {
        Some(point) => Proposal::Start { point, to: full, phase: Phase::Search },
        None => Proposal::Finish,
    }
}

/// The finished run with the lowest measured value; before there is one, the run with the lowest loss so far.
fn best_measured(history: &History) -> Option<Recommendation> {
    let finished = history.best_finished();
    let any = || {
        let losses = history.runs().iter().filter_map(|r| Some((r, r.curve.best()?.1)));
        losses.min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (run, inference) = finished.or_else(any)?;
    Some(Recommendation { run: run.id, point: run.point.clone(), inference })
}
