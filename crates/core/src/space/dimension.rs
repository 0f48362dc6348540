use std::fmt;

use super::{RecordValue, Role, SpaceError, choice};

/// One named coordinate of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// Unique name.
    pub name: String,
    /// What values it takes.
    pub domain: Domain,
}

/// The values a dimension can take.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Shares of named parts: at least 0, summing to 1.
    Simplex {
        /// Names of the parts.
        parts: Vec<String>,
    },
    /// A real number in `[low, high]`.
    Real {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
        /// Whether distances are those of the logarithm.
        log: bool,
    },
    /// A whole number in `[low, high]`.
    Integer {
        /// Smallest value.
        low: i64,
        /// Largest value.
        high: i64,
        /// Whether distances are those of the logarithm.
        log: bool,
    },
    /// Off or on.
    Boolean,
    /// One of some names, without order.
    Categorical {
        /// The names.
        choices: Vec<String>,
    },
    /// One of some numbers. They are searched as evenly spaced, in their order: 8, 16, 32 is a scale of factors, 8, 16, 24 one of steps.
    Ordered {
        /// The numbers, rising, each as the trainer is given it.
        choices: Vec<RecordValue>,
    },
    /// A value that the trainer is given and that is not searched. It has no coordinates.
    Fixed {
        /// The value.
        value: RecordValue,
    },
}

impl Domain {
    /// Number of encoded coordinates.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Simplex { parts } => parts.len(),
            Self::Categorical { choices } => choices.len(),
            Self::Real { .. } | Self::Integer { .. } | Self::Boolean | Self::Ordered { .. } => 1,
            Self::Fixed { .. } => 0,
        }
    }

    /// Whether it is a mixture: a simplex.
    pub fn is_mixture(&self) -> bool {
        matches!(self, Self::Simplex { .. })
    }

    /// The kind's name in TOML.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Simplex { .. } => "simplex",
            Self::Real { .. } => "real",
            Self::Integer { .. } => "integer",
            Self::Boolean => "boolean",
            Self::Categorical { .. } | Self::Ordered { .. } => "categorical",
            Self::Fixed { .. } => "fixed",
        }
    }

    fn problem(&self) -> Option<String> {
        match self {
            Self::Simplex { parts } => names_problem("parts", parts),
            Self::Categorical { choices } => names_problem("choices", choices),
            Self::Real { low, high, log } => bounds_problem(*low, *high, *log),
            Self::Integer { low, high, log } => {
                // beyond 2^53 an encoded coordinate could not tell neighbours apart
                const LIMIT: i64 = 1 << 53;
                if *low < -LIMIT || *high > LIMIT {
                    return Some("integer bounds must lie within +-2^53".into());
                }
                bounds_problem(*low as f64, *high as f64, *log)
            }
            Self::Boolean => None,
            Self::Ordered { .. } | Self::Fixed { .. } => self.choice_problem(),
        }
    }
}

/// In a few words, for messages.
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = |log: &bool| if *log { ", logarithmic" } else { "" };
        match self {
            Self::Simplex { parts } => write!(f, "mixture of {}: {}", parts.len(), parts.join(", ")),
            Self::Categorical { choices } => write!(f, "one of {}", choices.join(", ")),
            Self::Boolean => f.write_str("yes or no"),
            Self::Ordered { choices } => match choice::step(choices) {
                Some((low, high, step)) if choices.len() > 2 => {
                    write!(f, "integer, {low} to {high} in steps of {step}")
                }
                _ => write!(f, "one of {}", choice::texts(choices)),
            },
            Self::Fixed { value } => write!(f, "always {}", choice::text(value)),
            Self::Real { low, high, log } => write!(f, "{low} to {high}{}", scale(log)),
            Self::Integer { low, high, log } => write!(f, "integer, {low} to {high}{}", scale(log)),
        }
    }
}

fn names_problem(what: &str, names: &[String]) -> Option<String> {
    if names.len() < 2 {
        return Some(format!("needs at least two {what}, has {}", names.len()));
    }
    let mut sorted: Vec<_> = names.iter().collect();
    sorted.sort();
    let twice = sorted.windows(2).find(|w| w[0] == w[1])?;
    Some(format!("names `{}` twice among its {what}", twice[0]))
}

fn bounds_problem(low: f64, high: f64, log: bool) -> Option<String> {
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Some(format!("needs finite bounds with low < high, has low = {low}, high = {high}"));
    }
    (log && low <= 0.0).then(|| format!("is logarithmic and so needs low > 0, has low = {low}"))
}

/// Names unique and every domain sound.
pub(super) fn check(dimensions: &[Dimension]) -> Result<(), SpaceError> {
    if dimensions.is_empty() {
        return Err(SpaceError::Empty);
    }
    for (i, d) in dimensions.iter().enumerate() {
        if d.name.is_empty() {
            return Err(SpaceError::Dimension { name: format!("#{}", i + 1), problem: "has an empty name".into() });
        }
        if dimensions[..i].iter().any(|e| e.name == d.name) {
            return Err(SpaceError::Dimension { name: d.name.clone(), problem: "is declared twice".into() });
        }
        if let Some(problem) = d.domain.problem() {
            return Err(SpaceError::Dimension { name: d.name.clone(), problem });
        }
    }
    if dimensions.iter().all(|d| !d.domain.is_searched()) {
        return Err(SpaceError::AllFixed);
    }
    Ok(())
}

/// No two dimensions mean the same.
pub(super) fn check_roles(dimensions: &[Dimension], roles: &[Option<Role>]) -> Result<(), SpaceError> {
    for (i, role) in roles.iter().enumerate().filter(|(_, r)| !matches!(r, None | Some(Role::Other))) {
        if let Some(first) = roles[..i].iter().position(|r| r == role) {
            let problem =
                format!("has the same role as `{}`; one of them needs another `role`", dimensions[first].name);
            return Err(SpaceError::Dimension { name: dimensions[i].name.clone(), problem });
        }
    }
    Ok(())
}
