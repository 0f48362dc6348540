use serde::{Deserialize, Serialize};

use super::TextTokenizer;
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
        Self { prompt: prompt.into(), completion: completion.into(), choices: vec![] }
    }

    /// The same example with choices.
    pub fn with_choices(self, choices: Vec<String>) -> Self {
        Self { choices, ..self }
    }

    /// Tokenises the example into at most `longest` tokens, including the end of sequence. A longer text without a prompt is split into
    /// pieces. Otherwise the prompt loses its start, and then the completion its end.
    pub fn encode(&self, tokenizer: &TextTokenizer, longest: usize) -> Result<Vec<Encoded>, LlmError> {
        let whole = tokenizer.encode(&self.prompt, &self.completion)?;
        if whole.tokens.len() <= longest {
            return Ok(vec![whole]);
        }
        if self.prompt.is_empty() {
            let pieces = whole.tokens.chunks(longest).filter(|p| p.len() > 1);
            return Ok(pieces.map(|p| Encoded { tokens: p.to_vec(), given: 0 }).collect());
        }
        let targets = whole.tokens.len() - whole.given;
        let kept = targets.min(longest - 1);
        let start = whole.given - (longest - kept).min(whole.given);
        let tokens = whole.tokens[start..start + (whole.given - start) + kept].to_vec();
        Ok(vec![Encoded { tokens, given: whole.given - start }])
    }
}
