use std::path::Path;

use tokenizers::Tokenizer;

use super::Encoded;
use crate::error::LlmError;
use crate::model::ModelConfig;

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub struct TextTokenizer {
    inner: Tokenizer,
    end: Option<u32>,
    name: String,
}

impl TextTokenizer {
    /// Reads `tokenizer.json` of a Hugging Face folder. An error says that it is unreadable or belongs to another model.
    pub fn load(folder: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        let path = folder.join("tokenizer.json");
        let bytes = std::fs::read(&path).map_err(|e| LlmError::io(&path, e))?;
        Self::from_bytes(&bytes, &path, model)
    }

    /// Parses the bytes of a `tokenizer.json`; `path` is for error messages.
    pub fn from_bytes(bytes: &[u8], path: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        let inner = Tokenizer::from_bytes(bytes)
            .map_err(|e| LlmError::file(path, format!("not a tokenizer of the `tokenizers` library: {e}")))?;
        let highest = inner.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1);
        if highest > model.vocabulary {
            let problem = format!(
                "does not match the model: it has tokens up to {}, but the vocabulary of the model is {}",
                highest - 1,
                model.vocabulary
            );
            return Err(LlmError::file(path, problem));
        }
        if let Some(end) = model.eos.filter(|&e| e as usize >= model.vocabulary) {
            let problem = format!("eos_token_id is {end}, outside the vocabulary of {} tokens", model.vocabulary);
            return Err(LlmError::file(path.with_file_name("config.json"), problem));
        }
        Ok(Self { inner, end: model.eos, name: path.display().to_string() })
    }

    /// Tokenises prompt and completion as one text and adds the end of sequence. A token that spans the boundary belongs to the
    /// completion, since predicting it predicts part of the completion.
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
}
