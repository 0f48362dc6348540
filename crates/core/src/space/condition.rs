//! Dimensions that have a value only under a value of another one.

use super::{Dimension, Domain, RecordValue, SearchSpace, SpaceError, Value, choice};

/// When a dimension has a value: while another one has this one.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The other dimension, which stands before it.
    pub dimension: String,
    /// Its value.
    pub value: RecordValue,
}

/// Conditions with the positions of what they depend on.
pub(super) fn resolve(
    dimensions: &[Dimension],
    conditions: &[Option<Condition>],
) -> Result<Vec<Option<(usize, Value)>>, SpaceError> {
    let of = |(i, condition): (usize, &Option<Condition>)| {
        let Some(condition) = condition else { return Ok(None) };
        let wrong = |problem: String| SpaceError::Dimension { name: dimensions[i].name.clone(), problem };
        let (name, value) = (&condition.dimension, choice::text(&condition.value));
        let Some(parent) = dimensions[..i].iter().position(|d| d.name == *name) else {
            let where_ = if dimensions.iter().any(|d| d.name == *name) { "stands after it" } else { "is no dimension" };
            return Err(wrong(format!(
                "has a value when `{name}` is {value}, but `{name}` {where_}; expected one before it"
            )));
        };
        let domain = &dimensions[parent].domain;
        let has = match (domain, &condition.value) {
            (Domain::Boolean, RecordValue::Boolean(on)) => Some(Value::Boolean(*on)),
            (Domain::Categorical { choices }, RecordValue::Choice(name)) => {
                choices.iter().position(|c| c == name).map(Value::Categorical)
            }
            (Domain::Ordered { .. } | Domain::Fixed { .. }, value) => domain.of_record(value),
            (Domain::Integer { low, high, .. }, RecordValue::Integer(v)) if (low..=high).contains(&v) => {
                Some(Value::Integer(*v))
            }
            _ => None,
        };
        let has = has.ok_or_else(|| {
            wrong(format!("has a value when `{name}` is {value}, expected a value that `{name}` can have: {domain}"))
        })?;
        Ok(Some((parent, has)))
    };
    conditions.iter().enumerate().map(of).collect()
}

impl SearchSpace {
    /// Whether a dimension has a value, given those of the dimensions before it.
    pub(super) fn is_active(&self, i: usize, values: &[Value]) -> bool {
        match self.parts.conditions.get(i) {
            Some(Some((parent, value))) => values.get(*parent) == Some(value) && self.is_active(*parent, values),
            _ => true,
        }
    }

    /// The limits of a dimension and the condition under which it has a value, in a few words; empty where there are none.
    pub fn notes(&self, i: usize) -> String {
        let mut notes = self.parts.limits.get(i).and_then(Option::as_ref).map_or(vec![], |limits| limits.words());
        if let Some(Some(c)) = self.conditions().get(i) {
            notes.push(format!("when {} is {}", c.dimension, choice::text(&c.value)));
        }
        notes.join(", ")
    }

    /// Whether a dimension has a value only under that of another.
    pub fn is_conditional(&self, i: usize) -> bool {
        matches!(self.parts.conditions.get(i), Some(Some(_)))
    }

    /// The conditions, in the order of the dimensions.
    pub fn conditions(&self) -> Vec<Option<Condition>> {
        let named = |(parent, value): &(usize, Value)| {
            let d = &self.dimensions()[*parent];
            let value = match (&d.domain, value) {
                (Domain::Categorical { choices }, Value::Categorical(i)) => RecordValue::Choice(choices[*i].clone()),
                (Domain::Fixed { value }, _) => value.clone(),
                (_, Value::Boolean(v)) => RecordValue::Boolean(*v),
                (_, Value::Integer(v)) => RecordValue::Integer(*v),
                (_, Value::Real(v)) => RecordValue::Real(*v),
                (_, Value::Simplex(_) | Value::Categorical(_)) => RecordValue::Integer(0),
            };
            Condition { dimension: d.name.clone(), value }
        };
        self.parts.conditions.iter().map(|c| c.as_ref().map(named)).collect()
    }

    /// Sets dimensions without a value to the value that stands for it, so that points that differ only there are the same point.
    pub(super) fn without_inactive(&self, mut values: Vec<Value>) -> Vec<Value> {
        for i in 0..values.len() {
            if !self.is_active(i, &values) {
                values[i] = self.neutral(i);
            }
        }
        values
    }

    /// What stands for no value, of a dimension that has none given those before it.
    pub(crate) fn unless_active(&self, i: usize, values: &[Value]) -> Option<Value> {
        (!self.is_active(i, values)).then(|| self.neutral(i))
    }

    /// What stands for no value: the middle of a range, off, the first name, equal shares.
    pub(super) fn neutral(&self, i: usize) -> Value {
        let domain = &self.dimensions()[i].domain;
        match domain {
            Domain::Simplex { parts } => {
                let mut shares = vec![1.0 / parts.len() as f64; parts.len()];
                if let Some(limits) = &self.parts.limits[i] {
                    limits.project(&mut shares);
                }
                Value::Simplex(shares)
            }
            Domain::Real { low, high, .. } => Value::Real(domain.from_unit(0.5).clamp(*low, *high)),
            Domain::Integer { low, high, .. } => {
                Value::Integer((domain.from_unit(0.5).round() as i64).clamp(*low, *high))
            }
            Domain::Boolean => Value::Boolean(false),
            Domain::Categorical { .. } => Value::Categorical(0),
            Domain::Ordered { choices } => choice::nearest(choices, 0.5),
            Domain::Fixed { value } => choice::value_of(value),
        }
    }
}
