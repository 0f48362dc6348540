//! A trainer with one part of a simplex left out.

use jobs_core::{Dimension, Domain, Point, PointError, Run, SearchSpace, Seed, Steps, Trainer, TrainerError, Value};
use thiserror::Error;

/// A trainer whose mixtures never hold one part: the same runs, in a space without it.
///
/// With the task's own domain left out this is the *out-of-distribution* setting: what other data are best for a task of which
/// there are none?
#[derive(Clone, Debug)]
pub struct WithoutPart<T> {
    inner: T,
    space: SearchSpace,
    dimension: usize,
    part: usize,
}

/// Why a part cannot be left out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WithoutPartError {
    /// No simplex has such a part.
    #[error("no simplex of the space has a part `{part}` (there are: {known})")]
    Unknown {
        /// The part asked for.
        part: String,
        /// All parts there are.
        known: String,
    },
    /// What remains is no space.
    #[error("without `{part}` what remains is no space: {problem}")]
    Space {
        /// The part asked for.
        part: String,
        /// What is wrong.
        problem: String,
    },
}

impl<T: Trainer> WithoutPart<T> {
    /// `inner` without the part of this name, of whichever simplex has it.
    pub fn new(inner: T, part: &str) -> Result<Self, WithoutPartError> {
        let mut dimensions: Vec<Dimension> = inner.space().dimensions().to_vec();
        let found = dimensions.iter().enumerate().find_map(|(d, dimension)| match &dimension.domain {
            Domain::Simplex { parts } => parts.iter().position(|p| p == part).map(|p| (d, p)),
            _ => None,
        });
        let Some((dimension, index)) = found else {
            let known = dimensions.iter().filter_map(|d| match &d.domain {
                Domain::Simplex { parts } => Some(parts.join(", ")),
                _ => None,
            });
            return Err(WithoutPartError::Unknown {
                part: part.to_owned(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        };
        if let Domain::Simplex { parts } = &mut dimensions[dimension].domain {
            parts.remove(index);
        }
        let space = SearchSpace::new(dimensions, inner.space().constraints().to_vec())
            .map_err(|e| WithoutPartError::Space { part: part.to_owned(), problem: e.to_string() })?;
        Ok(Self { inner, space, dimension, part: index })
    }

    /// The trainer of the whole space.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The point of the whole space that is meant: the part's share is 0.
    pub fn widen(&self, point: &Point) -> Result<Point, PointError> {
        self.space.check_owns(point)?;
        let mut values = point.values().to_vec();
        if let Some(Value::Simplex(shares)) = values.get_mut(self.dimension) {
            shares.insert(self.part, 0.0);
        }
        self.inner.space().point(values)
    }
}

impl<T: Trainer> Trainer for WithoutPart<T> {
    fn space(&self) -> &SearchSpace {
        &self.space
    }

    fn full_steps(&self) -> Steps {
        self.inner.full_steps()
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.inner.start(&self.widen(point)?, seed)
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        self.inner.resume(saved)
    }
}
