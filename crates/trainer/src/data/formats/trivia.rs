use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;

use super::question;
use crate::LlmError;
use crate::data::Example;

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

/// TriviaQA: the answer's usual form. The files hold gigabytes of search results, which are read past.
pub(super) fn triviaqa(path: &Path) -> Result<Vec<Example>, LlmError> {
    let file = File::open(path).map_err(|e| LlmError::io(path, e))?;
    let all: Questions = serde_json::from_reader(BufReader::new(file)).map_err(|e| LlmError::Line {
        path: path.into(),
        line: e.line(),
        problem: format!("{e}; expected TriviaQA's `Data` with `Question` and `Answer`"),
    })?;
    Ok(all.data.iter().map(|q| Example::new(question(&q.question), format!(" {}", q.answer.value.trim()))).collect())
}
