use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::conversation::{messages, sharegpt};
use super::{records, text_of};
use crate::data::Example;
use crate::error::{LlmError, nearest};

/// Columns of a file under names of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// Column of a text without a prompt.
    pub text: Option<String>,
    /// Column of the prompt.
    pub prompt: Option<String>,
    /// Column of the completion.
    pub completion: Option<String>,
    /// Column of the choices.
    pub choices: Option<String>,
    /// Column of a conversation.
    pub messages: Option<String>,
}

/// The forms of a record, by the column that only this form has, with the others that it may have.
const FORMS: [(&str, &[&str]); 5] = [
    ("text", &[]),
    ("completion", &["prompt", "choices"]),
    ("messages", &[]),
    ("conversations", &[]),
    ("output", &["instruction", "input"]),
];

const EXPECTED: &str = "one of {\"text\"}, {\"prompt\", \"completion\"}, {\"messages\"}, {\"conversations\"} or \
     {\"instruction\", \"input\", \"output\"}, or `columns` in the settings";

/// Records of texts, prompts with completions, or conversations, one per line or in one list. Other columns are ignored; the notes name
/// them.
pub(super) fn read(path: &Path, columns: &Columns) -> Result<(Vec<Example>, Vec<String>), LlmError> {
    let (records, mut notes) = records(path, &text_of(path)?)?;
    let mut ignored = BTreeSet::new();
    let mut examples = vec![];
    for (place, record) in records {
        let record = columns.renamed(record).and_then(|record| of_record(&record, &mut ignored));
        examples.extend(record.map_err(|problem| place.error(path, problem))?);
    }
    if !ignored.is_empty() {
        let names: Vec<String> = ignored.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("{}: the columns {} are ignored", path.display(), names.join(", ")));
    }
    Ok((examples, notes))
}

impl Columns {
    /// The record with the columns of these settings under our names, and without the others.
    fn renamed(&self, mut record: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let named = [
            ("text", &self.text),
            ("prompt", &self.prompt),
            ("completion", &self.completion),
            ("choices", &self.choices),
            ("messages", &self.messages),
        ];
        if named.iter().all(|(_, column)| column.is_none()) {
            return Ok(record);
        }
        let mut renamed = Map::new();
        for (name, column) in named.into_iter().filter_map(|(name, column)| Some((name, column.as_ref()?))) {
            let Some(value) = record.remove(column) else {
                let hint = nearest(column, record.keys().map(String::as_str));
                return Err(format!("no column `{column}`, which the settings name for `{name}`{hint}"));
            };
            renamed.insert(name.into(), value);
        }
        Ok(renamed)
    }
}

fn of_record(record: &Map<String, Value>, ignored: &mut BTreeSet<String>) -> Result<Vec<Example>, String> {
    let there = |name: &str| record.get(name).filter(|value| !value.is_null());
    let forms: Vec<_> = FORMS.into_iter().filter(|(mark, _)| there(mark).is_some()).collect();
    let (mark, more) = match forms[..] {
        [form] => form,
        [] => {
            let columns: Vec<&str> = record.keys().map(String::as_str).collect();
            return Err(format!("has the columns {}; expected {EXPECTED}", columns.join(", ")));
        }
        [(a, _), (b, _), ..] => {
            return Err(format!("has both `{a}` and `{b}`; say which to read, such as columns = {{ {a} = \"{a}\" }}"));
        }
    };
    for name in record.keys().filter(|name| *name != mark && !more.contains(&name.as_str())) {
        // a misspelt column must not pass for one that nobody needs
        let missing: Vec<&str> = more.iter().copied().filter(|known| !record.contains_key(*known)).collect();
        if let Some(meant) = jobs_core::nearest::nearest(name, &missing) {
            return Err(format!("unknown column `{name}`; did you mean `{meant}`?"));
        }
        ignored.insert(name.clone());
    }
    let text = |name: &str| match there(name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!("`{name}` is {other}, expected a text")),
    };
    match mark {
        "text" => Ok(vec![learnable(Example::new("", text("text")?))?]),
        "messages" => messages("messages", &record["messages"]),
        "conversations" => sharegpt("conversations", &record["conversations"]),
        "output" => alpaca(&text("instruction")?, &text("input")?, &text("output")?),
        // a conversation in two columns, as TRL has it
        _ if record["completion"].is_array() => {
            let both = [there("prompt").and_then(Value::as_array), record["completion"].as_array()];
            messages("prompt and completion", &both.into_iter().flatten().flatten().cloned().collect())
        }
        _ => {
            let choices = match there("choices") {
                None => vec![],
                Some(value) => Vec::deserialize(value).map_err(|e| format!("`choices`: {e}"))?,
            };
            let example = learnable(Example::new(text("prompt")?, text("completion")?).with_choices(choices))?;
            if !example.choices.is_empty() && !example.choices.contains(&example.completion) {
                return Err(format!("the completion `{}` is not among its choices", example.completion));
            }
            Ok(vec![example])
        }
    }
}

fn learnable(example: Example) -> Result<Example, String> {
    if example.completion.is_empty() { Err("nothing to learn: the completion is empty".into()) } else { Ok(example) }
}

/// The prompt with which Alpaca was trained (Taori et al. 2023).
fn alpaca(instruction: &str, input: &str, output: &str) -> Result<Vec<Example>, String> {
    if instruction.is_empty() {
        return Err("`output` without an `instruction`".into());
    }
    let (with, part) = match input {
        "" => ("", String::new()),
        input => (", paired with an input that provides further context", format!("### Input:\n{input}\n\n")),
    };
    let prompt = format!(
        "Below is an instruction that describes a task{with}. Write a response that appropriately completes the \
         request.\n\n### Instruction:\n{instruction}\n\n{part}### Response:\n"
    );
    Ok(vec![learnable(Example::new(prompt, output))?])
}
