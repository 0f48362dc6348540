//! The files beside `tokenizer.json`.

use std::path::Path;

use serde_json::Value;
use tokenizers::Tokenizer;

use super::CONVERT;
use super::added::{special, token, with_id};
use super::class::Class;
use crate::data::chat::ChatTemplate;
use crate::error::LlmError;
use crate::model::{ModelConfig, TokenizerClass};

/// What the files beside `tokenizer.json` say about its tokens.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// `tokenizer_config.json`.
    pub(super) tokenizer: Value,
    /// `special_tokens_map.json`.
    special: Value,
    /// `added_tokens.json`.
    added: Value,
    /// `generation_config.json`.
    pub(super) generation: Value,
    /// `config.json`.
    model: Value,
    /// `chat_template.jinja`.
    template: Option<String>,
    /// The class that builds the tokenizer, unless the file alone does.
    pub(super) class: Option<Class>,
}

/// Special tokens with a name of their own.
const NAMED: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

impl Beside {
    /// Reads the files of a Hugging Face folder; those that are absent are null.
    pub(super) fn read(folder: &Path) -> Result<Self, LlmError> {
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
        Ok(Self {
            tokenizer: json("tokenizer_config.json")?,
            special: json("special_tokens_map.json")?,
            added: json("added_tokens.json")?,
            generation: json("generation_config.json")?,
            model: json("config.json")?,
            template: std::fs::read_to_string(folder.join("chat_template.jinja")).ok(),
            class: None,
        })
    }

    /// Finds the class that builds the tokenizer. An error names a key that asks for what is not supported.
    pub(super) fn find_class(&mut self, model: &ModelConfig, byte_level: bool) -> Result<(), String> {
        for key in ["auto_map", "fast_tokenizer_files", "fix_mistral_regex"] {
            let value = &self.tokenizer[key];
            let code = key != "auto_map" || value.is_array() || !value["AutoTokenizer"].is_null();
            if !value.is_null() && *value != false && code {
                return Err(format!("`{key}` is set: a tokenizer other than tokenizer.json is not supported"));
            }
        }
        let added = &self.tokenizer["added_tokens_decoder"];
        if self.tokenizer.get("added_tokens_decoder").is_some() && !added.is_object() {
            return Err(format!("`added_tokens_decoder` is {added}, expected an object"));
        }
        if self.tokenizer["tokenizer_class"] == "" {
            return Err("`tokenizer_class` is empty, expected a name".into());
        }
        let split = self.tokenizer.get("split_special_tokens");
        if let Some(other) = split.filter(|split| !split.is_boolean()) {
            return Err(format!("`split_special_tokens` is {other}, expected true or false"));
        }
        let mut named = [&self.tokenizer, &self.model].into_iter().filter_map(|file| file["tokenizer_class"].as_str());
        self.class = Class::of(model.family.tokenizer, named.next(), byte_level)?;
        Ok(())
    }

    /// What the note says about a class whose tokenizer differs from the file.
    pub(super) fn differs(class: Class, family: TokenizerClass) -> String {
        let keep = match family {
            TokenizerClass::Always(_) => "",
            _ => "; `\"tokenizer_class\": \"PreTrainedTokenizerFast\"` in tokenizer_config.json keeps the file's",
        };
        let name = class.name();
        format!(
            "texts are tokenised as by {name} of transformers 5, whose normalizer and pre-tokenizer replace those of tokenizer.json{keep}"
        )
    }

    /// The member of this name: as in transformers, `special_tokens_map.json` wins, unless `tokenizer_config.json` has
    /// `added_tokens_decoder`.
    fn member(&self, name: &str) -> Option<&Value> {
        let own = self.tokenizer.get("added_tokens_decoder").is_some();
        let special = if own { None } else { self.special.get(name) };
        special.or_else(|| self.tokenizer.get(name))
    }

    /// The special token of this kind, as a text: a string, or an object with `content`; the class's own where no file has the key.
    pub(super) fn token(&self, name: &str) -> Option<&str> {
        match self.member(name) {
            Some(value) => text(value),
            None => self.class?.default_token(name),
        }
    }

    /// The number of a special token. An error says that a file names one which the tokenizer lacks.
    pub(super) fn id(&self, name: &str, inner: &Tokenizer) -> Result<Option<u32>, String> {
        let Some(text) = self.token(name) else { return Ok(None) };
        let whose = match (self.class, self.member(name)) {
            (Some(class), None) => format!(" in {}", class.name()),
            _ => String::new(),
        };
        let unknown = || format!("`{name}` is `{text}`{whose}, which tokenizer.json does not have");
        inner.token_to_id(text).map(Some).ok_or_else(unknown)
    }

    /// The first token of a conversation whose template writes it. A class's own that the tokenizer lacks is in no text.
    pub(super) fn bos(&self, inner: &Tokenizer) -> Result<Option<u32>, String> {
        let found = self.id("bos_token", inner);
        if self.member("bos_token").is_none() { Ok(found.unwrap_or(None)) } else { found }
    }

    /// The chat template: of its own file, or of `tokenizer_config.json`, where one of several is called `default`.
    pub(super) fn chat(&self) -> Result<Option<ChatTemplate>, String> {
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

    /// The tokens of `added_tokens_decoder` with all flags, in the order of their ids; `None` without this key.
    pub(super) fn added_tokens_decoder(&self) -> Option<Vec<Value>> {
        let added = self.tokenizer.get("added_tokens_decoder")?.as_object()?;
        let numbered = |(id, value): (&String, &Value)| Some(with_id(token(value), id.parse::<u32>().ok()?.into()));
        let mut all: Vec<Value> = added.iter().filter_map(numbered).collect();
        all.sort_by_key(|token| token["id"].as_u64());
        Some(all)
    }

    /// Special tokens that the files or the class name, with all flags.
    pub(super) fn special_tokens(&self) -> Vec<Value> {
        let extra = ["extra_special_tokens", "additional_special_tokens"].map(|name| self.member(name));
        let extra = extra.into_iter().flatten().find(|value| !is_empty(value));
        let extra: Vec<&Value> = match extra {
            Some(Value::Array(all)) => all.iter().collect(),
            Some(Value::Object(all)) => all.values().collect(),
            _ => vec![],
        };
        let members = [&self.special, &self.tokenizer].into_iter().filter_map(Value::as_object).flatten();
        let others = members.filter(|(name, _)| name.ends_with("_token") && !NAMED.contains(&name.as_str()));
        let with_flags = |value: &Value| {
            let content = text(value).filter(|content| !content.is_empty())?;
            if value.is_string() {
                return Some(special(content));
            }
            let mut token = token(value);
            token["special"] = true.into();
            Some(token)
        };
        let of_class = |name: &&str| Some(special(self.class?.default_token(name)?));
        let named = NAMED.iter().filter_map(|name| self.member(name).map_or_else(|| of_class(name), with_flags));
        named.chain(extra.into_iter().chain(others.map(|(_, value)| value)).filter_map(with_flags)).collect()
    }

    /// Tokens that only the files beside know would be split into others.
    pub(super) fn check_added(&self, inner: &Tokenizer) -> Result<(), String> {
        let id = |content: &str| inner.token_to_id(content).map(|id| id.to_string());
        let decoder = self.tokenizer["added_tokens_decoder"].as_object().into_iter().flatten();
        let decoder = decoder.filter_map(|(id, token)| Some((id.clone(), token["content"].as_str()?)));
        let old = self.added.as_object().filter(|_| self.tokenizer.get("added_tokens_decoder").is_none());
        let old = old.into_iter().flatten().map(|(content, id)| (id.to_string(), content.as_str()));
        let named =
            decoder.map(|token| ("added_tokens_decoder", token)).chain(old.map(|token| ("added_tokens.json", token)));
        for (file, (expected, content)) in named {
            let here = id(content);
            if here.as_ref() != Some(&expected) {
                let found = here.map_or("tokenizer.json lacks it".to_owned(), |h| format!("the library gives it {h}"));
                return Err(format!("`{file}` has `{content}` as {expected}, but {found}; {CONVERT}"));
            }
        }
        Ok(())
    }

    /// Special tokens that `tokenizer.json` does not have; transformers adds them.
    pub(super) fn lacking(&self, inner: &Tokenizer) -> Vec<String> {
        let all = self.special_tokens();
        let contents = all.iter().filter_map(|token| token["content"].as_str());
        contents.filter(|content| inner.token_to_id(content).is_none()).map(str::to_owned).collect()
    }
}

/// A token's text: a string, or the `content` of an object.
fn text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["content"].as_str())
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(serde_json::Map::is_empty)
}
