//! Questions and tasks with one free-form answer.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use super::{json_file, json_lines, question};
use crate::data::Example;
use crate::error::LlmError;

#[derive(Deserialize)]
struct Problem {
    question: String,
    answer: String,
}

/// GSM8K: the answer with its derivation, without the calculator annotations `<<...>>`.
pub(super) fn gsm8k(path: &Path) -> Result<Vec<Example>, LlmError> {
    json_lines(path, r#"{"question": ..., "answer": ...}"#, |p: Problem| {
        Ok(Example::new(question(&p.question), format!(" {}", plain(&p.answer))))
    })
}

fn plain(answer: &str) -> String {
    let mut parts = answer.split("<<");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(">>").map_or(part, |(_, rest)| rest))
}

#[derive(Deserialize)]
struct Questions {
    #[serde(rename = "Data")]
    data: Vec<Trivia>,
}

#[derive(Deserialize)]
struct Trivia {
    #[serde(rename = "Question")]
    question: String,
    #[serde(rename = "Answer")]
    answer: Answer,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Value")]
    value: String,
}

/// TriviaQA: the canonical form of the answer. The gigabytes of search results in the files are skipped while streaming.
pub(super) fn triviaqa(path: &Path) -> Result<Vec<Example>, LlmError> {
    let file = File::open(path).map_err(|e| LlmError::io(path, e))?;
    let all: Questions = serde_json::from_reader(BufReader::new(file)).map_err(|e| LlmError::Line {
        path: path.into(),
        line: e.line(),
        problem: format!("{e}; expected TriviaQA's `Data` with `Question` and `Answer`"),
    })?;
    Ok(all.data.iter().map(|q| Example::new(question(&q.question), format!(" {}", q.answer.value.trim()))).collect())
}

#[derive(Deserialize)]
struct Exercise {
    prompt: String,
    code: String,
}

/// MBPP: a task description, then code.
pub(super) fn mbpp(path: &Path) -> Result<Vec<Example>, LlmError> {
    let exercises: Vec<Exercise> = json_file(path, r#"[{"prompt": ..., "code": ...}, ...]"#)?;
    Ok(exercises.iter().map(|e| Example::new(format!("{}\n", e.prompt.trim()), e.code.trim_end())).collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn annotations_are_removed() {
        assert_eq!(super::plain("48/2 = <<48/2=24>>24 clips, 1<<1=1>>.\n#### 24"), "48/2 = 24 clips, 1.\n#### 24");
    }
}
