use jobs_core::Steps;
use serde_json::Value;

/// One line of a training command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measurement {
    /// The metric at a step; not finite where the run diverged.
    Metric(Steps, f64),
    /// A step without the metric.
    Progress(Steps),
}

/// Parses a line. `Ok(None)`: not a measurement (no JSON object, which a printed Python dictionary is not either, or no step).
///
/// # Errors
/// What is wrong with a line that looks like a measurement.
///
/// ```
/// use jobs::external::{Measurement, parse_line};
/// use jobs_core::Steps;
///
/// let line = r#"{"step": 25, "eval_loss": 1.25, "lr": 1e-4}"#;
/// assert_eq!(parse_line(line, "eval_loss"), Ok(Some(Measurement::Metric(Steps(25), 1.25))));
/// assert_eq!(parse_line("loading model", "eval_loss"), Ok(None));
/// ```
pub fn parse_line(line: &str, metric: &str) -> Result<Option<Measurement>, String> {
    let line = line.trim();
    let object = line.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'));
    if !object {
        return Ok(None);
    }
    let value = serde_json::from_str(line).or_else(|e| {
        // the json module of Python writes these three, which are not JSON
        let quoted = quote_specials(line);
        serde_json::from_str::<Value>(&quoted).map_err(|_| format!("not JSON: {e}"))
    })?;
    let Value::Object(fields) = value else { return Ok(None) };
    let Some(step) = fields.get("step") else { return Ok(None) };
    let step = whole(step).ok_or_else(|| format!("`step` is {step}, expected a non-negative integer"))?;
    let Some(metric_value) = fields.get(metric) else { return Ok(Some(Measurement::Progress(step))) };
    let loss = match metric_value {
        Value::Number(n) => n.as_f64().unwrap_or(f64::NAN),
        Value::Null => f64::NAN,
        Value::String(s)
            if ["nan", "inf", "+inf", "-inf", "infinity", "-infinity"].contains(&s.to_lowercase().as_str()) =>
        {
            f64::NAN
        }
        other => return Err(format!("`{metric}` is {other}, expected a number")),
    };
    Ok(Some(Measurement::Metric(step, loss)))
}

/// The keys of a line that is a JSON object.
pub(super) fn keys(line: &str) -> Vec<String> {
    fields(line).map_or(vec![], |fields| fields.keys().cloned().collect())
}

/// The fields of a line that is a JSON object.
pub(super) fn fields(line: &str) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_str(&quote_specials(line.trim())) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// 25, or 25.0 as some languages write it.
fn whole(value: &Value) -> Option<Steps> {
    let number = value.as_f64().filter(|v| v.fract() == 0.0 && (0.0..9e15).contains(v))?;
    Some(Steps(value.as_u64().unwrap_or(number as u64)))
}

/// Quotes bare NaN, Infinity and -Infinity outside strings.
fn quote_specials(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let (mut rest, mut in_string) = (line, false);
    while let Some(c) = rest.chars().next() {
        let special = ["-Infinity", "Infinity", "NaN"].into_iter().find(|s| !in_string && rest.starts_with(s));
        let length = match special {
            Some(special) => {
                out.extend(["\"", special, "\""]);
                special.len()
            }
            None if c == '\\' && in_string => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..length]);
                length
            }
            None => {
                in_string ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Result<Option<Measurement>, String> {
        parse_line(line, "eval_loss")
    }

    #[test]
    fn measurements_progress_and_chatter() {
        let metric = |step, v| Ok(Some(Measurement::Metric(Steps(step), v)));
        assert_eq!(read(r#"{"step": 25, "eval_loss": 1.25, "lr": 1e-4}"#), metric(25, 1.25));
        assert_eq!(read(r#"  {"eval_loss": 2, "step": 25.0}  "#), metric(25, 2.0));
        assert_eq!(read(r#"{"step": 30, "loss": 0.5}"#), Ok(Some(Measurement::Progress(Steps(30)))));
        for chatter in
            ["", "loading model", "100%|#####| 5/5", "[1, 2]", r#"{"epoch": 1}"#, "{'loss': 2.1, 'step': 3}", "{}"]
        {
            assert_eq!(read(chatter), Ok(None), "{chatter}");
        }
    }

    #[test]
    fn not_a_number_is_divergence_however_it_is_written() {
        for value in ["NaN", "null", "\"nan\"", "Infinity", "-Infinity", "\"Infinity\"", "1e999"] {
            let read = read(&format!(r#"{{"note": "a NaN \" NaN", "step": 5, "eval_loss": {value}}}"#));
            match read {
                Ok(Some(Measurement::Metric(Steps(5), v))) => assert!(!v.is_finite(), "{value}"),
                // beyond the largest number: the parser refuses it
                other => assert!(value == "1e999" && other.is_err(), "{value}: {other:?}"),
            }
        }
    }

    #[test]
    fn malformed_measurements_are_named() {
        for (line, about) in [
            (r#"{"step": 5, "eval_loss": "#, "not JSON"),
            (r#"{"step": -5, "eval_loss": 1}"#, "`step` is -5"),
            (r#"{"step": 2.5, "eval_loss": 1}"#, "`step` is 2.5"),
            (r#"{"step": 5, "eval_loss": "low"}"#, "`eval_loss` is \"low\""),
        ] {
            assert!(read(line).unwrap_err().contains(about), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "\\PC{0,60}", tail in "[{}\":,a-zN\\\\]{0,30}") {
            let _ = read(&line);
            let _ = read(&format!("{{{tail}"));
        }
    }
}
