use super::limits::{Limits, Sum};
use super::{Dimension, Domain, RecordValue, Role, SpaceError};

/// A condition between dimensions, or on the shares of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub enum Constraint {
    /// At least one of these booleans is on.
    AtLeastOne {
        /// Names of boolean dimensions.
        of: Vec<String>,
    },
    /// `low <= sum <= high` of these shares of one mixture.
    Sum {
        /// The shares, as in `mixture.maths`.
        of: Vec<String>,
        /// Lowest sum.
        low: f64,
        /// Highest sum.
        high: f64,
    },
    /// These shares may also be 0 where their lowest share is more.
    Optional {
        /// The shares, as in `mixture.maths`.
        of: Vec<String>,
    },
}

fn invalid<T>(problem: String) -> Result<T, SpaceError> {
    Err(SpaceError::Constraint { problem })
}

impl Constraint {
    /// The constraint that modules carry; `None` where there are fewer than two that always have a value.
    pub(super) fn at_least_one_module(
        dimensions: &[Dimension],
        roles: &[Option<Role>],
        is_conditional: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let modules = dimensions.iter().zip(roles).filter(|(_, role)| matches!(role, Some(Role::Module(_))));
        let of: Vec<_> = modules.map(|(d, _)| d.name.clone()).filter(|name| !is_conditional(name)).collect();
        (of.len() >= 2).then_some(Self::AtLeastOne { of })
    }

    /// What it is about: booleans, or shares.
    pub(super) fn of(&self) -> &[String] {
        let (Self::AtLeastOne { of } | Self::Sum { of, .. } | Self::Optional { of }) = self;
        of
    }

    pub(super) fn check(
        &self,
        dimensions: &[Dimension],
        is_conditional: impl Fn(&str) -> bool,
    ) -> Result<(), SpaceError> {
        let of = self.of();
        if of.is_empty() {
            return invalid("`of` names nothing".into());
        }
        if let Some((_, twice)) = of.iter().enumerate().find(|(i, name)| of[..*i].contains(name)) {
            return invalid(format!("names `{twice}` twice"));
        }
        match self {
            Self::AtLeastOne { .. } => check_booleans(of, dimensions, is_conditional),
            Self::Sum { low, high, .. } => {
                members(of, dimensions)?;
                let fits = (0.0..=1.0).contains(low) && (0.0..=1.0).contains(high) && low <= high;
                if fits {
                    Ok(())
                } else {
                    invalid(format!("has low = {low} and high = {high}, expected 0 <= low <= high <= 1"))
                }
            }
            Self::Optional { .. } => members(of, dimensions).map(drop),
        }
    }
}

fn check_booleans(
    of: &[String],
    dimensions: &[Dimension],
    is_conditional: impl Fn(&str) -> bool,
) -> Result<(), SpaceError> {
    let mut possible = false;
    for name in of {
        let Some(d) = dimensions.iter().find(|d| d.name == *name) else {
            return invalid(format!("names `{name}`, which is no dimension"));
        };
        match d.domain {
            Domain::Boolean => possible = true,
            Domain::Fixed { value: RecordValue::Boolean(on) } => possible |= on,
            _ => return invalid(format!("names `{name}`, which is {}, not boolean", d.domain.kind())),
        }
        if is_conditional(name) {
            return invalid(format!("names `{name}`, which has a value only under its `when`"));
        }
    }
    if !possible {
        return invalid(format!("wants one of {} on, and all of them are fixed to false", of.join(", ")));
    }
    Ok(())
}

/// The mixture that shares belong to, and their positions in it.
fn members(of: &[String], dimensions: &[Dimension]) -> Result<(usize, Vec<usize>), SpaceError> {
    let find = |name: &String| {
        dimensions.iter().enumerate().find_map(|(i, d)| {
            let Domain::Simplex { parts } = &d.domain else { return None };
            let part = name.strip_prefix(&d.name)?.strip_prefix('.')?;
            Some((i, parts.iter().position(|p| p == part)?))
        })
    };
    let (mut mixture, mut positions) = (None, vec![]);
    for name in of {
        let Some((i, position)) = find(name) else {
            let mixtures = dimensions.iter().filter_map(|d| match &d.domain {
                Domain::Simplex { parts } => Some(parts.iter().map(|p| format!("{}.{p}", d.name))),
                _ => None,
            });
            let known: Vec<String> = mixtures.flatten().collect();
            return invalid(format!(
                "names `{name}`, which is no share of a mixture (there are: {})",
                known.join(", ")
            ));
        };
        if *mixture.get_or_insert(i) != i {
            return invalid(format!("names `{}` and `{name}`, which belong to different mixtures", of[0]));
        }
        positions.push(position);
    }
    Ok((mixture.unwrap_or_default(), positions))
}

/// The limits of each mixture; `None` for what has none.
pub(super) fn limits(dimensions: &[Dimension], constraints: &[Constraint]) -> Result<Vec<Option<Limits>>, SpaceError> {
    let mut found: Vec<Option<Limits>> = vec![None; dimensions.len()];
    for constraint in constraints.iter().filter(|c| !matches!(c, Constraint::AtLeastOne { .. })) {
        let (i, at) = members(constraint.of(), dimensions)?;
        let Domain::Simplex { parts } = &dimensions[i].domain else { continue };
        let limits = found[i].get_or_insert_with(|| Limits::none(parts));
        match constraint {
            Constraint::Sum { low, high, .. } if at.len() == 1 => {
                limits.low[at[0]] = limits.low[at[0]].max(*low);
                limits.high[at[0]] = limits.high[at[0]].min(*high);
            }
            Constraint::Sum { low, high, .. } => limits.sums.push(Sum { members: at, low: *low, high: *high }),
            Constraint::Optional { .. } => at.iter().for_each(|&k| limits.optional[k] = true),
            Constraint::AtLeastOne { .. } => {}
        }
    }
    let checked = |(limits, d): (Option<Limits>, &Dimension)| {
        let wrong = |problem| SpaceError::Dimension { name: d.name.clone(), problem };
        limits.map(Limits::checked).transpose().map_err(wrong)
    };
    found.into_iter().zip(dimensions).map(checked).collect()
}
