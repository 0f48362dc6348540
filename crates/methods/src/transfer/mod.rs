//! Priors transferred from runs of other studies.
//!
//! Studies of the same model on different tasks share its settings: which layers and modules are adapted, rank, alpha, dropout.
//! They do not share the best mixture, because a domain is worth something else to every task. A source study therefore gives
//! the prior mean
//!
//! ```text
//! t(z) = m(mixture*, z),    m the posterior mean of the source's losses, on a logarithmic scale
//! ```
//!
//! of the source's best mixture, `mixture*`, under model settings `z`, standardised over the space. Full runs of the source count
//! as measured. Other runs count as predicted by the predictor of the method `jobs`, with their variance.
//!
//! A new study uses the prior means in its surrogate ([`gp::WithPriorMeans`]) and in its design
//! ([`jobs::Transfer::inform_design`]). A prior mean that its own losses contradict loses its weight. Transfer is free of charge:
//! the sources paid for their steps.
//!
//! ```
//! use jobs::Problem;
//! use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
//! use methods::transfer::{Source, prior};
//! # use jobs_core::run_table::{RecordedRun, RunTable};
//! # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rank'\nkind = 'integer'\nlow = 1\nhigh = 64")?;
//! # let runs = space.design(8, Seed(0)).into_iter().enumerate().map(|(i, point)| {
//! #     let curve = jobs_core::LearningCurve::from_pairs([(Steps(100), 1.0 / point.integer("rank").unwrap_or(1) as f64)]).unwrap();
//! #     RecordedRun { id: i.to_string(), point, notes: vec![], curve, extras: vec![], rows_after_divergence: 0 }
//! # }).collect();
//! # let (metric, none) = ("eval_loss".to_owned(), vec![]);
//! # let maths = RunTable { space: space.clone(), full_steps: Steps(100), metric, note_names: none, extra_metrics: vec![], runs };
//! let transfer = prior(&space, &[Source { name: "maths", table: &maths }], Target::Best)?;
//! let budget = Budget { total: Steps(1500), full: Steps(100), early: Steps(20) };
//! let problem = Problem::new(space, budget, Target::Best, Seed(7)).with_transfer(transfer);
//! let method = methods::JobsOptions::default().make(&problem)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod source;

use std::sync::Arc;

use jobs::Transfer;
use jobs_core::{PredictorError, PriorMean, RunTable, SearchSpace, SurrogateError, Target};
use thiserror::Error;

use self::source::SourcePrior;

/// A source study: its runs, lower values being better.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Name in errors.
    pub name: &'a str,
    /// Its runs, full or not.
    pub table: &'a RunTable,
}

/// Fewest runs with a value that a prior can be made from.
const FEWEST: usize = 4;

/// Why a source gives no prior.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TransferError {
    /// The two spaces share no dimension other than mixtures.
    #[error(
        "nothing can be transferred from {study}: apart from mixtures, the two studies share no dimension of the same name and domain \
         (there: {there}; here: {here})"
    )]
    NothingShared {
        /// Which source.
        study: String,
        /// Its dimensions other than mixtures.
        there: String,
        /// Those of the new study.
        here: String,
    },
    /// Too few runs.
    #[error("nothing can be transferred from {study}: {found} of its runs have a value, expected at least {FEWEST}")]
    TooFewRuns {
        /// Which source.
        study: String,
        /// Runs with a value.
        found: usize,
    },
    /// The shared settings have no effect on the source's runs.
    #[error(
        "nothing can be transferred from {study}: the settings shared with this study ({shared}) have no effect on its losses"
    )]
    Flat {
        /// Which source.
        study: String,
        /// The shared dimensions.
        shared: String,
    },
    /// The predictor failed on the source's runs.
    #[error("{study}: {source}")]
    Predictor {
        /// Which source.
        study: String,
        /// Why.
        source: PredictorError,
    },
    /// The surrogate failed on the source's runs.
    #[error("{study}: {source}")]
    Surrogate {
        /// Which source.
        study: String,
        /// Why.
        source: SurrogateError,
    },
}

/// The transferred prior over a space: one prior mean per source. Deterministic.
///
/// # Errors
/// The first source that gives no prior.
pub fn prior(space: &SearchSpace, sources: &[Source<'_>], target: Target) -> Result<Transfer, TransferError> {
    let mean = |source| Ok(Arc::new(SourcePrior::of(source, space, target)?) as Arc<dyn PriorMean>);
    sources.iter().map(mean).collect::<Result<_, _>>().map(Transfer::new)
}

/// Dimensions that carry over from another space: those in both under the same name with the same domain, mixtures aside. Pairs
/// of indices: in `space`, in `other`.
pub fn shared_dimensions(space: &SearchSpace, other: &SearchSpace) -> Vec<(usize, usize)> {
    let dimensions = space.dimensions().iter().enumerate();
    let settings = dimensions.filter(|(_, d)| !d.domain.is_mixture() && d.domain.is_searched());
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
