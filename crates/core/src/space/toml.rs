use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::read_domain::{RawDimension, domain};
use super::read_limits::{condition, share_limits};
use super::{Condition, Constraint, Dimension, Domain, RecordValue, Role, SearchSpace, choice};

/// Why a space could not be built.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SpaceError {
    /// The file cannot be read.
    #[error("{}: {cause}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// The text is not TOML, or a key is unknown, missing or of the wrong type.
    #[error("{}:{line}: {problem}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// No dimension at all.
    #[error("a space needs at least one [[dimension]]")]
    Empty,
    /// Nothing to search.
    #[error("every dimension is fixed: nothing is left to search")]
    AllFixed,
    /// A dimension that makes no sense.
    #[error("dimension `{name}` {problem}")]
    Dimension {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A constraint that makes no sense.
    #[error("constraint {problem}")]
    Constraint {
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    dimension: Vec<Spanned<RawDimension>>,
    #[serde(default)]
    constraint: Vec<Spanned<RawConstraint>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConstraint {
    kind: String,
    of: Vec<String>,
    #[serde(alias = "min")]
    low: Option<f64>,
    #[serde(alias = "max")]
    high: Option<f64>,
}

impl RawConstraint {
    fn constraint(&self) -> Result<Constraint, String> {
        let of = self.of.clone();
        let is_limited = self.low.is_some() || self.high.is_some();
        match self.kind.as_str() {
            "sum" if !is_limited => Err("constraint of kind sum needs `low` or `high`".into()),
            "sum" => Ok(Constraint::Sum { of, low: self.low.unwrap_or(0.0), high: self.high.unwrap_or(1.0) }),
            kind @ ("at_least_one" | "optional") if is_limited => {
                Err(format!("constraint of kind {kind} takes neither `low` nor `high`"))
            }
            "at_least_one" => Ok(Constraint::AtLeastOne { of }),
            "optional" => Ok(Constraint::Optional { of }),
            kind => Err(format!("unknown constraint kind `{kind}`, expected at_least_one, sum or optional")),
        }
    }
}

pub(super) fn parse(text: &str, path: &Path) -> Result<SearchSpace, SpaceError> {
    let syntax =
        |offset: usize, problem: String| SpaceError::Syntax { path: path.into(), line: line_of(text, offset), problem };
    let file: File = toml::from_str(text)
        .map_err(|e| syntax(e.span().map_or(0, |s| s.start), e.message().trim().replace('\n', " ")))?;
    let (mut dimensions, mut roles, mut conditions, mut constraints) = (vec![], vec![], vec![], vec![]);
    for raw in &file.dimension {
        let (start, keys) = (raw.span().start, raw.get_ref());
        let invalid = |problem: String| syntax(start, format!("dimension `{}` {problem}", keys.name));
        let domain = domain(keys).map_err(invalid)?;
        conditions.push(condition(keys).map_err(invalid)?);
        constraints.extend(share_limits(keys, &domain).map_err(invalid)?);
        roles.push(Role::of_keys(keys.role.as_deref(), keys.module.as_deref(), &domain).map_err(invalid)?);
        dimensions.push(Dimension { name: raw.get_ref().name.clone(), domain });
    }
    for raw in &file.constraint {
        constraints.push(raw.get_ref().constraint().map_err(|problem| syntax(raw.span().start, problem))?);
    }
    SearchSpace::with_conditions(dimensions, constraints, roles, conditions).map_err(|e| {
        // point at the dimension the complaint names
        let named = match &e {
            SpaceError::Dimension { name, .. } => file.dimension.iter().rev().find(|d| d.get_ref().name == *name),
            _ => None,
        };
        let offset = named.map(|d| d.span().start).or_else(|| file.constraint.first().map(|c| c.span().start));
        syntax(offset.unwrap_or(0), e.to_string())
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count()
}

pub(super) fn write(space: &SearchSpace) -> String {
    let quoted = |names: &[String]| {
        let names: Vec<_> = names.iter().map(|n| toml::Value::from(n.as_str()).to_string()).collect();
        format!("[{}]", names.join(", "))
    };
    let (mut out, conditions) = (String::new(), space.conditions());
    for (i, d) in space.dimensions().iter().enumerate() {
        let name = toml::Value::from(d.name.as_str());
        let steps = if let Domain::Ordered { choices } = &d.domain { choice::step(choices) } else { None };
        let kind = if steps.is_some() { "integer" } else { d.domain.kind() };
        let _ = writeln!(out, "[[dimension]]\nname = {name}\nkind = \"{kind}\"");
        let _ = match &d.domain {
            Domain::Simplex { parts } => writeln!(out, "parts = {}", quoted(parts)),
            Domain::Categorical { choices } => writeln!(out, "choices = {}", quoted(choices)),
            Domain::Real { low, high, log } => writeln!(out, "low = {low:?}\nhigh = {high:?}\nlog = {log}"),
            Domain::Integer { low, high, log } => writeln!(out, "low = {low}\nhigh = {high}\nlog = {log}"),
            Domain::Boolean => Ok(()),
            Domain::Ordered { choices } => match steps {
                Some((low, high, step)) => writeln!(out, "low = {low}\nhigh = {high}\nstep = {step}"),
                None => writeln!(out, "choices = [{}]", choices.iter().map(literal).collect::<Vec<_>>().join(", ")),
            },
            Domain::Fixed { value } => writeln!(out, "value = {}", literal(value)),
        };
        if let Some(Condition { dimension, value }) = &conditions[i] {
            let _ = writeln!(out, "when = {{ {} = {} }}", toml::Value::from(dimension.as_str()), literal(value));
        }
        out.push('\n');
    }
    for constraint in space.constraints() {
        let of = quoted(constraint.of());
        let _ = match constraint {
            Constraint::AtLeastOne { .. } => writeln!(out, "[[constraint]]\nkind = \"at_least_one\"\nof = {of}\n"),
            Constraint::Optional { .. } => writeln!(out, "[[constraint]]\nkind = \"optional\"\nof = {of}\n"),
            Constraint::Sum { low, high, .. } => {
                writeln!(out, "[[constraint]]\nkind = \"sum\"\nof = {of}\nlow = {low:?}\nhigh = {high:?}\n")
            }
        };
    }
    out
}

/// A value in TOML.
fn literal(value: &RecordValue) -> String {
    match value {
        RecordValue::Real(v) => format!("{v:?}"),
        RecordValue::Choice(v) => toml::Value::from(v.as_str()).to_string(),
        other => choice::text(other),
    }
}
