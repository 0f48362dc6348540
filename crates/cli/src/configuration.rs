//! Configurations that the user writes: in a file, or as NAME=VALUE.

use std::collections::BTreeMap;
use std::path::Path;

use jobs_core::{Dimension, Domain, Point, PointRecord, RecordValue, SearchSpace};
use methods::default_configuration;
use serde_json::{Map, Value};

use crate::failure::Kind;

/// A configuration as it was written: values by name, those of mixtures also as `mixture.part`.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Where it stands, for messages.
    place: String,
    values: BTreeMap<String, Value>,
}

/// The configurations of a JSON file: one, several on lines of their own, or a list. One may be the value of `configuration` in an object,
/// as in the output of `jobs ask --json` and `jobs best --json`.
pub(crate) fn of_file(path: &Path) -> anyhow::Result<Vec<Written>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Kind::Input.error(format_args!("{name}: {e}")))?;
    let mut found = vec![];
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let expected = "expected a configuration as JSON, such as {\"lora_rank\": 16, \"mixture\": {\"maths\": 0.5, \"code\": 0.5}}";
        match value.map_err(|e| Kind::Input.error(format_args!("{name}: {e}; {expected}")))? {
            Value::Array(all) => found.extend(all),
            one => found.push(one),
        }
    }
    let several = found.len() > 1;
    let written = |(i, value): (usize, Value)| {
        let place = if several { format!("{name}, configuration {}", i + 1) } else { name.clone() };
        match value {
            Value::Object(fields) => Ok(Written { place, values: inner(fields).into_iter().collect() }),
            other => Err(Kind::Input.error(format_args!("{place}: is {other}, expected an object of values by name"))),
        }
    };
    if found.is_empty() {
        return Err(Kind::Input.error(format_args!("{name}: has no configuration")));
    }
    found.into_iter().enumerate().map(written).collect()
}

fn inner(mut fields: Map<String, Value>) -> Map<String, Value> {
    match fields.remove("configuration") {
        Some(Value::Object(inner)) => inner,
        Some(other) => {
            fields.insert("configuration".into(), other);
            fields
        }
        None => fields,
    }
}

/// One configuration from arguments NAME=VALUE.
pub(crate) fn of_arguments(space: &SearchSpace, arguments: &[String]) -> anyhow::Result<Written> {
    let mut values = BTreeMap::new();
    for argument in arguments {
        let bad = |problem: &str| Kind::Input.error(format_args!("`{argument}` {problem}"));
        let (name, text) = argument
            .split_once('=')
            .ok_or_else(|| bad("is no file and no NAME=VALUE, such as lora_rank=16 or mixture.maths=0.5"))?;
        let domain = space.dimensions().iter().find(|d| d.name == name).map(|d| &d.domain);
        if values.insert(name.to_owned(), value(domain, text)).is_some() {
            return Err(bad("gives a value that another argument gives too"));
        }
    }
    Ok(Written { place: "arguments".into(), values })
}

/// A value as the domain reads it.
fn value(domain: Option<&Domain>, text: &str) -> Value {
    match (domain, text.to_lowercase().as_str()) {
        (Some(Domain::Categorical { .. }), _) => Value::from(text),
        (Some(Domain::Boolean), "yes" | "on") | (_, "true") => Value::from(true),
        (Some(Domain::Boolean), "no" | "off") | (_, "false") => Value::from(false),
        _ => {
            let whole = text.parse::<i64>().ok().map(Value::from);
            let number = || text.parse::<f64>().ok().filter(|v| v.is_finite()).map(Value::from);
            whole.or_else(number).unwrap_or_else(|| Value::from(text))
        }
    }
}

impl Written {
    /// The configuration, with the default one's values where none is written. Returns the names of those.
    pub(crate) fn with_defaults(self, space: &SearchSpace) -> anyhow::Result<(Point, Vec<String>)> {
        let given = self.record(space)?;
        let default = default_configuration(space).map(|p| p.record().0).unwrap_or_default();
        let is_default = |d: &&Dimension| d.domain.is_searched() && !given.contains_key(&d.name);
        let mut names: Vec<String> = space.dimensions().iter().filter(is_default).map(|d| d.name.clone()).collect();
        let record = PointRecord(default.into_iter().chain(given).collect());
        let point = self.point(space, &record)?;
        names.retain(|name| space.index_of(name).is_some_and(|i| point.has(i)));
        Ok((point, names))
    }

    /// The configuration; all of it has to be written, except for fixed values.
    pub(crate) fn whole(self, space: &SearchSpace) -> anyhow::Result<Point> {
        let record = PointRecord(self.record(space)?);
        self.point(space, &record)
    }

    fn point(&self, space: &SearchSpace, record: &PointRecord) -> anyhow::Result<Point> {
        space
            .point_from_record(&completed(space, record.clone()))
            .map_err(|e| Kind::Input.error(format_args!("{}: {e}", self.place)))
    }

    /// The values by dimension, with shares written as `mixture.part` put together.
    pub(crate) fn record(&self, space: &SearchSpace) -> anyhow::Result<BTreeMap<String, RecordValue>> {
        let mut record: BTreeMap<String, RecordValue> = BTreeMap::new();
        for (name, value) in &self.values {
            let bad = |problem: String| Kind::Input.error(format_args!("{}: `{name}` {problem}", self.place));
            let read: RecordValue = serde_json::from_value(value.clone())
                .map_err(|_| bad(format!("is {value}, expected a number, a name, true, false or shares by part")))?;
            if space.index_of(name).is_some() {
                record.insert(name.clone(), read);
                continue;
            }
            let (mixture, part) = part_of(space, name).ok_or_else(|| bad(unknown(space, name)))?;
            let share = match read {
                RecordValue::Integer(v) => v as f64,
                RecordValue::Real(v) => v,
                _ => return Err(bad(format!("is {value}, expected a share"))),
            };
            match record.entry(mixture).or_insert_with(|| RecordValue::Shares(BTreeMap::new())) {
                RecordValue::Shares(shares) => drop(shares.insert(part, share)),
                _ => return Err(bad("is a share of what has a value of its own".into())),
            }
        }
        Ok(record)
    }
}

/// Mixture and part of a name such as `mixture.maths`.
fn part_of(space: &SearchSpace, name: &str) -> Option<(String, String)> {
    let mut mixtures = space.dimensions().iter().filter(|d| d.domain.is_mixture());
    mixtures.find_map(|d| Some((d.name.clone(), name.strip_prefix(&d.name)?.strip_prefix('.')?.to_owned())))
}

fn unknown(space: &SearchSpace, name: &str) -> String {
    let known: Vec<&str> = space.dimensions().iter().map(|d| d.name.as_str()).collect();
    let near = jobs_core::nearest::nearest(name, &known);
    let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
    format!("is no dimension of the space (it has: {}){hint}", known.join(", "))
}

/// A record with what needs no writing: fixed values, and shares of 0.
pub(crate) fn completed(space: &SearchSpace, mut record: PointRecord) -> PointRecord {
    for d in space.dimensions() {
        match (&d.domain, record.0.get_mut(&d.name)) {
            (Domain::Fixed { value }, None) => drop(record.0.insert(d.name.clone(), value.clone())),
            (Domain::Simplex { parts }, Some(RecordValue::Shares(shares))) => {
                for part in parts {
                    shares.entry(part.clone()).or_insert(0.0);
                }
            }
            _ => {}
        }
    }
    record
}
