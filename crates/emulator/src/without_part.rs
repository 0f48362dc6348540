//! A trainer without one part of a simplex.

use jobs_core::{Dimension, Domain, Point, PointError, Run, SearchSpace, Seed, Steps, Trainer, TrainerError, Value};
use thiserror::Error;

/// The runs of another trainer in a space without one part of the mixture, whose share is 0.
///
/// Without the task's own domain this is the *out-of-distribution* setting: the best mixture of other data for a task without data
/// of its own.
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
        /// The requested part.
        part: String,
        /// The known parts.
        known: String,
    },
    /// What remains is no space.
    #[error("without `{part}` what remains is no space: {problem}")]
    Space {
        /// The requested part.
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

    /// The trainer of the full space.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// The corresponding point of the full space: the part's share is 0.
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
