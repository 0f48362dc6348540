use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::simplex::expected_sum;
use super::{Constraint, Domain, SHARE_TOLERANCE, SearchSpace, choice, written_shares};

/// The value of one dimension.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Shares in the order of the parts.
    Simplex(Vec<f64>),
    /// A real number.
    Real(f64),
    /// A whole number.
    Integer(i64),
    /// Off or on.
    Boolean(bool),
    /// Index of the choice.
    Categorical(usize),
}

/// A valid configuration of its space.
#[derive(Clone, Debug)]
pub struct Point {
    pub(super) space: SearchSpace,
    pub(super) values: Vec<Value>,
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.space == other.space
    }
}

/// A point as files hold it: name -> value, the parts of a simplex by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PointRecord(pub BTreeMap<String, RecordValue>);

/// One value of a [`PointRecord`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RecordValue {
    /// A boolean.
    Boolean(bool),
    /// An integer (also accepted for a real).
    Integer(i64),
    /// A real.
    Real(f64),
    /// A choice.
    Choice(String),
    /// Shares by part.
    Shares(BTreeMap<String, f64>),
}

/// Why values are no point of a space.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PointError {
    /// Too few or too many values.
    #[error("{found} values for a space of {expected} dimensions")]
    Count {
        /// Values given.
        found: usize,
        /// Dimensions of the space.
        expected: usize,
    },
    /// A dimension or part without value.
    #[error("no value for `{name}`")]
    Missing {
        /// Its name.
        name: String,
    },
    /// A name the space does not have.
    #[error("`{name}` is no dimension of the space (it has: {known})")]
    Unknown {
        /// The name.
        name: String,
        /// The names it has.
        known: String,
    },
    /// A value out of its domain.
    #[error("`{name}` is {found}, expected {expected}")]
    Value {
        /// Which dimension (or part).
        name: String,
        /// Its value.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A violated constraint.
    #[error("at least one of {of} must be on, all are off")]
    NoneOn {
        /// The booleans' names.
        of: String,
    },
    /// A coordinate that is not finite, or the wrong number of them.
    #[error("cannot decode: {0}")]
    Encoded(String),
    /// The point belongs to another space.
    #[error("the point belongs to another space")]
    OtherSpace,
}

impl SearchSpace {
    /// A point of these values, in the order of the dimensions.
    pub fn point(&self, values: Vec<Value>) -> Result<Point, PointError> {
        let dimensions = self.dimensions();
        if values.len() != dimensions.len() {
            return Err(PointError::Count { found: values.len(), expected: dimensions.len() });
        }
        let values = self.without_inactive(values);
        for (i, (d, v)) in dimensions.iter().zip(&values).enumerate() {
            check_value(&d.name, &d.domain, v)?;
            if let (Some(limits), Value::Simplex(shares)) = (&self.parts.limits[i], v)
                && let Some((what, found, expected)) = limits.broken(shares)
            {
                let (name, found) = (format!("{}: {what}", d.name), ((found * 1e9).round() / 1e9).to_string());
                return Err(PointError::Value { name, found, expected });
            }
        }
        let point = Point { space: self.clone(), values };
        for constraint in self.constraints() {
            let Constraint::AtLeastOne { of } = constraint else { continue };
            if !of.iter().any(|name| point.boolean(name) == Some(true)) {
                return Err(PointError::NoneOn { of: of.join(", ") });
            }
        }
        Ok(point)
    }

    /// A point from its record. A dimension that has no value may be left out; one that is given is ignored.
    pub fn point_from_record(&self, record: &PointRecord) -> Result<Point, PointError> {
        if let Some(name) = record.0.keys().find(|name| self.index_of(name).is_none()) {
            let known: Vec<_> = self.dimensions().iter().map(|d| d.name.as_str()).collect();
            return Err(PointError::Unknown { name: name.clone(), known: known.join(", ") });
        }
        let mut values = Vec::with_capacity(self.dimensions().len());
        for (i, d) in self.dimensions().iter().enumerate() {
            values.push(match record.0.get(&d.name) {
                // what it stands under comes before it
                _ if !self.is_active(i, &values) => self.neutral(i),
                Some(value) => from_record(&d.name, &d.domain, value)?,
                None => return Err(PointError::Missing { name: d.name.clone() }),
            });
        }
        self.point(values)
    }

    /// Refuses a point of another space.
    pub fn check_owns(&self, point: &Point) -> Result<(), PointError> {
        if point.space == *self { Ok(()) } else { Err(PointError::OtherSpace) }
    }
}

impl Point {
    /// The space it belongs to.
    pub fn space(&self) -> &SearchSpace {
        &self.space
    }

    /// The values in the order of the space's dimensions.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a dimension.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.space.index_of(name).map(|i| &self.values[i])
    }

    /// The value of an integer dimension.
    pub fn integer(&self, name: &str) -> Option<i64> {
        if let Some(Value::Integer(v)) = self.get(name) { Some(*v) } else { None }
    }

    /// The value of a real dimension.
    pub fn real(&self, name: &str) -> Option<f64> {
        if let Some(Value::Real(v)) = self.get(name) { Some(*v) } else { None }
    }

    /// The value of a boolean dimension.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        if let Some(Value::Boolean(v)) = self.get(name) { Some(*v) } else { None }
    }

    /// The shares of a simplex dimension.
    pub fn shares(&self, name: &str) -> Option<&[f64]> {
        if let Some(Value::Simplex(v)) = self.get(name) { Some(v) } else { None }
    }

    /// Whether a dimension has a value. Otherwise the point holds one that stands for none, the same in every point.
    pub fn has(&self, dimension: usize) -> bool {
        self.space.is_active(dimension, &self.values)
    }

    /// The point as files hold it; without the dimensions that have no value.
    pub fn record(&self) -> PointRecord {
        let all = self.space.dimensions().iter().zip(&self.values).enumerate();
        let named = all.filter(|(i, _)| self.has(*i)).map(|(_, (d, v))| {
            let value = match (&d.domain, v) {
                (Domain::Simplex { parts }, Value::Simplex(shares)) => {
                    RecordValue::Shares(parts.iter().cloned().zip(shares.iter().copied()).collect())
                }
                (Domain::Categorical { choices }, Value::Categorical(i)) => RecordValue::Choice(choices[*i].clone()),
                (Domain::Fixed { value }, _) => value.clone(),
                (_, Value::Real(v)) => RecordValue::Real(*v),
                (_, Value::Integer(v)) => RecordValue::Integer(*v),
                (_, Value::Boolean(v)) => RecordValue::Boolean(*v),
                (_, Value::Simplex(_) | Value::Categorical(_)) => unreachable!("a point's values fit its domains"),
            };
            (d.name.clone(), value)
        });
        PointRecord(named.collect())
    }
}

fn wrong(name: &str, found: impl std::fmt::Debug, expected: impl Into<String>) -> PointError {
    PointError::Value { name: name.into(), found: format!("{found:?}"), expected: expected.into() }
}

fn check_value(name: &str, domain: &Domain, value: &Value) -> Result<(), PointError> {
    match (domain, value) {
        (Domain::Simplex { parts }, Value::Simplex(shares)) => {
            if shares.len() != parts.len() {
                return Err(wrong(name, shares.len(), format!("{} shares", parts.len())));
            }
            if let Some((part, share)) = parts.iter().zip(shares).find(|(_, s)| !s.is_finite() || **s < 0.0) {
                return Err(wrong(&format!("{name}.{part}"), share, "a share between 0 and 1"));
            }
            let sum: f64 = shares.iter().sum();
            if (sum - 1.0).abs() > SHARE_TOLERANCE {
                let found = format!("a mixture that sums to {}", (sum * 1e6).round() / 1e6);
                return Err(PointError::Value { name: name.into(), found, expected: expected_sum(parts, shares) });
            }
            Ok(())
        }
        (Domain::Real { low, high, .. }, Value::Real(v)) => {
            let fits = (*low..=*high).contains(v);
            if fits { Ok(()) } else { Err(wrong(name, v, format!("a number between {low} and {high}"))) }
        }
        (Domain::Integer { low, high, .. }, Value::Integer(v)) => {
            let fits = (*low..=*high).contains(v);
            if fits { Ok(()) } else { Err(wrong(name, v, format!("a whole number between {low} and {high}"))) }
        }
        (Domain::Boolean, Value::Boolean(_)) => Ok(()),
        (Domain::Categorical { choices }, Value::Categorical(i)) => {
            if *i < choices.len() {
                Ok(())
            } else {
                Err(wrong(name, i, format!("an index below {}", choices.len())))
            }
        }
        (Domain::Ordered { choices }, value) => {
            let fits = choice::position(choices, value).is_some();
            if fits { Ok(()) } else { Err(wrong(name, value, format!("one of {}", choice::texts(choices)))) }
        }
        (Domain::Fixed { value: fixed }, value) => {
            let fits = choice::value_of(fixed) == *value;
            if fits { Ok(()) } else { Err(wrong(name, value, format!("{}, which is fixed", choice::text(fixed)))) }
        }
        (domain, value) => Err(wrong(name, value, format!("a value of kind {}", domain.kind()))),
    }
}

fn from_record(name: &str, domain: &Domain, value: &RecordValue) -> Result<Value, PointError> {
    if let Domain::Ordered { .. } | Domain::Fixed { .. } = domain {
        let expected =
            || PointError::Value { name: name.into(), found: choice::text(value), expected: domain.to_string() };
        return domain.of_record(value).ok_or_else(expected);
    }
    Ok(match (domain, value) {
        (Domain::Simplex { parts }, RecordValue::Shares(shares)) => {
            if let Some(part) = shares.keys().find(|part| !parts.contains(part)) {
                return Err(PointError::Unknown { name: format!("{name}.{part}"), known: parts.join(", ") });
            }
            let share = |part: &String| {
                shares.get(part).copied().ok_or_else(|| PointError::Missing { name: format!("{name}.{part}") })
            };
            Value::Simplex(written_shares(parts.iter().map(share).collect::<Result<_, _>>()?))
        }
        (Domain::Real { .. }, RecordValue::Real(v)) => Value::Real(*v),
        (Domain::Real { .. }, RecordValue::Integer(v)) => Value::Real(*v as f64),
        (Domain::Integer { .. }, RecordValue::Integer(v)) => Value::Integer(*v),
        (Domain::Integer { .. }, RecordValue::Real(v)) if v.fract() == 0.0 && v.abs() < 9e15 => {
            Value::Integer(*v as i64)
        }
        (Domain::Boolean, RecordValue::Boolean(v)) => Value::Boolean(*v),
        (Domain::Boolean, RecordValue::Integer(v @ 0..=1)) => Value::Boolean(*v == 1),
        (Domain::Categorical { choices }, RecordValue::Choice(choice)) => {
            let i = choices.iter().position(|c| c == choice);
            Value::Categorical(i.ok_or_else(|| wrong(name, choice, format!("one of {}", choices.join(", "))))?)
        }
        (domain, value) => return Err(wrong(name, value, format!("a value of kind {}", domain.kind()))),
    })
}
