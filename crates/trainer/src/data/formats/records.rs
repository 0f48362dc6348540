//! JSON records, one per line or in one list.

use std::path::Path;

use serde_json::{Map, Value};

use crate::error::LlmError;

/// Where a record stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Line(usize),
    /// Number in a list, from 1.
    Number(usize),
}

impl Place {
    pub(super) fn error(self, path: &Path, problem: String) -> LlmError {
        match self {
            Self::Line(line) => LlmError::Line { path: path.into(), line, problem },
            Self::Number(number) => LlmError::file(path, format!("record {number}: {problem}")),
        }
    }
}

type Records = Vec<(Place, Map<String, Value>)>;

/// All records, and a note if half of a character had to be replaced.
pub(super) fn records(path: &Path, text: &str) -> Result<(Records, Vec<String>), LlmError> {
    let mut replaced = vec![];
    let mut parse = |place: Place, text: &str| -> Result<Value, LlmError> {
        let first = match serde_json::from_str(text) {
            Ok(value) => return Ok(value),
            Err(e) => e,
        };
        let whole = whole_characters(text);
        match serde_json::from_str(&whole) {
            Ok(value) if whole != text => {
                replaced.push(place);
                Ok(value)
            }
            _ => Err(place.error(path, format!("not JSON: {first}"))),
        }
    };
    let mut all = vec![];
    if text.trim_start().starts_with('[') {
        let list = match parse(Place::Number(1), text)? {
            Value::Array(list) => list,
            other => vec![other],
        };
        all.extend(list.into_iter().enumerate().map(|(i, value)| (Place::Number(i + 1), value)));
    } else {
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            all.push((Place::Line(i + 1), parse(Place::Line(i + 1), line)?));
        }
    }
    let notes = replaced.first().map(|place| {
        let at = match place {
            Place::Line(line) => format!("line {line}"),
            Place::Number(_) => "the list".into(),
        };
        let more = if replaced.len() > 1 { format!(" and {} other lines", replaced.len() - 1) } else { String::new() };
        format!("{}: {at}{more}: halves of surrogate pairs (such as \\ud83d) were replaced by U+FFFD", path.display())
    });
    let object = |(place, value): (Place, Value)| match value {
        Value::Object(map) => Ok((place, map)),
        other => Err(place.error(path, format!("is {other}, expected an object"))),
    };
    Ok((all.into_iter().map(object).collect::<Result<_, _>>()?, notes.into_iter().collect()))
}

/// The text with escapes of lone surrogates, which are no characters, replaced by that of U+FFFD.
fn whole_characters(text: &str) -> String {
    let surrogate = |rest: &str, from: u32, to: u32| {
        let digits = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4))?;
        u32::from_str_radix(digits, 16).ok().filter(|code| (from..=to).contains(code))
    };
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        whole += &rest[..at];
        rest = &rest[at..];
        let next = rest.get(6..).unwrap_or_default();
        let length = if surrogate(rest, 0xd800, 0xdbff).is_some() && surrogate(next, 0xdc00, 0xdfff).is_some() {
            12
        } else if surrogate(rest, 0xd800, 0xdfff).is_some() {
            whole += "\\ufffd";
            rest = &rest[6..];
            continue;
        } else {
            1 + rest[1..].chars().next().map_or(0, char::len_utf8)
        };
        whole += &rest[..length];
        rest = &rest[length..];
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (text, expected) in [
            (r"cut \ud83d", r"cut \ufffd"),
            (r"\ude00 first", r"\ufffd first"),
            (r"\ud83d\ude00 and \\ud83d", r"\ud83d\ude00 and \\ud83d"),
            (r"\ud83d\ud83d\ude00", r"\ufffd\ud83d\ude00"),
            (r"\u00e9 \n \", r"\u00e9 \n \"),
            ("\\", "\\"),
        ] {
            assert_eq!(whole_characters(text), expected);
        }
    }

    #[test]
    fn lists_and_lines_are_read() {
        let read = |text: &str| records(Path::new("a.json"), text).map(|(all, notes)| (all.len(), notes.len()));
        assert_eq!(read("{\"a\": 1}\n\n{\"a\": \"\\ud83d\"}\n").unwrap(), (2, 1));
        assert_eq!(read("\n [{\"a\": 1},\n {\"a\": 2}]").unwrap(), (2, 0));
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("{\"a\": 1}\n{\"a\"").starts_with("a.json:2: not JSON"));
        assert!(error("[1]").starts_with("a.json: record 1: is 1, expected an object"));
    }
}
