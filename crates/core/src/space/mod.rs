//! Search spaces: what a configuration may be.
//!
//! A space is a list of named [`Dimension`]s and [`Constraint`]s. It alone makes [`Point`]s, so that every point is valid. For
//! numerical work a point is **encoded** to a vector, one block per dimension in order:
//!
//! | kind | coordinates | encoding |
//! | --- | --- | --- |
//! | simplex of k parts | k | the shares, at least 0, summing to 1 |
//! | real, integer | 1 | (v - low) / (high - low), of the logarithms if `log` |
//! | boolean | 1 | 0 or 1 |
//! | categorical of k choices | k | one-hot |
//!
//! [`SearchSpace::decode`] turns *any* finite vector into the nearest valid point.

mod design;
mod dimension;
mod encode;
mod neighbours;
mod point;
mod simplex;
mod toml;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use self::dimension::{Constraint, Dimension, Domain};
pub use self::point::{Point, PointError, PointRecord, RecordValue, Value};
pub use self::simplex::{SHARE_TOLERANCE, project_onto_simplex};
pub use self::toml::SpaceError;

/// A list of named dimensions and the constraints between them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SearchSpace {
    parts: Arc<Parts>,
}

#[derive(Debug, PartialEq)]
struct Parts {
    dimensions: Vec<Dimension>,
    constraints: Vec<Constraint>,
    layout: Vec<Range<usize>>,
}

impl PartialEq for SearchSpace {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts) || self.parts == other.parts
    }
}

impl SearchSpace {
    /// A space of these dimensions. Booleans named `lora_<module>_proj` carry the constraint "at least one of them" unless
    /// `constraints` says otherwise: an adapter on no module is no adapter.
    pub fn new(dimensions: Vec<Dimension>, mut constraints: Vec<Constraint>) -> Result<Self, SpaceError> {
        dimension::check(&dimensions)?;
        if constraints.is_empty() {
            constraints.extend(Constraint::at_least_one_module(&dimensions));
        }
        for constraint in &constraints {
            constraint.check(&dimensions)?;
        }
        let mut start = 0;
        let layout = dimensions
            .iter()
            .map(|d| {
                let range = start..start + d.domain.encoded_len();
                start = range.end;
                range
            })
            .collect();
        Ok(Self { parts: Arc::new(Parts { dimensions, constraints, layout }) })
    }

    /// A space from TOML text in the format of run tables (`[[dimension]]`, optional `[[constraint]]`).
    pub fn from_toml_str(text: &str) -> Result<Self, SpaceError> {
        toml::parse(text, Path::new("<text>"))
    }

    /// A space from a `space.toml` file.
    pub fn from_toml_file(path: &Path) -> Result<Self, SpaceError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| SpaceError::Unreadable { path: path.into(), cause: e.to_string() })?;
        toml::parse(&text, path)
    }

    /// The space in TOML, as [`Self::from_toml_str`] reads it.
    pub fn to_toml_string(&self) -> String {
        toml::write(self)
    }

    /// The dimensions in order.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.parts.dimensions
    }

    /// The constraints between dimensions.
    pub fn constraints(&self) -> &[Constraint] {
        &self.parts.constraints
    }

    /// For each dimension, its coordinates in an encoded point.
    pub fn layout(&self) -> &[Range<usize>] {
        &self.parts.layout
    }

    /// Length of an encoded point.
    pub fn encoded_len(&self) -> usize {
        self.parts.layout.last().map_or(0, |r| r.end)
    }

    /// Index of the dimension of this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.parts.dimensions.iter().position(|d| d.name == name)
    }
}
