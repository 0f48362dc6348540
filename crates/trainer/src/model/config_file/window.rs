//! Sliding windows of attention in `config.json`.

use serde::Deserialize;

use super::{present, size};
use crate::model::{Family, Window};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct WindowFile {
    use_sliding_window: Option<bool>,
    /// Null: none. Absent: the family's default.
    #[serde(deserialize_with = "present")]
    sliding_window: Option<Option<usize>>,
    layer_types: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    sliding_window_pattern: Option<usize>,
}

impl WindowFile {
    /// The width of a window of all layers, which bounds the length of texts.
    pub(super) fn everywhere(&self, family: &Family) -> Result<Option<usize>, String> {
        let window = match family.window {
            Window::Never | Window::Layers { .. } => return Ok(None),
            Window::IfGiven => self.sliding_window.flatten(),
            Window::Default(width) => self.sliding_window.unwrap_or(Some(width)),
            Window::IfUsed(width) => {
                let sliding = self.layer_types.iter().flatten().any(|t| t == "sliding_attention");
                let on = self.use_sliding_window == Some(true);
                if sliding && !on {
                    return Err("`layer_types` has `sliding_attention`, but `use_sliding_window` is not true".into());
                }
                on.then(|| self.sliding_window.unwrap_or(width)).flatten()
            }
        };
        window.map(|width| size("sliding_window", Some(width))).transpose()
    }

    /// The windows of single layers.
    pub(super) fn by_layer(&self, layers: usize, family: &Family) -> Result<Vec<Option<usize>>, String> {
        if let Some(types) = self.layer_types.as_ref().filter(|types| types.len() != layers) {
            let count = types.len();
            return Err(format!("`layer_types` has {count} entries, expected one for each of {layers} layers"));
        }
        if matches!(family.window, Window::IfUsed(_)) {
            self.layer_types.iter().flatten().try_for_each(|kind| is_sliding(kind).map(drop))?;
        }
        let Window::Layers { width, full, pattern } = family.window else { return Ok(vec![None; layers]) };
        let every = if pattern { self.sliding_window_pattern.unwrap_or(full) } else { full };
        let every = size("sliding_window_pattern", Some(every))?;
        let sliding = match &self.layer_types {
            None => (1..=layers).map(|layer| !layer.is_multiple_of(every)).collect(),
            Some(types) => types.iter().map(|kind| is_sliding(kind)).collect::<Result<Vec<_>, _>>()?,
        };
        let width = match self.sliding_window {
            Some(None) if sliding.contains(&true) => {
                return Err("`sliding_window` is null, but some layers have one".into());
            }
            given => size("sliding_window", Some(given.flatten().unwrap_or(width)))?,
        };
        Ok(sliding.into_iter().map(|sliding| sliding.then_some(width)).collect())
    }
}

fn is_sliding(kind: &str) -> Result<bool, String> {
    match kind {
        "sliding_attention" => Ok(true),
        "full_attention" => Ok(false),
        other => Err(format!("`layer_types` has `{other}`, expected full_attention or sliding_attention")),
    }
}
