//! Scores of a predictor on recorded runs, from repeated splits into examples and runs to predict.

mod scores;
mod split;

use jobs_core::{Example, PredictorError, RunTable, SearchSpace, Seed, Steps, Target};
use thiserror::Error;

pub use self::scores::{Estimate, Scores};
pub use self::split::Split;
use crate::Factory;

/// Recorded full runs to evaluate on.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The space of the runs.
    pub space: SearchSpace,
    /// The runs, with their final values.
    pub runs: Vec<Example>,
    /// For each run, the search it came from (all 0 if unknown).
    pub searches: Vec<usize>,
}

impl Recorded {
    /// The full runs of a table and their values under `target`; the note `search` (for example `trial`) names the search of each run.
    ///
    /// Left out, as they have no value: runs without evaluation, runs that are not full runs ([`RunTable::full_from`]) and, under
    /// [`Target::Last`], diverged runs.
    pub fn from_table(table: &RunTable, target: Target, search: &str) -> Self {
        let full = table.full_from();
        let mut names: Vec<String> = vec![];
        let (mut runs, mut searches) = (vec![], vec![]);
        for run in &table.runs {
            let whole = run.curve.last().is_some_and(|(step, _)| step.as_f64() >= full);
            if !whole && run.curve.diverged_at().is_none() {
                continue;
            }
            let Some(value) = target.of(&run.curve) else { continue };
            let name = table.note(run, search).unwrap_or_default();
            let index = names.iter().position(|n| *n == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            runs.push(Example { point: run.point.clone(), curve: run.curve.clone(), value });
            searches.push(index);
        }
        Self { space: table.space.clone(), runs, searches }
    }

    /// The runs with an evaluation by step `early`. The others cannot be predicted from there.
    pub fn seen_by(&self, early: Steps) -> Self {
        let seen = |e: &Example| e.curve.steps().first().is_some_and(|s| *s <= early);
        let kept = self.runs.iter().zip(&self.searches).filter(|(run, _)| seen(run));
        let (runs, searches) = kept.map(|(run, search)| (run.clone(), *search)).unzip();
        Self { space: self.space.clone(), runs, searches }
    }

    /// Whether the protocol can be followed.
    ///
    /// # Errors
    /// Too few runs for N examples and one to predict, or a single search where the split is by search.
    pub fn check(&self, protocol: &Protocol) -> Result<(), EvaluationError> {
        if protocol.splits == 0 {
            return Err(EvaluationError::NoSplits);
        }
        // a split by search takes the searches in turn
        let turns = self.searches.iter().max().map_or(1, |m| m + 1).min(protocol.splits);
        (0..turns).try_for_each(|index| split::draw(self, protocol, index).map(|_| ()))
    }
}

/// How to split and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Protocol {
    /// N: examples learnt from in each split.
    pub examples: usize,
    /// Steps of an early run.
    pub early: Steps,
    /// How runs are split into examples and runs to predict.
    pub split: Split,
    /// Number of splits.
    pub splits: usize,
    /// Root of the splits' randomness, and of the predictors'.
    pub seed: Seed,
}

/// Why nothing could be evaluated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EvaluationError {
    /// Too few runs for the split.
    #[error("{runs} runs are too few to learn from {examples} and predict others")]
    TooFewRuns {
        /// Runs to choose from.
        runs: usize,
        /// Examples wanted.
        examples: usize,
    },
    /// A split by search of a table that records one.
    #[error("cannot split by search: all {runs} runs come from one")]
    OneSearch {
        /// Runs there are.
        runs: usize,
    },
    /// The protocol has no splits.
    #[error("the number of splits must be at least one")]
    NoSplits,
    /// The predictor failed.
    #[error(transparent)]
    Predictor(#[from] PredictorError),
}

/// Scores of the predictors `make` builds, mean and standard error over the splits.
///
/// The same protocol gives every predictor the same splits, so that scores can be compared pair by pair.
pub fn evaluate(make: &Factory, recorded: &Recorded, protocol: &Protocol) -> Result<Scores, EvaluationError> {
    recorded.check(protocol)?;
    let mut all = Vec::with_capacity(protocol.splits);
    for index in 0..protocol.splits {
        let (learn, held_out) = split::draw(recorded, protocol, index)?;
        let examples: Vec<Example> = learn.iter().map(|&i| recorded.runs[i].clone()).collect();
        let mut predictor = make();
        predictor.fit(&recorded.space, &examples, protocol.early, protocol.seed.derive("evaluate", index as u64))?;
        let mut answers = Vec::with_capacity(held_out.len());
        for &i in &held_out {
            let run = &recorded.runs[i];
            // a run evaluated too late shows its first evaluation, and nothing after it
            let first = run.curve.steps().first().map_or(protocol.early, |s| protocol.early.max(*s));
            answers.push((predictor.predict(&run.point, &run.curve.up_to(first))?, run.value));
        }
        all.push(scores::of_split(&answers));
    }
    Ok(Scores::over(&all))
}
