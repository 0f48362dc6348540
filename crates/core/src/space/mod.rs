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
mod condition;
mod constraint;
mod design;
mod dimension;
mod encode;
mod limits;
mod neighbours;
mod point;
mod read_domain;
mod read_limits;
mod role;
mod simplex;
mod toml;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

pub use self::condition::Condition;
pub use self::constraint::Constraint;
pub use self::dimension::{Dimension, Domain};
use self::limits::Limits;
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
    /// Limits of the shares of each mixture.
    limits: Vec<Option<Limits>>,
    /// The dimension and the value under which each has a value.
    conditions: Vec<Option<(usize, Value)>>,
}

/// Roles say what a value means, not which values there are: two spaces that differ only by them are equal.
impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.dimensions == other.dimensions
            && self.constraints == other.constraints
            && self.conditions == other.conditions
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
        constraints: Vec<Constraint>,
        roles: Vec<Option<Role>>,
    ) -> Result<Self, SpaceError> {
        Self::with_conditions(dimensions, constraints, roles, vec![])
    }

    /// [`Self::with_roles`] with the conditions under which dimensions have a value, in the order of the dimensions.
    pub fn with_conditions(
        dimensions: Vec<Dimension>,
        mut constraints: Vec<Constraint>,
        mut roles: Vec<Option<Role>>,
        mut conditions: Vec<Option<Condition>>,
    ) -> Result<Self, SpaceError> {
        let normal = |d: Dimension| Dimension { domain: d.domain.normal(), ..d };
        let dimensions: Vec<Dimension> = dimensions.into_iter().map(normal).collect();
        dimension::check(&dimensions)?;
        roles.resize(dimensions.len(), None);
        for (role, d) in roles.iter_mut().zip(&dimensions) {
            *role = role.take().or_else(|| Role::of_name(&d.name, &d.domain));
        }
        dimension::check_roles(&dimensions, &roles)?;
        conditions.resize(dimensions.len(), None);
        let is_conditional =
            |name: &str| dimensions.iter().zip(&conditions).any(|(d, c)| d.name == name && c.is_some());
        if !constraints.iter().any(|c| matches!(c, Constraint::AtLeastOne { .. })) {
            let modules = Constraint::at_least_one_module(&dimensions, &roles, is_conditional);
            constraints.splice(0..0, modules);
        }
        for constraint in &constraints {
            constraint.check(&dimensions, is_conditional)?;
        }
        let limits = constraint::limits(&dimensions, &constraints)?;
        let conditions = condition::resolve(&dimensions, &conditions)?;
        let mut start = 0;
        let layout = dimensions
            .iter()
            .map(|d| {
                let range = start..start + d.domain.encoded_len();
                start = range.end;
                range
            })
            .collect();
        Ok(Self { parts: Arc::new(Parts { dimensions, constraints, layout, roles, limits, conditions }) })
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

    /// The space of some of the dimensions, with the constraints and conditions that are between them only.
    ///
    /// # Errors
    /// No dimension that is searched.
    pub fn of_dimensions(&self, kept: &[bool]) -> Result<Self, SpaceError> {
        let is_kept = |i: usize| kept.get(i).copied().unwrap_or(false);
        let chosen: Vec<usize> = (0..self.dimensions().len()).filter(|&i| is_kept(i)).collect();
        let owner = |name: &str| {
            let owns = |d: &Dimension| d.name == name || name.strip_prefix(&d.name).is_some_and(|r| r.starts_with('.'));
            self.index_of(name).or_else(|| self.dimensions().iter().position(owns))
        };
        let inside = |c: &&Constraint| c.of().iter().all(|name| owner(name).is_some_and(is_kept));
        let all = self.conditions();
        let condition = |i: &usize| all[*i].clone().filter(|c| owner(&c.dimension).is_some_and(is_kept));
        Self::with_conditions(
            chosen.iter().map(|&i| self.dimensions()[i].clone()).collect(),
            self.constraints().iter().filter(inside).cloned().collect(),
            chosen.iter().map(|&i| self.roles()[i].clone()).collect(),
            chosen.iter().map(condition).collect(),
        )
    }

    /// Whether it has finitely many points: no mixture and no real number is searched.
    pub fn is_finite(&self) -> bool {
        !self.dimensions().iter().any(|d| matches!(d.domain, Domain::Simplex { .. } | Domain::Real { .. }))
    }

    /// Whether the shares of a mixture have limits.
    pub fn has_limits(&self) -> bool {
        self.parts.limits.iter().any(Option::is_some)
    }

    /// Whether the shares of an encoded point are within their limits.
    pub fn within_limits(&self, x: &[f64]) -> bool {
        let mut limited = self.parts.limits.iter().zip(self.layout());
        limited.all(|(limits, range)| limits.as_ref().is_none_or(|l| l.holds(&x[range.clone()], 0.0)))
    }

    /// Index of the dimension of this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.parts.dimensions.iter().position(|d| d.name == name)
    }
}
