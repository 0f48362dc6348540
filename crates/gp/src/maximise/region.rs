use std::ops::Range;

use jobs_core::{Domain, Point, SearchSpace};

/// Integers and numeric choices of at least this many values are relaxed to their interval while climbing; shorter ones only make discrete moves.
const RELAXED_FROM: i64 = 6;

/// The convex set in which gradients are followed: a product of simplexes and unit intervals, all else fixed.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    pub(super) simplexes: Vec<Range<usize>>,
    pub(super) reals: Vec<usize>,
    pub(super) integers: Vec<usize>,
    discrete: Vec<usize>,
}

impl Region {
    pub(super) fn of(space: &SearchSpace) -> Self {
        let mut region = Self::default();
        for (d, range) in space.dimensions().iter().zip(space.layout()) {
            match &d.domain {
                Domain::Simplex { .. } => region.simplexes.push(range.clone()),
                Domain::Real { .. } => region.reals.push(range.start),
                Domain::Integer { low, high, .. } if high - low + 1 >= RELAXED_FROM => {
                    region.integers.push(range.start)
                }
                Domain::Ordered { choices } if choices.len() as i64 >= RELAXED_FROM => {
                    region.integers.push(range.start)
                }
                Domain::Fixed { .. } => {}
                Domain::Integer { .. } | Domain::Boolean | Domain::Categorical { .. } | Domain::Ordered { .. } => {
                    region.discrete.extend(range.clone())
                }
            }
        }
        region
    }

    /// The region with integers held.
    pub(super) fn without_integers(&self) -> Self {
        Self { integers: vec![], ..self.clone() }
    }

    /// The region of the dimensions that have a value at a point: those of the others do not count.
    pub(super) fn with_values(&self, space: &SearchSpace, point: &Point) -> Self {
        let has_none: Vec<&Range<usize>> =
            space.layout().iter().enumerate().filter(|(i, _)| !point.has(*i)).map(|(_, range)| range).collect();
        let counts = |i: &usize| !has_none.iter().any(|range| range.contains(i));
        let mut region = self.clone();
        if !has_none.is_empty() {
            region.simplexes.retain(|range| counts(&range.start));
            region.reals.retain(counts);
            region.integers.retain(counts);
        }
        region
    }

    /// The coordinates of shares and reals.
    pub(super) fn movable(&self) -> impl Iterator<Item = usize> + '_ {
        self.simplexes.iter().flat_map(Clone::clone).chain(self.reals.iter().copied())
    }

    pub(super) fn has_integers(&self) -> bool {
        !self.integers.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.simplexes.is_empty() && self.reals.is_empty() && self.integers.is_empty()
    }

    /// Whether two points agree in all that no gradient moves.
    pub(super) fn same_cell(&self, a: &[f64], b: &[f64]) -> bool {
        self.discrete.iter().all(|&i| a[i] == b[i])
    }
}
