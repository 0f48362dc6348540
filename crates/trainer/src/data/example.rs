use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TextTokenizer;
use super::tokenizer::Pieces;
use crate::error::LlmError;

/// One example; only the completion has a loss.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Given text; may be empty.
    #[serde(default)]
    pub prompt: String,
    /// Text to predict.
    pub completion: String,
    /// Choices, one of which is the completion; empty for an example without choices.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Messages of a conversation, which the model's chat template makes the prompt; the completion is the assistant's next one.
    #[serde(default)]
    pub messages: Vec<Value>,
}

/// A tokenised example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Tokens.
    pub tokens: Vec<u32>,
    /// Number of given tokens at the start, which have no loss.
    pub given: usize,
}

impl Encoded {
    /// Number of tokens with a loss; the first token of a sequence cannot be predicted.
    pub fn targets(&self) -> usize {
        self.tokens.len() - self.given.max(1).min(self.tokens.len())
    }
}

impl Example {
    /// A prompt with its completion and no choices.
    pub fn new(prompt: impl Into<String>, completion: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), completion: completion.into(), ..Self::default() }
    }

    /// The assistant's answer to a conversation. The prompt is its plain text, for comparisons of examples.
    pub(crate) fn answer(messages: Vec<Value>, answer: &str) -> Self {
        let line = |m: &Value| {
            format!("{}: {}", m["role"].as_str().unwrap_or_default(), m["content"].as_str().unwrap_or_default())
        };
        let prompt = messages.iter().map(line).collect::<Vec<_>>().join("\n");
        Self { messages, ..Self::new(prompt, answer) }
    }

    /// The same example with choices.
    pub fn with_choices(self, choices: Vec<String>) -> Self {
        Self { choices, ..self }
    }

    /// Equal for examples whose texts differ in white space at most, wherever the prompt ends.
    pub(crate) fn key(&self) -> String {
        let text = format!("{}{}", self.prompt, self.completion);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Tokenises the example into at most `longest` tokens, including first and last tokens of a text. A longer text without a prompt is
    /// split into pieces, each of which begins like a text. Otherwise the prompt loses its start, and then the completion its end.
    pub fn encode(&self, tokenizer: &TextTokenizer, longest: usize) -> Result<Vec<Encoded>, LlmError> {
        let Pieces { begin, prompt, completion } = tokenizer.encode(self)?;
        let joined = |given: &[u32], completion: &[u32]| Encoded {
            tokens: [&begin[..], given, completion].concat(),
            given: if self.prompt.is_empty() { 0 } else { begin.len() + given.len() },
        };
        let room = longest.saturating_sub(begin.len());
        if prompt.len() + completion.len() <= room {
            return Ok(vec![joined(&prompt, &completion)]);
        }
        if room == 0 || (self.prompt.is_empty() && room + begin.len() < 2) {
            return Err(LlmError::setting(
                "sequence",
                longest,
                format!("more than {}, as every text begins with {} tokens", begin.len(), begin.len()),
            ));
        }
        if self.prompt.is_empty() {
            let pieces = completion.chunks(room).filter(|piece| begin.len() + piece.len() > 1);
            return Ok(pieces.map(|piece| joined(&[], piece)).collect());
        }
        // a token before the completion, so that its first one can be predicted
        let kept = completion.len().min(if begin.is_empty() { room - 1 } else { room });
        let start = prompt.len() - (room - kept).min(prompt.len());
        Ok(vec![joined(&prompt[start..], &completion[..kept])])
    }
}
