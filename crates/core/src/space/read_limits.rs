//! The keys of a `[[dimension]]` that limit shares or say when it has a value.

use toml::Value as Toml;

use super::read_domain::{RawDimension, as_number, scalar};
use super::{Condition, Constraint, Domain, RecordValue};

/// The limits of the shares of a mixture.
pub(super) fn share_limits(raw: &RawDimension, domain: &Domain) -> Result<Vec<Constraint>, String> {
    let Domain::Simplex { parts } = domain else { return Ok(vec![]) };
    let (low, high) = (by_part("low", raw.low.as_ref(), parts)?, by_part("high", raw.high.as_ref(), parts)?);
    let name = |part: &String| format!("{}.{part}", raw.name);
    let mut found = vec![];
    for (part, (low, high)) in parts.iter().zip(low.into_iter().zip(high)).filter(|(_, l)| *l != (None, None)) {
        let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
        if !((0.0..=1.0).contains(&low) && (0.0..=1.0).contains(&high) && low <= high) {
            return Err(format!("limits the share of `{part}` to {low} .. {high}, expected 0 <= low <= high <= 1"));
        }
        found.push(Constraint::Sum { of: vec![name(part)], low, high });
    }
    let optional = raw.optional.iter().flatten();
    if let Some(unknown) = optional.clone().find(|part| !parts.contains(part)) {
        return Err(format!("names `{unknown}` as optional, expected one of {}", parts.join(", ")));
    }
    let of: Vec<String> = optional.map(name).collect();
    found.extend((!of.is_empty()).then_some(Constraint::Optional { of }));
    Ok(found)
}

/// A limit of every part: one number for all of them, or a table.
fn by_part(key: &str, limit: Option<&Toml>, parts: &[String]) -> Result<Vec<Option<f64>>, String> {
    match limit {
        None => Ok(vec![None; parts.len()]),
        Some(Toml::Table(table)) => {
            if let Some(unknown) = table.keys().find(|part| !parts.contains(part)) {
                return Err(format!("has {key} for `{unknown}`, expected one of {}", parts.join(", ")));
            }
            let of = |part: &String| {
                let Some(v) = table.get(part) else { return Ok(None) };
                as_number(v).map(Some).ok_or_else(|| format!("has {key} = {v} for `{part}`, expected a number"))
            };
            parts.iter().map(of).collect()
        }
        Some(one) => {
            let part = parts.first().map_or("maths", String::as_str);
            let limit = as_number(one).ok_or_else(|| {
                format!("has {key} = {one}, expected a number or, by part, {key} = {{ {part} = 0.1 }}")
            })?;
            Ok(vec![Some(limit); parts.len()])
        }
    }
}

/// When the dimension has a value: `when = { optimizer = "adamw" }`, or `when = "use_warmup"` for a boolean that is on.
pub(super) fn condition(raw: &RawDimension) -> Result<Option<Condition>, String> {
    let wrong = |when: &Toml| {
        format!("has when = {when}, expected one dimension and its value, as in when = {{ optimizer = \"adamw\" }}")
    };
    match &raw.when {
        None => Ok(None),
        Some(Toml::String(name)) => Ok(Some(Condition { dimension: name.clone(), value: RecordValue::Boolean(true) })),
        Some(when @ Toml::Table(table)) => match table.iter().next() {
            Some((name, value)) if table.len() == 1 => {
                let value = scalar("fixed", value).map_err(|_| wrong(when))?;
                Ok(Some(Condition { dimension: name.clone(), value }))
            }
            _ => Err(wrong(when)),
        },
        Some(other) => Err(wrong(other)),
    }
}
