//! What earlier studies teach a new one.
//!
//! Two studies of the same model on two tasks share their model settings: which layers and modules are adapted, rank, alpha, dropout. What
//! mixture is best they do not share, because every domain is worth something else to another task. So an earlier study teaches
//!
//! ```text
//! t(z) = m(mixture*, z),    m the posterior mean of the study's losses, on a logarithmic scale
//! ```
//!
//! how the mixture it found best, `mixture*`, would do under model settings `z`, standardised over the space. Its runs are what the method
//! `jobs` would make of them: finished ones as measured, unfinished ones as its predictor foresees them, with their doubt. A new study
//! begins with these trends ([`gp::WithPriorMeans`], [`jobs::Transfer`]) in its surrogate and its design; a trend that its own losses contradict
//! loses its weight. Nothing of this is charged to the new budget: the earlier studies' steps were paid for before.
//!
//! ```
//! use jobs::Problem;
//! use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
//! use methods::transfer::{Earlier, learn};
//! # use jobs_core::run_table::{RecordedRun, RunTable};
//! # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rank'\nkind = 'integer'\nlow = 1\nhigh = 64")?;
//! # let runs = space.design(8, Seed(0)).into_iter().enumerate().map(|(i, point)| {
//! #     let curve = jobs_core::LearningCurve::from_pairs([(Steps(100), 1.0 / point.integer("rank").unwrap_or(1) as f64)]).unwrap();
//! #     RecordedRun { id: i.to_string(), point, notes: vec![], curve, extras: vec![], rows_after_divergence: 0 }
//! # }).collect();
//! # let (metric, none) = ("eval_loss".to_owned(), vec![]);
//! # let maths = RunTable { space: space.clone(), full_steps: Steps(100), metric, note_names: none, extra_metrics: vec![], runs };
//! let lessons = learn(&space, &[Earlier { name: "maths", table: &maths }], Target::Best)?;
//! let budget = Budget { total: Steps(1500), full: Steps(100), early: Steps(20) };
//! let problem = Problem::new(space, budget, Target::Best, Seed(7)).with_transfer(lessons);
//! let method = methods::JobsOptions::default().make(&problem)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod source;

use std::sync::Arc;

use jobs::Transfer;
use jobs_core::{PredictorError, PriorMean, RunTable, SearchSpace, SurrogateError, Target};
use thiserror::Error;

use self::source::SourcePrior;

/// An earlier study: its runs, lower values being better.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// What errors call it.
    pub name: &'a str,
    /// Its runs, finished or not.
    pub table: &'a RunTable,
}

/// Fewest runs with a value that teach anything.
const FEWEST: usize = 4;

/// Why a study teaches nothing.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TransferError {
    /// The two spaces share no dimension that carries over.
    #[error(
        "{study} teaches nothing: no dimension of it but mixtures is in this study's space with the same domain \
         (there: {there}; here: {here})"
    )]
    NothingShared {
        /// Which study.
        study: String,
        /// Its dimensions other than mixtures.
        there: String,
        /// This study's.
        here: String,
    },
    /// Too few runs.
    #[error("{study} teaches nothing: {found} of its runs have a value, expected at least {FEWEST}")]
    TooFewRuns {
        /// Which study.
        study: String,
        /// Runs with a value.
        found: usize,
    },
    /// All runs are alike, or the settings shared do not matter to them.
    #[error("{study} teaches nothing: by its runs the settings shared with this study ({shared}) do not matter")]
    Flat {
        /// Which study.
        study: String,
        /// The dimensions shared.
        shared: String,
    },
    /// Its final values could not be foreseen.
    #[error("{study}: {source}")]
    Predictor {
        /// Which study.
        study: String,
        /// Why.
        source: PredictorError,
    },
    /// Its runs could not be modelled.
    #[error("{study}: {source}")]
    Surrogate {
        /// Which study.
        study: String,
        /// Why.
        source: SurrogateError,
    },
}

/// Learns from earlier studies what carries over to a space. Deterministic.
pub fn learn(space: &SearchSpace, studies: &[Earlier<'_>], target: Target) -> Result<Transfer, TransferError> {
    let lesson = |study| Ok(Arc::new(SourcePrior::of(study, space, target)?) as Arc<dyn PriorMean>);
    studies.iter().map(lesson).collect::<Result<_, _>>().map(Transfer::new)
}

/// Dimensions of a space that carry over from another: those that are in both under the same name with the same domain, mixtures aside.
/// Pairs of indices, here and there.
pub fn shared(space: &SearchSpace, other: &SearchSpace) -> Vec<(usize, usize)> {
    let dimensions = space.dimensions().iter().enumerate();
    let settings = dimensions.filter(|(_, d)| !d.domain.is_mixture());
    let pair = |(here, d): (usize, &jobs_core::Dimension)| {
        let there = other.index_of(&d.name)?;
        (other.dimensions().get(there)?.domain == d.domain).then_some((here, there))
    };
    settings.filter_map(pair).collect()
}

/// Names of a space's dimensions other than mixtures.
fn settings_of(space: &SearchSpace) -> String {
    let settings = space.dimensions().iter().filter(|d| !d.domain.is_mixture());
    let names: Vec<&str> = settings.map(|d| d.name.as_str()).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
