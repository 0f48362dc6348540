use std::path::Path;

use serde::Deserialize;

use super::{json_lines, question};
use crate::LlmError;
use crate::data::Example;

#[derive(Deserialize)]
struct Problem {
    question: String,
    answer: String,
}

/// GSM8K: the answer with its working; the calculator's annotations `<<...>>` are left out.
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

#[cfg(test)]
mod tests {
    #[test]
    fn annotations_go() {
        assert_eq!(super::plain("48/2 = <<48/2=24>>24 clips, 1<<1=1>>.\n#### 24"), "48/2 = 24 clips, 1.\n#### 24");
    }
}
