use std::path::Path;

use serde_json::{Value, json};
use tokenizers::Tokenizer;

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

/// The files beside `tokenizer.json` that say what begins and ends a text.
#[derive(Debug, Default)]
struct Beside {
    /// `tokenizer_config.json`.
    tokenizer: Value,
    /// `special_tokens_map.json`.
    special: Value,
    /// `generation_config.json`.
    generation: Value,
    /// `chat_template.jinja`.
    template: Option<String>,
}

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
        let json = |name: &str| {
            let path = folder.join(name);
            if !path.exists() {
                return Ok(Value::Null);
            }
            let text = std::fs::read_to_string(&path).map_err(|e| LlmError::io(&path, e))?;
            serde_json::from_str(&text).map_err(|e| LlmError::Line {
                path: path.clone(),
                line: e.line(),
                problem: e.to_string(),
            })
        };
        let beside = Beside {
            tokenizer: json("tokenizer_config.json")?,
            special: json("special_tokens_map.json")?,
            generation: json("generation_config.json")?,
            template: std::fs::read_to_string(folder.join("chat_template.jinja")).ok(),
        };
        Self::new(&bytes, &path, model, &beside)
    }

    /// Parses the bytes of a `tokenizer.json`; `path` is for error messages. The end token is the model's.
    pub fn from_bytes(bytes: &[u8], path: &Path, model: &ModelConfig) -> Result<Self, LlmError> {
        Self::new(bytes, path, model, &Beside::default())
    }

    fn new(bytes: &[u8], path: &Path, model: &ModelConfig, beside: &Beside) -> Result<Self, LlmError> {
        let unusable = |e: String| LlmError::file(path, format!("not a tokenizer of the `tokenizers` library: {e}"));
        let mut json: Value = serde_json::from_slice(bytes).map_err(|e| unusable(e.to_string()))?;
        check_lengths(&json).map_err(unusable)?;
        keep_white_space(&mut json);
        let added = json["added_tokens"].clone();
        let pipeline = json!({"normalizer": json["normalizer"], "pre_tokenizer": json["pre_tokenizer"]});
        let inner = caught(|| serde_json::from_value(json)).map_err(|e| unusable(panicked(&e)))?;
        let mut inner: Tokenizer = inner.map_err(|e| unusable(e.to_string()))?;
        check_ids(&added, &inner).map_err(|problem| LlmError::file(path, problem))?;
        // left behind by a program that tokenised in batches; transformers resets them too
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|e| unusable(e.to_string()))?;
        inner.set_encode_special_tokens(beside.tokenizer["split_special_tokens"] == true);
        let wrong = |problem: String| LlmError::file(path.with_file_name("tokenizer_config.json"), problem);
        beside.check_added(&inner).map_err(wrong)?;
        let mut notes: Vec<String> = beside.own_pipeline(&pipeline, model).into_iter().collect();
        let end = beside.end(&inner, model, &mut notes);
        let vocabulary = model.vocabulary;
        // added tokens may lie beyond the vocabulary, as long as no text has them
        let highest = inner.get_vocab(false).into_values().max().unwrap_or(0) as usize;
        if highest >= vocabulary {
            let problem = format!(
                "does not match the model: it has tokens up to {highest}, but the vocabulary of the model is {vocabulary}"
            );
            return Err(LlmError::file(path, problem));
        }
        if let Ok(Some(end)) = &end
            && *end as usize >= vocabulary
        {
            let problem = format!("the end token is {end}, outside the model's vocabulary of {vocabulary} tokens");
            return Err(LlmError::file(path.with_file_name("config.json"), problem));
        }
        let bos = beside.id("bos_token", &inner).map_err(wrong)?;
        let chat = beside.chat().map_err(wrong)?;
        let lacking = beside.lacking(&inner);
        Ok(Self { inner, end, bos, chat, lacking, vocabulary, name: path.display().to_string(), notes })
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

impl Beside {
    /// The special token of this kind, as a text: a string, or an object with `content`. As in transformers, `special_tokens_map.json`
    /// wins, unless `tokenizer_config.json` has `added_tokens_decoder`.
    fn token(&self, name: &str) -> Option<&str> {
        let own = self.tokenizer.get("added_tokens_decoder").is_some();
        let files = if own { &[&self.tokenizer][..] } else { &[&self.special, &self.tokenizer] };
        files.iter().find_map(|file| file[name].as_str().or_else(|| file[name]["content"].as_str()))
    }

    fn id(&self, name: &str, inner: &Tokenizer) -> Result<Option<u32>, String> {
        let Some(text) = self.token(name) else { return Ok(None) };
        let unknown = || format!("`{name}` is `{text}`, which tokenizer.json does not have");
        inner.token_to_id(text).map(Some).ok_or_else(unknown)
    }

    /// The chat template: of its own file, or of `tokenizer_config.json`, where one of several is called `default`.
    fn chat(&self) -> Result<Option<ChatTemplate>, String> {
        let member = &self.tokenizer["chat_template"];
        let default = || {
            let all = member.as_array()?;
            all.iter().find(|t| t["name"] == "default")?["template"].as_str()
        };
        let source = self.template.as_deref().or(member.as_str()).or_else(default);
        let names = ["bos_token", "eos_token", "unk_token", "pad_token"];
        let tokens: serde_json::Map<String, Value> =
            names.iter().filter_map(|name| Some(((*name).to_owned(), self.token(name)?.into()))).collect();
        source.map(|source| ChatTemplate::new(source, Value::Object(tokens))).transpose()
    }

    /// Tokens that only `tokenizer_config.json` knows would be split into others.
    fn check_added(&self, inner: &Tokenizer) -> Result<(), String> {
        let added = self.tokenizer["added_tokens_decoder"].as_object().into_iter().flatten();
        for (id, content) in added.filter_map(|(id, token)| Some((id, token["content"].as_str()?))) {
            let here = inner.token_to_id(content);
            if here.map(|h| h.to_string()).as_deref() != Some(id) {
                let found = here.map_or("lacks it".to_owned(), |h| format!("has it as {h}"));
                return Err(format!(
                    "`added_tokens_decoder` has `{content}` as {id}, but tokenizer.json {found}; {CONVERT}"
                ));
            }
        }
        Ok(())
    }

    /// Special tokens named in `tokenizer_config.json` that `tokenizer.json` does not have; transformers adds them.
    fn lacking(&self, inner: &Tokenizer) -> Vec<String> {
        let text = |value: &Value| value.as_str().or_else(|| value["content"].as_str()).map(str::to_owned);
        let members = self.tokenizer.as_object().into_iter().flatten();
        let named = members.filter(|(name, _)| name.ends_with("_token") || name.ends_with("_special_tokens"));
        let values = named.flat_map(|(_, value)| match value {
            Value::Array(all) => all.iter().filter_map(text).collect::<Vec<_>>(),
            Value::Object(all) if !all.contains_key("content") => all.values().filter_map(text).collect(),
            one => text(one).into_iter().collect(),
        });
        values.filter(|token| !token.is_empty() && inner.token_to_id(token).is_none()).collect()
    }

    /// A note if transformers 5 replaces the file's normalizer and pre-tokenizer by those of the tokenizer's class, and they differ.
    fn own_pipeline(&self, pipeline: &Value, model: &ModelConfig) -> Option<String> {
        const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
        let named = self.tokenizer["tokenizer_class"].as_str().unwrap_or_default().trim_end_matches("Fast");
        let class = if model.family.model_type == "qwen2" { "Qwen2Tokenizer" } else { named };
        let (normalizer, pre) = (&pipeline["normalizer"], &pipeline["pre_tokenizer"]);
        let byte_level = |step: &Value, regex: bool| {
            step["type"] == "ByteLevel" && step["use_regex"] == regex && step["add_prefix_space"] == false
        };
        let same = match class {
            "Qwen2Tokenizer" => {
                let [split, bytes] = [0, 1].map(|i| &pre["pretokenizers"][i]);
                let is_split = split["pattern"]["Regex"] == QWEN2 && split["behavior"] == "Isolated";
                normalizer["type"] == "NFC" && is_split && byte_level(bytes, false)
            }
            "GPT2Tokenizer" => normalizer.is_null() && byte_level(pre, true),
            _ => true,
        };
        (!same).then(|| {
            format!("texts are tokenised as tokenizer.json says; transformers 5 uses the normalizer and pre-tokenizer of its {class}, which differ")
        })
    }

    /// The tokenizer's `eos_token`; without one, the only end that the model's files name.
    fn end(&self, inner: &Tokenizer, model: &ModelConfig, notes: &mut Vec<String>) -> Result<Option<u32>, String> {
        let generation = ids(&self.generation["eos_token_id"]);
        let of_model = model.eos.clone().unwrap_or_default();
        let others = [("generation_config.json", &generation), ("config.json", &of_model)];
        if let Some(end) = self.id("eos_token", inner)? {
            let name = self.token("eos_token").unwrap_or_default();
            for (file, ids) in others.into_iter().filter(|(_, ids)| !ids.is_empty() && !ids.contains(&end)) {
                notes.push(format!(
                    "texts end with the tokenizer's `eos_token`, `{name}` ({end}); {file} says {}",
                    list(ids)
                ));
            }
            return Ok(Some(end));
        }
        let mut known: Vec<u32> = others.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        known.sort_unstable();
        known.dedup();
        match known[..] {
            [] if model.eos.is_some() || !self.generation["eos_token_id"].is_null() => {
                notes.push("`eos_token_id` is null: texts are trained without an end token".into());
                Ok(None)
            }
            [] => Err("no file names the token that ends a text; add it as `eos_token`, or write `\"eos_token_id\": null` in \
                       config.json to train without one"
                .into()),
            [only] => Ok(Some(only)),
            _ => Err(format!(
                "no `eos_token`, and `eos_token_id` of the model has several values ({}); add the token that ends a text as `eos_token`",
                list(&known)
            )),
        }
    }
}

/// The numbers of `eos_token_id`: one, several or none.
fn ids(value: &Value) -> Vec<u32> {
    let id = |v: &Value| v.as_u64().and_then(|v| u32::try_from(v).ok());
    match value {
        Value::Array(all) => all.iter().filter_map(id).collect(),
        one => id(one).into_iter().collect(),
    }
}

fn list(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}
