//! The domain of a `[[dimension]]`.

use serde::Deserialize;
use toml::Value as Toml;

use super::choice::MOST_STEPS;
use super::{Domain, RecordValue};

const KINDS: [&str; 6] = ["simplex", "real", "integer", "boolean", "categorical", "fixed"];
/// What other programs call these kinds.
const OTHER_NAMES: [(&str, &[&str]); 6] = [
    ("real", &["float", "double", "number", "continuous", "uniform", "loguniform", "log_uniform", "range", "f64"]),
    ("integer", &["int", "long", "i64", "randint", "discrete", "count"]),
    ("boolean", &["bool", "flag", "switch"]),
    ("categorical", &["choice", "choices", "category", "enum", "string", "str", "grid", "ordinal"]),
    ("simplex", &["mixture", "shares", "weights", "dirichlet", "proportions"]),
    ("fixed", &["constant", "const", "value"]),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDimension {
    pub(super) name: String,
    kind: Option<String>,
    parts: Option<Vec<String>>,
    choices: Option<Vec<Toml>>,
    value: Option<Toml>,
    #[serde(alias = "min")]
    pub(super) low: Option<Toml>,
    #[serde(alias = "max")]
    pub(super) high: Option<Toml>,
    log: Option<bool>,
    step: Option<f64>,
    pub(super) optional: Option<Vec<String>>,
    pub(super) when: Option<Toml>,
    pub(super) role: Option<String>,
    pub(super) module: Option<String>,
}

/// The domain that the keys describe; an error begins with a verb, after the name of the dimension.
pub(super) fn domain(raw: &RawDimension) -> Result<Domain, String> {
    let kind = match (&raw.kind, &raw.value) {
        (Some(kind), _) => kind.as_str(),
        (None, Some(_)) => "fixed",
        (None, None) => return Err(format!("needs `kind`, expected one of {}", KINDS.join(", "))),
    };
    check_keys(raw, kind)?;
    if let Some(value) = &raw.value {
        return Ok(Domain::Fixed { value: scalar(kind, value)? });
    }
    if kind != "simplex"
        && let Some(choices) = &raw.choices
    {
        return of_choices(kind, choices);
    }
    let number = |key: &str, v: &Option<Toml>| {
        let v = v.as_ref().ok_or_else(|| format!("is of kind {kind} and needs `{key}`"))?;
        as_number(v).ok_or_else(|| format!("has {key} = {v}, expected a number"))
    };
    let log = raw.log.unwrap_or(false);
    Ok(match kind {
        "simplex" => Domain::Simplex { parts: raw.parts.clone().ok_or("is a simplex and needs `parts`")? },
        "categorical" => return Err("is categorical and needs `choices`".into()),
        "fixed" => return Err("is fixed and needs `value`".into()),
        "real" => Domain::Real { low: number("low", &raw.low)?, high: number("high", &raw.high)?, log },
        "integer" => {
            let (low, high) = (whole(number("low", &raw.low)?)?, whole(number("high", &raw.high)?)?);
            match raw.step {
                Some(step) => steps(low, high, log, step)?,
                None => Domain::Integer { low, high, log },
            }
        }
        _ => Domain::Boolean,
    })
}

pub(super) fn as_number(value: &Toml) -> Option<f64> {
    value.as_float().or(value.as_integer().map(|v| v as f64))
}

/// Refuses unknown kinds, and keys that do not belong to the kind or to each other.
fn check_keys(raw: &RawDimension, kind: &str) -> Result<(), String> {
    let allowed: &[&str] = match kind {
        "simplex" => &["parts", "low", "high", "optional"],
        "categorical" => &["choices", "value"],
        "real" => &["low", "high", "log", "choices", "value"],
        "integer" => &["low", "high", "log", "step", "choices", "value"],
        "boolean" | "fixed" => &["value"],
        other => return Err(unknown_kind(other)),
    };
    let given = [
        ("parts", raw.parts.is_some()),
        ("choices", raw.choices.is_some()),
        ("value", raw.value.is_some()),
        ("low", raw.low.is_some()),
        ("high", raw.high.is_some()),
        ("log", raw.log.is_some()),
        ("step", raw.step.is_some()),
        ("optional", raw.optional.is_some()),
    ];
    let given: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    if let Some(key) = given.iter().find(|key| !allowed.contains(key)) {
        let hint = if (kind, *key) == ("real", "step") { "; list its values as `choices`" } else { "" };
        return Err(format!("is of kind {kind} and takes no `{key}`{hint}"));
    }
    match given.iter().find(|key| ["value", "choices"].contains(key)) {
        Some(alone) if given.len() > 1 => {
            let other = given.iter().find(|key| *key != alone).unwrap_or(alone);
            Err(format!("has both `{alone}` and `{other}`, expected one of them"))
        }
        _ => Ok(()),
    }
}

fn unknown_kind(kind: &str) -> String {
    let lower = kind.to_lowercase();
    let other = OTHER_NAMES.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(name, _)| *name);
    let near =
        KINDS.into_iter().max_by(|a, b| strsim::jaro_winkler(a, &lower).total_cmp(&strsim::jaro_winkler(b, &lower)));
    let hint = other.or(near).map_or(String::new(), |n| format!("; did you mean `{n}`?"));
    format!("has unknown kind `{kind}`, expected one of {}{hint}", KINDS.join(", "))
}

fn whole(v: f64) -> Result<i64, String> {
    if v.fract() != 0.0 || v.abs() > 9e15 {
        return Err(format!("is an integer and has the bound {v}, expected a whole number"));
    }
    Ok(v as i64)
}

/// Whole numbers from `low` to `high` in steps.
fn steps(low: i64, high: i64, log: bool, step: f64) -> Result<Domain, String> {
    if step.fract() != 0.0 || !(1.0..=9e15).contains(&step) {
        return Err(format!("has step = {step}, expected a whole number of at least 1"));
    }
    let step = step as i64;
    if step == 1 || low == high {
        return Ok(Domain::Integer { low, high, log });
    }
    if log {
        return Err("has both `log` and `step`, expected one of them; numbers at equal factors are `choices`".into());
    }
    if low > high {
        return Err(format!("needs low < high, has low = {low}, high = {high}"));
    }
    let (count, rest) = ((high - low) / step, (high - low) % step);
    if rest != 0 {
        let reached = high - rest;
        let from_step = if high % step == 0 { format!(", or low = {step}") } else { String::new() };
        return Err(format!(
            "does not reach high = {high} from low = {low} in steps of {step}, expected high = {reached} or {}{from_step}",
            reached + step
        ));
    }
    if count >= MOST_STEPS {
        return Err(format!("has {} steps, expected at most {MOST_STEPS}; leave out `step`", count + 1));
    }
    Ok(Domain::Ordered { choices: (0..=count).map(|i| RecordValue::Integer(low + i * step)).collect() })
}

/// Names are categories without order; numbers are ordered.
fn of_choices(kind: &str, choices: &[Toml]) -> Result<Domain, String> {
    let names: Vec<String> = choices.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect();
    if names.len() == choices.len() && kind == "categorical" {
        return Ok(Domain::Categorical { choices: names });
    }
    let is_number = |c: &Toml| c.is_integer() || c.is_float();
    if kind == "categorical" && !choices.iter().all(is_number) {
        let example = "choices = [8, 16, 32] or choices = [\"linear\", \"cosine\"]";
        let hint = if choices.iter().all(Toml::is_bool) { "; for yes or no, kind = \"boolean\"" } else { "" };
        return Err(format!(
            "has choices of several kinds, expected only numbers or only names, as in {example}{hint}"
        ));
    }
    let mut numbers: Vec<RecordValue> = choices.iter().map(|c| scalar(kind, c)).collect::<Result<_, _>>()?;
    let number = |v: &RecordValue| super::choice::number(v).unwrap_or(f64::NAN);
    numbers.sort_by(|a, b| number(a).total_cmp(&number(b)));
    Ok(Domain::Ordered { choices: numbers })
}

/// A value as the trainer is given it.
pub(super) fn scalar(kind: &str, value: &Toml) -> Result<RecordValue, String> {
    let wrong = |expected: &str| format!("is of kind {kind} and has the value {value}, expected {expected}");
    match (kind, value) {
        ("integer", Toml::Float(v)) if v.fract() == 0.0 && v.abs() <= 9e15 => Ok(RecordValue::Integer(*v as i64)),
        ("real", Toml::Integer(v)) => Ok(RecordValue::Real(*v as f64)),
        ("integer" | "categorical" | "fixed", Toml::Integer(v)) => Ok(RecordValue::Integer(*v)),
        ("real" | "categorical" | "fixed", Toml::Float(v)) => Ok(RecordValue::Real(*v)),
        ("boolean" | "fixed", Toml::Boolean(v)) => Ok(RecordValue::Boolean(*v)),
        ("categorical" | "fixed", Toml::String(v)) => Ok(RecordValue::Choice(v.clone())),
        ("integer", _) => Err(wrong("a whole number")),
        ("real", _) => Err(wrong("a number")),
        ("boolean", _) => Err(wrong("true or false")),
        ("categorical", _) => Err(wrong("a name or a number")),
        _ => Err(wrong("a number, a name, true or false")),
    }
}
