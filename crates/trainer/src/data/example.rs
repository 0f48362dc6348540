use serde::{Deserialize, Serialize};

use super::TextTokenizer;
use crate::LlmError;

/// One example: a loss is taken on the completion only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What is given; may be empty.
    #[serde(default)]
    pub prompt: String,
    /// What is to be said.
    pub completion: String,
    /// Completions to choose from, the right one among them; empty where it is no question with choices.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// An example as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// All tokens.
    pub tokens: Vec<u32>,
    /// How many at the start are given: no loss is taken on them.
    pub given: usize,
}

impl Encoded {
    /// Tokens on which a loss is taken; the first token of a sequence cannot be predicted.
    pub fn targets(&self) -> usize {
        self.tokens.len() - self.given.max(1).min(self.tokens.len())
    }
}

impl Example {
    /// A prompt with its completion.
    pub fn new(prompt: impl Into<String>, completion: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), completion: completion.into(), choices: vec![] }
    }

    /// The same with choices.
    pub fn with_choices(self, choices: Vec<String>) -> Self {
        Self { choices, ..self }
    }

    /// The example in at most `longest` tokens, end-of-sequence included. A text without a prompt is cut into as many pieces as it
    /// takes; else the prompt loses its beginning first, and the completion its end where it alone is too long.
    pub fn encode(&self, tokenizer: &TextTokenizer, longest: usize) -> Result<Vec<Encoded>, LlmError> {
        let whole = tokenizer.encode(&self.prompt, &self.completion)?;
        if whole.tokens.len() <= longest {
            return Ok(vec![whole]);
        }
        if self.prompt.is_empty() {
            let pieces = whole.tokens.chunks(longest).filter(|p| p.len() > 1);
            return Ok(pieces.map(|p| Encoded { tokens: p.to_vec(), given: 0 }).collect());
        }
        let said = whole.tokens.len() - whole.given;
        let kept = said.min(longest - 1);
        let start = whole.given - (longest - kept).min(whole.given);
        let tokens = whole.tokens[start..start + (whole.given - start) + kept].to_vec();
        Ok(vec![Encoded { tokens, given: whole.given - start }])
    }
}
