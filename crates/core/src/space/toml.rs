use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::read_domain::{RawDimension, domain};
use super::{Constraint, Dimension, Domain, RecordValue, Role, SearchSpace, choice};

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
}

pub(super) fn parse(text: &str, path: &Path) -> Result<SearchSpace, SpaceError> {
    let syntax =
        |offset: usize, problem: String| SpaceError::Syntax { path: path.into(), line: line_of(text, offset), problem };
    let file: File = toml::from_str(text)
        .map_err(|e| syntax(e.span().map_or(0, |s| s.start), e.message().trim().replace('\n', " ")))?;
    let (mut dimensions, mut roles) = (vec![], vec![]);
    for raw in &file.dimension {
        let (start, keys) = (raw.span().start, raw.get_ref());
        let invalid = |problem: String| syntax(start, format!("dimension `{}` {problem}", keys.name));
        let domain = domain(keys).map_err(invalid)?;
        roles.push(Role::of_keys(keys.role.as_deref(), keys.module.as_deref(), &domain).map_err(invalid)?);
        dimensions.push(Dimension { name: raw.get_ref().name.clone(), domain });
    }
    let mut constraints = vec![];
    for raw in &file.constraint {
        if raw.get_ref().kind != "at_least_one" {
            let problem = format!("unknown constraint kind `{}`, expected at_least_one", raw.get_ref().kind);
            return Err(syntax(raw.span().start, problem));
        }
        constraints.push(Constraint::AtLeastOne { of: raw.get_ref().of.clone() });
    }
    SearchSpace::with_roles(dimensions, constraints, roles).map_err(|e| {
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
    let mut out = String::new();
    for d in space.dimensions() {
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
        out.push('\n');
    }
    for Constraint::AtLeastOne { of } in space.constraints() {
        let _ = writeln!(out, "[[constraint]]\nkind = \"at_least_one\"\nof = {}\n", quoted(of));
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
