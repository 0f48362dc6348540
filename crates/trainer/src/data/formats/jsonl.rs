use std::path::Path;

use serde::Deserialize;

use super::json_lines;
use crate::data::Example;
use crate::error::LlmError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    prompt: Option<String>,
    #[serde(default)]
    completion: Option<String>,
    #[serde(default)]
    choices: Vec<String>,
}

/// Lines of `prompt` and `completion`, or of `text`.
pub(super) fn read(path: &Path) -> Result<Vec<Example>, LlmError> {
    let what = r#"{"prompt": ..., "completion": ...} or {"text": ...}"#;
    json_lines(path, what, |line: Line| {
        let example = match (line.text, line.prompt, line.completion) {
            (Some(text), None, None) => Example::new("", text),
            (None, prompt, Some(completion)) => {
                Example::new(prompt.unwrap_or_default(), completion).with_choices(line.choices)
            }
            _ => return Err(format!("expected {what}")),
        };
        if example.completion.is_empty() {
            return Err("nothing to learn: the completion is empty".into());
        }
        if !example.choices.is_empty() && !example.choices.contains(&example.completion) {
            return Err(format!("the completion `{}` is not among its choices", example.completion));
        }
        Ok(example)
    })
}
