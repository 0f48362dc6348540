mod added;
mod beside;
mod class;
mod end;

use std::path::Path;

use serde_json::Value;
use tokenizers::Tokenizer;

use self::beside::Beside;
use super::Example;
use super::chat::ChatTemplate;
use crate::caught::caught;
use crate::error::LlmError;
use crate::model::ModelConfig;

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub struct TextTokenizer {
    inner: Tokenizer,
    /// Last token of a text, or why it is not known, which matters only to those who have texts.
    end: Result<Option<u32>, String>,
    /// First token of a conversation whose template writes it.
    bos: Option<u32>,
    chat: Option<ChatTemplate>,
    /// Special tokens that the files beside `tokenizer.json` add to it: a text that has one would be split here.
    lacking: Vec<String>,
    vocabulary: usize,
    name: String,
    notes: Vec<String>,
}

/// A tokenised prompt and completion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// Special tokens that begin every text.
    pub(crate) begin: Vec<u32>,
    pub(crate) prompt: Vec<u32>,
    /// The completion with the end token.
    pub(crate) completion: Vec<u32>,
}

/// How to make a `tokenizer.json`.
const CONVERT: &str = "write it with: python -c \"import sys; from transformers import AutoTokenizer as T; \
     T.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])\" FOLDER";

impl TextTokenizer {
    /// Reads `tokenizer.json` of a Hugging Face folder, and what the files beside it say about the first and last token of a text.
    ///
    /// An error says that a file is unreadable or belongs to another model, or that the end token cannot be told.
    pub fn load(folder: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        let path = folder.join("tokenizer.json");
        if !path.exists() && folder.join("tokenizer.model").exists() {
            return Err(LlmError::file(folder, format!("no tokenizer.json; tokenizer.model is not read, {CONVERT}")));
        }
        let bytes = std::fs::read(&path).map_err(|e| LlmError::io(&path, e))?;
        Self::new(&bytes, &path, model, Beside::read(folder)?)
    }

    /// Parses the bytes of a `tokenizer.json`; `path` is for error messages. The end token is the model's.
    pub fn from_bytes(bytes: &[u8], path: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        Self::new(bytes, path, model, Beside::default())
    }

    fn new(bytes: &[u8], path: &Path, model: &ModelConfig, mut beside: Beside) -> Result<Self, LlmError> {
        let unusable = |e: String| LlmError::file(path, format!("not a tokenizer of the `tokenizers` library: {e}"));
        let mut json: Value = serde_json::from_slice(bytes).map_err(|e| unusable(e.to_string()))?;
        check_lengths(&json).map_err(unusable)?;
        keep_white_space(&mut json);
        let wrong = |problem: String| LlmError::file(path.with_file_name("tokenizer_config.json"), problem);
        let byte_level = bytes.windows(BYTE_LEVEL.len()).any(|word| word == BYTE_LEVEL);
        beside.find_class(model, byte_level).map_err(wrong)?;
        let mut notes = vec![];
        if let Some(class) = beside.class
            && class.build(&mut json, &beside.tokenizer, beside.token("unk_token")).map_err(wrong)?
        {
            notes.push(Beside::differs(class, model.family.tokenizer));
        }
        let of_file = json["added_tokens"].clone();
        added::complete(&mut json, &beside);
        let mut inner = read(json, path)?;
        check_ids(&of_file, &inner).map_err(|problem| LlmError::file(path, problem))?;
        beside.check_added(&inner).map_err(wrong)?;
        let end = beside.end(&inner, model, &mut notes);
        check_vocabulary(&inner, &end, model.vocabulary, path)?;
        inner.set_encode_special_tokens(beside.tokenizer["split_special_tokens"] == true);
        let bos = beside.bos(&inner).map_err(wrong)?;
        let chat = beside.chat().map_err(wrong)?;
        let lacking = beside.lacking(&inner);
        let name = path.display().to_string();
        Ok(Self { inner, end, bos, chat, lacking, vocabulary: model.vocabulary, name, notes })
    }

    /// What a reader should know about how the files were read, one sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Tokenises prompt and completion as one text. A token that spans the boundary belongs to the completion, since predicting it
    /// predicts part of the completion. First and last token are there once, also where the text has them itself. The text of a
    /// conversation is what the model's template makes of it, to which nothing is added.
    pub(crate) fn encode(&self, example: &Example) -> Result<Pieces, LlmError> {
        if example.messages.is_empty() {
            let mut pieces = self.tokenise(&example.prompt, &example.completion, true)?;
            let end = self.end.clone().map_err(|problem| {
                LlmError::file(Path::new(&self.name).with_file_name("tokenizer_config.json"), problem)
            })?;
            pieces.end_once(end);
            pieces.begin_once();
            return Ok(pieces);
        }
        let failed = |problem: String| LlmError::file(&self.name, problem);
        let template = self.chat.as_ref().ok_or_else(|| {
            failed("the data has conversations, but tokenizer_config.json has no `chat_template`, nor is there a chat_template.jinja".into())
        })?;
        let (prompt, answer) = template.split(&example.messages, &example.completion).map_err(failed)?;
        let mut pieces = self.tokenise(&prompt, &answer, false)?;
        if self.bos.is_some() && pieces.prompt.first() == self.bos.as_ref() {
            pieces.begin = vec![pieces.prompt.remove(0)];
        }
        Ok(pieces)
    }

    fn tokenise(&self, prompt: &str, completion: &str, add_special: bool) -> Result<Pieces, LlmError> {
        let failed = |problem: String| LlmError::file(&self.name, problem);
        let text = format!("{prompt}{completion}");
        if let Some(token) = self.lacking.iter().find(|token| text.contains(token.as_str())) {
            return Err(failed(format!("a text has the special token `{token}`, which the file lacks; {CONVERT}")));
        }
        let encoding = caught(|| self.inner.encode(text, add_special)).map_err(|e| failed(panicked(&e)))?;
        let encoding = encoding.map_err(|e| failed(format!("cannot tokenize: {e}")))?;
        let special = encoding.get_special_tokens_mask();
        let first = special.iter().position(|&s| s == 0).unwrap_or(special.len());
        let of_completion = |i: &usize| {
            let (from, to) = encoding.get_offsets()[*i];
            special[*i] == 1 || to > prompt.len() || from >= prompt.len()
        };
        let tokens = encoding.get_ids();
        if let Some(&token) = tokens.iter().find(|&&t| t as usize >= self.vocabulary) {
            let name = self.inner.id_to_token(token).unwrap_or_default();
            let vocabulary = self.vocabulary;
            return Err(failed(format!("a text has token {token}, `{name}`, but the model has {vocabulary} tokens")));
        }
        let boundary = || (first..tokens.len()).find(of_completion).unwrap_or(tokens.len());
        let given = if prompt.is_empty() { first } else { boundary() };
        let begin = tokens[..first].to_vec();
        Ok(Pieces { prompt: tokens[first..given].to_vec(), completion: tokens[given..].to_vec(), begin })
    }
}

impl Pieces {
    fn end_once(&mut self, end: Option<u32>) {
        if self.completion.last() != end.as_ref() {
            self.completion.extend(end);
        }
    }

    fn begin_once(&mut self) {
        let text = if self.prompt.is_empty() { &mut self.completion } else { &mut self.prompt };
        if !self.begin.is_empty() && text.starts_with(&self.begin) {
            text.drain(..self.begin.len());
        }
    }
}

/// How a file names the byte-level components.
const BYTE_LEVEL: &[u8] = b"\"ByteLevel\"";

/// Makes the tokenizer of a `tokenizer.json`, without the state that is left in it.
fn read(json: Value, path: &Path) -> Result<Tokenizer, LlmError> {
    let unusable = |e: String| LlmError::file(path, format!("not a tokenizer of the `tokenizers` library: {e}"));
    if json["model"]["dropout"].as_f64().is_some_and(|dropout| dropout > 0.0) {
        return Err(unusable("`dropout` is set: tokens drawn at random are not supported".into()));
    }
    let inner = caught(|| serde_json::from_value(json)).map_err(|e| unusable(panicked(&e)))?;
    let mut inner: Tokenizer = inner.map_err(|e: serde_json::Error| unusable(e.to_string()))?;
    // left behind by a program that tokenised in batches; transformers resets them too
    inner.with_padding(None);
    inner.with_truncation(None).map_err(|e| unusable(e.to_string()))?;
    Ok(inner)
}

/// Added tokens may lie beyond the vocabulary, as long as no text has them; others and the end token may not.
fn check_vocabulary(
    inner: &Tokenizer,
    end: &Result<Option<u32>, String>,
    vocabulary: usize,
    path: &Path,
) -> Result<(), LlmError> {
    let highest = inner.get_vocab(false).into_values().max().unwrap_or(0) as usize;
    if highest >= vocabulary {
        let problem = format!(
            "does not match the model: it has tokens up to {highest}, but the vocabulary of the model is {vocabulary}"
        );
        return Err(LlmError::file(path, problem));
    }
    match end {
        Ok(Some(end)) if *end as usize >= vocabulary => {
            let problem = format!("the end token is {end}, outside the model's vocabulary of {vocabulary} tokens");
            Err(LlmError::file(path.with_file_name("config.json"), problem))
        }
        _ => Ok(()),
    }
}

/// What is wrong with a file on which the library panics: it checks little of what a file says.
fn panicked(message: &str) -> String {
    format!("the `tokenizers` library panicked ({message}): the file contradicts itself, or is damaged; {CONVERT}")
}

/// Lets offsets cover white space, so that a completion's leading white space is told from the prompt. The tokens stay the same.
fn keep_white_space(json: &mut Value) {
    match json {
        Value::Object(members) => {
            if let Some(trim) = members.get_mut("trim_offsets") {
                *trim = false.into();
            }
            // the vocabulary is large and has no offsets
            members.iter_mut().filter(|(name, _)| *name != "model").for_each(|(_, value)| keep_white_space(value));
        }
        Value::Array(all) => all.iter_mut().for_each(keep_white_space),
        _ => {}
    }
}

/// Longest token in bytes, where the library makes of the vocabulary a tree with a node for every byte. It takes the tree down by
/// recursion, and a token of some 100,000 bytes overflows the stack, which cannot be caught.
const LONGEST_TOKEN: usize = 4096;

/// Only a Unigram model has its vocabulary as a list.
fn check_lengths(json: &Value) -> Result<(), String> {
    let tokens = json["model"]["vocab"].as_array().into_iter().flatten().map(|token| token[0].as_str());
    let lengths = tokens.map(|token| token.map_or(0, str::len));
    match lengths.enumerate().find(|(_, length)| *length > LONGEST_TOKEN) {
        Some((id, length)) => {
            Err(format!("token {id} of `vocab` has {length} bytes, expected at most {LONGEST_TOKEN}"))
        }
        None => Ok(()),
    }
}

/// The library numbers added tokens anew where the file leaves a gap; the model was trained with the file's numbers.
fn check_ids(added: &Value, inner: &Tokenizer) -> Result<(), String> {
    for token in added.as_array().into_iter().flatten() {
        let (Some(id), Some(content)) = (token["id"].as_u64(), token["content"].as_str()) else { continue };
        let found = inner.token_to_id(content);
        if found.map(u64::from) != Some(id) {
            let found = found.map_or("no id".into(), |found| found.to_string());
            return Err(format!(
                "added token `{content}` has id {id}, but the library gives it {found}: ids must leave no gap"
            ));
        }
    }
    Ok(())
}
