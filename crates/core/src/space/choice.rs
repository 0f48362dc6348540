//! Numeric choices, and values that are fixed.

use super::{Domain, RecordValue, Value};

/// Most steps of a range: each is a choice of its own.
pub(super) const MOST_STEPS: i64 = 10_000;

impl Domain {
    /// Whether the search chooses its values: it has coordinates.
    pub fn is_searched(&self) -> bool {
        self.encoded_len() > 0
    }

    /// Lowest and highest value of an ordered set of numbers that are searched: real, integer and numeric choices.
    pub fn ends(&self) -> Option<(f64, f64)> {
        match self {
            Self::Ordered { choices } => Some((number(choices.first()?)?, number(choices.last()?)?)),
            other => other.bounds().map(|(low, high, _)| (low, high)),
        }
    }

    /// A domain with a single value as a fixed one; any other as it is.
    pub(super) fn normal(self) -> Self {
        let value = match &self {
            Self::Real { low, high, .. } if low == high => RecordValue::Real(*low),
            Self::Integer { low, high, .. } if low == high => RecordValue::Integer(*low),
            Self::Categorical { choices } if choices.len() == 1 => RecordValue::Choice(choices[0].clone()),
            Self::Ordered { choices } if choices.len() == 1 => choices[0].clone(),
            _ => return self,
        };
        Self::Fixed { value }
    }

    /// The value that a cell of a table stands for, of numeric choices and fixed values.
    pub(crate) fn of_text(&self, text: &str) -> Option<Value> {
        let is = |value: &&RecordValue| match value {
            RecordValue::Choice(choice) => choice == text,
            RecordValue::Boolean(on) => {
                let words = if *on { ["1", "1.0", "true", "True"] } else { ["0", "0.0", "false", "False"] };
                words.contains(&text)
            }
            value => number(value).is_some_and(|v| text.parse() == Ok(v)),
        };
        match self {
            Self::Ordered { choices } => choices.iter().find(is).map(value_of),
            Self::Fixed { value } => Some(value).filter(is).map(value_of),
            _ => None,
        }
    }

    /// The value that a record stands for, of numeric choices and fixed values.
    pub(super) fn of_record(&self, record: &RecordValue) -> Option<Value> {
        match self {
            Self::Ordered { choices } => choices.iter().find(|c| same(c, record)).map(value_of),
            Self::Fixed { value } => same(value, record).then(|| value_of(value)),
            _ => None,
        }
    }

    /// What is wrong with numeric choices or a fixed value.
    pub(super) fn choice_problem(&self) -> Option<String> {
        match self {
            Self::Ordered { choices } => {
                if choices.is_empty() {
                    return Some("has no choices, expected at least one".into());
                }
                let numbers: Option<Vec<f64>> = choices.iter().map(|c| number(c).filter(|_| is_exact(c))).collect();
                let Some(numbers) = numbers else {
                    return Some("needs finite numbers as choices, whole ones within +-2^53".into());
                };
                let unordered = numbers.windows(2).position(|w| w[0] >= w[1])?;
                let (a, b) = (&choices[unordered], &choices[unordered + 1]);
                Some(if number(a) == number(b) {
                    format!("has the choice {} twice", text(a))
                } else {
                    format!("has the choice {} before {}, expected rising numbers", text(a), text(b))
                })
            }
            Self::Fixed { value: RecordValue::Shares(_) } => Some("is a mixture, which cannot be fixed".into()),
            Self::Fixed { value } => (!is_exact(value))
                .then(|| format!("is fixed to {}, expected a finite number, a whole one within +-2^53", text(value))),
            _ => None,
        }
    }
}

/// Finite, and exact as a floating-point number.
fn is_exact(value: &RecordValue) -> bool {
    match value {
        RecordValue::Integer(v) => v.unsigned_abs() <= 1 << 53,
        RecordValue::Real(v) => v.is_finite(),
        _ => true,
    }
}

/// The number of a record.
pub(super) fn number(value: &RecordValue) -> Option<f64> {
    match value {
        RecordValue::Integer(v) => Some(*v as f64),
        RecordValue::Real(v) => Some(*v),
        _ => None,
    }
}

/// Whether two records stand for the same value, whatever type of number they have.
fn same(a: &RecordValue, b: &RecordValue) -> bool {
    match (a, b) {
        // as for booleans that are searched
        (RecordValue::Boolean(on), RecordValue::Integer(v @ 0..=1)) => *on == (*v == 1),
        _ => a == b || (number(a).is_some() && number(a) == number(b)),
    }
}

/// A record as the value of a point.
pub(super) fn value_of(record: &RecordValue) -> Value {
    match record {
        RecordValue::Boolean(v) => Value::Boolean(*v),
        RecordValue::Integer(v) => Value::Integer(*v),
        RecordValue::Real(v) => Value::Real(*v),
        RecordValue::Choice(_) => Value::Categorical(0),
        RecordValue::Shares(parts) => Value::Simplex(parts.values().copied().collect()),
    }
}

/// Position of a value among numeric choices.
pub(super) fn position(choices: &[RecordValue], value: &Value) -> Option<usize> {
    choices.iter().position(|c| value_of(c) == *value)
}

/// The choice nearest to a coordinate in `[0, 1]`: choices are evenly spaced, in their order.
pub(super) fn nearest(choices: &[RecordValue], u: f64) -> Value {
    let last = choices.len() - 1;
    value_of(&choices[((u.clamp(0.0, 1.0) * last as f64).round() as usize).min(last)])
}

/// The step of whole numbers at equal distances of at least 2.
pub(super) fn step(choices: &[RecordValue]) -> Option<(i64, i64, i64)> {
    let whole = |c: &RecordValue| if let RecordValue::Integer(v) = c { Some(*v) } else { None };
    let numbers: Vec<i64> = choices.iter().map(whole).collect::<Option<_>>()?;
    let (low, high) = (*numbers.first()?, *numbers.last()?);
    let step = numbers.get(1)?.checked_sub(low)?;
    (step >= 2 && numbers.windows(2).all(|w| w[1] - w[0] == step)).then_some((low, high, step))
}

/// A value for messages.
pub(super) fn text(value: &RecordValue) -> String {
    match value {
        RecordValue::Boolean(v) => v.to_string(),
        RecordValue::Integer(v) => v.to_string(),
        RecordValue::Real(v) => v.to_string(),
        RecordValue::Choice(v) => v.clone(),
        RecordValue::Shares(parts) => format!("a mixture of {}", parts.len()),
    }
}

/// Choices for messages.
pub(super) fn texts(choices: &[RecordValue]) -> String {
    choices.iter().map(text).collect::<Vec<_>>().join(", ")
}
