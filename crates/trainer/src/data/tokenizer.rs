use std::path::Path;

use tokenizers::Tokenizer;

use super::Encoded;
use crate::LlmError;
use crate::model::ModelConfig;

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub struct TextTokenizer {
    inner: Tokenizer,
    end: Option<u32>,
    name: String,
}

impl TextTokenizer {
    /// Reads `tokenizer.json` of a model's folder.
    pub fn load(folder: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        let path = folder.join("tokenizer.json");
        let bytes = std::fs::read(&path).map_err(|e| LlmError::io(&path, e))?;
        Self::from_bytes(&bytes, &path, model)
    }

    /// A tokenizer from the bytes of `tokenizer.json`; `path` is for messages.
    pub fn from_bytes(bytes: &[u8], path: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        let inner = Tokenizer::from_bytes(bytes)
            .map_err(|e| LlmError::file(path, format!("not a tokenizer of the library `tokenizers`: {e}")))?;
        let highest = inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1);
        if highest > model.vocabulary {
            let problem = format!(
                "does not match the model: it has tokens up to {}, the model's vocabulary is {}",
                highest - 1,
                model.vocabulary
            );
            return Err(LlmError::file(path, problem));
        }
        if let Some(end) = model.eos.filter(|&e| e as usize >= model.vocabulary) {
            let problem = format!("eos_token_id is {end}, the vocabulary is {}", model.vocabulary);
            return Err(LlmError::file(path.with_file_name("config.json"), problem));
        }
        Ok(Self { inner, end: model.eos, name: path.display().to_string() })
    }

    /// Prompt and completion as the model would read them, as one text, and the end of sequence. A token that reaches over the
    /// boundary counts as said, since predicting it predicts part of the completion.
    pub fn encode(&self, prompt: &str, completion: &str) -> Result<Encoded, LlmError> {
        let text = format!("{prompt}{completion}");
        let encoding =
            self.inner.encode(text, true).map_err(|e| LlmError::file(&self.name, format!("cannot tokenize: {e}")))?;
        let mut tokens = encoding.get_ids().to_vec();
        // special tokens at the front have empty offsets
        let offsets = encoding.get_offsets();
        let given = offsets.iter().position(|&(from, to)| to > prompt.len() && to > from).unwrap_or(tokens.len());
        tokens.extend(self.end);
        Ok(Encoded { tokens, given: if prompt.is_empty() { 0 } else { given } })
    }

    /// Tokens as text.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, LlmError> {
        self.inner.decode(tokens, true).map_err(|e| LlmError::file(&self.name, format!("cannot decode: {e}")))
    }

    /// The token that ends a sequence.
    pub fn end(&self) -> Option<u32> {
        self.end
    }
}
