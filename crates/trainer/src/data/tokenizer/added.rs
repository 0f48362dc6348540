//! Added tokens, which transformers takes from `tokenizer.json`, from the files beside it and from the class.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::beside::Beside;
use super::class::Class;

/// Puts the added tokens that transformers ends up with into the `added_tokens` of a `tokenizer.json`, in the order of their ids.
///
/// Those of `added_tokens_decoder` replace the file's of the same text. A special token that the vocabulary has becomes one of them; one
/// that the vocabulary lacks is left to [`Beside::lacking`].
pub(super) fn complete(file: &mut Value, beside: &Beside) {
    let class = beside.class;
    let of_file: Vec<Value> = file["added_tokens"].as_array().cloned().unwrap_or_default();
    let decoder = beside.added_tokens_decoder();
    let mut all = Added::default();
    // a class of its own knows only what it is given
    if class.is_none() || decoder.is_none() {
        of_file.iter().for_each(|token| all.put(token.clone()));
    }
    decoder.into_iter().flatten().for_each(|token| all.put(token));
    for token in beside.special_tokens() {
        let Some(content) = token["content"].as_str() else { continue };
        let known = all.0.get(content).map(|known| known["id"].clone());
        let here = known.clone().or_else(|| id_in(&file["model"]["vocab"], content));
        if let Some(id) = here.filter(|_| known.is_none() || class == Some(Class::Qwen2)) {
            // Qwen2's constructor adds all of them again, as plain special tokens
            let flags = if class == Some(Class::Qwen2) { special(content) } else { token };
            all.put(with_id(flags, id));
        }
    }
    let mut tokens: Vec<Value> = all.0.into_values().collect();
    tokens.sort_by_key(|token| token["id"].as_u64());
    if let Some(members) = file.as_object_mut() {
        members.insert("added_tokens".into(), tokens.into());
    }
}

/// The id of a token in a vocabulary: an object, or the list of a Unigram model.
fn id_in(vocabulary: &Value, content: &str) -> Option<Value> {
    let listed = || vocabulary.as_array()?.iter().position(|token| token[0] == content).map(Value::from);
    vocabulary.get(content).cloned().or_else(listed)
}

/// Added tokens by their text.
#[derive(Default)]
struct Added(BTreeMap<String, Value>);

impl Added {
    fn put(&mut self, token: Value) {
        let content = token["content"].as_str().unwrap_or_default().to_owned();
        self.0.insert(content, token);
    }
}

/// A special token without flags.
pub(super) fn special(content: &str) -> Value {
    token(&json!({"content": content, "special": true}))
}

/// A token with the defaults of `AddedToken`.
pub(super) fn token(value: &Value) -> Value {
    let is_special = value["special"] == true;
    let flag = |name: &str, default: bool| value[name].as_bool().unwrap_or(default);
    json!({
        "content": value["content"], "single_word": flag("single_word", false), "lstrip": flag("lstrip", false),
        "rstrip": flag("rstrip", false), "normalized": flag("normalized", !is_special), "special": is_special,
    })
}

pub(super) fn with_id(token: Value, id: Value) -> Value {
    let mut members: Map<String, Value> = token.as_object().cloned().unwrap_or_default();
    members.insert("id".into(), id);
    members.into()
}
