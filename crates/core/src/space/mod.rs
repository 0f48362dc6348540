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
//! | k numeric choices, in rising order | 1 | index / (k - 1) |
//! | fixed | 0 | |
//!
//! [`SearchSpace::decode`] turns *any* finite vector into the nearest valid point.

mod choice;
mod design;
mod dimension;
mod encode;
mod neighbours;
mod point;
mod read_domain;
mod role;
mod simplex;
mod toml;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use self::dimension::{Constraint, Dimension, Domain};
pub use self::point::{Point, PointError, PointRecord, RecordValue, Value};
pub use self::role::Role;
pub(crate) use self::simplex::written_shares;
pub use self::simplex::{ROUNDED_SHARE_TOLERANCE, SHARE_TOLERANCE, project_onto_simplex};
pub use self::toml::SpaceError;

/// A list of named dimensions and the constraints between them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SearchSpace {
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    dimensions: Vec<Dimension>,
    constraints: Vec<Constraint>,
    layout: Vec<Range<usize>>,
    roles: Vec<Option<Role>>,
}

/// Roles say what a value means, not which values there are: two spaces that differ only by them are equal.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.dimensions == other.dimensions && self.constraints == other.constraints
    }
}

impl PartialEq for SearchSpace {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts) || self.parts == other.parts
    }
}

impl SearchSpace {
    /// A space of these dimensions, with the roles of their names ([`Role::of_name`]). Those with a single value count as fixed. Modules carry the constraint "at least one of
    /// them" unless `constraints` says otherwise: an adapter on no module is no adapter.
    pub fn new(dimensions: Vec<Dimension>, constraints: Vec<Constraint>) -> Result<Self, SpaceError> {
        let none = vec![None; dimensions.len()];
        Self::with_roles(dimensions, constraints, none)
    }

    /// [`Self::new`] with the roles that dimensions have by other means than their names, in the order of the dimensions.
    pub fn with_roles(
        dimensions: Vec<Dimension>,
        mut constraints: Vec<Constraint>,
        mut roles: Vec<Option<Role>>,
    ) -> Result<Self, SpaceError> {
        let normal = |d: Dimension| Dimension { domain: d.domain.normal(), ..d };
        let dimensions: Vec<Dimension> = dimensions.into_iter().map(normal).collect();
        dimension::check(&dimensions)?;
        roles.resize(dimensions.len(), None);
        for (role, d) in roles.iter_mut().zip(&dimensions) {
            *role = role.take().or_else(|| Role::of_name(&d.name, &d.domain));
        }
        dimension::check_roles(&dimensions, &roles)?;
        if constraints.is_empty() {
            constraints.extend(Constraint::at_least_one_module(&dimensions, &roles));
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
        Ok(Self { parts: Arc::new(Parts { dimensions, constraints, layout, roles }) })
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

    /// The space in TOML, as [`Self::from_toml_str`] reads it; without roles, so that it does not change where one is added.
    pub fn to_toml_string(&self) -> String {
        toml::write(self)
    }

    /// The dimensions in order.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.parts.dimensions
    }

    /// What each dimension means to the adapter, in their order; `None` where neither its name nor a key says it.
    pub fn roles(&self) -> &[Option<Role>] {
        &self.parts.roles
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
