use std::fmt;

use serde::{Deserialize, Serialize};

/// A count of optimiser steps: the unit in which every budget is kept and every run is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(pub u64);

impl Steps {
    /// No steps.
    pub const ZERO: Self = Self(0);

    /// The count as a plain number.
    pub fn get(self) -> u64 {
        self.0
    }

    /// `self + other`, or `None` past `u64::MAX`.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, at least zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self + other`, at most `u64::MAX`.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The count as a real number (exact below 2^53).
    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }
}

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
