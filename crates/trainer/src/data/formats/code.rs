use std::path::Path;

use serde::Deserialize;

use super::json_file;
use crate::LlmError;
use crate::data::Example;

#[derive(Deserialize)]
struct Exercise {
    prompt: String,
    code: String,
}

/// MBPP: a task in words, then code.
pub(super) fn mbpp(path: &Path) -> Result<Vec<Example>, LlmError> {
    let exercises: Vec<Exercise> = json_file(path, r#"[{"prompt": ..., "code": ...}, ...]"#)?;
    Ok(exercises.iter().map(|e| Example::new(format!("{}\n", e.prompt.trim()), e.code.trim_end())).collect())
}
