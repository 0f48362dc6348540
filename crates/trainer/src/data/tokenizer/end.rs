//! The token that ends a text.

use serde_json::Value;
use tokenizers::Tokenizer;

use super::beside::Beside;
use crate::model::ModelConfig;

impl Beside {
    /// The tokenizer's `eos_token`; without one, the only end that the model's files name.
    pub(super) fn end(
        &self,
        inner: &Tokenizer,
        model: &ModelConfig,
        notes: &mut Vec<String>,
    ) -> Result<Option<u32>, String> {
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
