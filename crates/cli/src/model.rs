//! What the study file says about the model: `[model]`.

use std::path::Path;

use jobs_core::{Domain, RecordValue, Role, SearchSpace};
use serde_json::Value;

use crate::study_file::{Complaints, StudyFile, TrainerKind};

/// Decoder layers of the model that the built-in emulators emulate, Llama-3-8B.
const EMULATED_LAYERS: u32 = 32;
/// Where configurations of Hugging Face models say the number of layers.
const LAYERS: [&str; 5] = ["num_hidden_layers", "n_layer", "num_layers", "n_layers", "num_decoder_layers"];

/// The model of a study, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// Number of decoder layers.
    pub layers: Option<u32>,
    /// Whether `lora_layers` counts from the first layer, where no dimension says it.
    pub front_layers: Option<bool>,
}

impl Model {
    /// The model of a study file in `directory`.
    pub(crate) fn of(
        file: &StudyFile,
        space: &SearchSpace,
        directory: &Path,
        complaints: &Complaints<'_>,
    ) -> anyhow::Result<Self> {
        let table = &file.model;
        let complain = |key: &str, problem: String| Err(complaints.at("model", key, problem));
        if file.trainer.kind == TrainerKind::Burn {
            return match [("layers", table.layers.is_some()), ("folder", table.folder.is_some())].iter().find(|k| k.1) {
                Some((key, _)) => complain(key, "is known from the settings of the trainer; remove it".into()),
                None => Ok(Self::default()),
            };
        }
        if table.layers == Some(0) {
            return complain("layers", "is 0, expected at least 1".into());
        }
        let emulated = file.trainer.task.as_ref().map(|_| (EMULATED_LAYERS, "the emulated model"));
        let known = match &table.folder {
            Some(folder) => match layers_of(&directory.join(folder)) {
                Ok(layers) => Some((layers, "its config.json")),
                Err(problem) => return complain("folder", problem),
            },
            None => emulated,
        };
        match (table.layers, known) {
            (Some(given), Some((known, source))) if given != known => {
                return complain("layers", format!("is {given}, but {source} has {known} layers"));
            }
            _ => {}
        }
        let layers = table.layers.or(known.map(|k| k.0));
        if let (Some(layers), Some((name, high))) = (layers, most_layers(space))
            && high > f64::from(layers)
        {
            let key = if table.layers.is_some() { "layers" } else { "folder" };
            return complain(key, format!("gives {layers} layers, but `{name}` goes up to {high}"));
        }
        Ok(Self { layers, front_layers: table.front_layers })
    }
}

/// The dimension that is the number of adapted layers, and its upper bound.
fn most_layers(space: &SearchSpace) -> Option<(&str, f64)> {
    let at = space.roles().iter().position(|r| *r == Some(Role::Layers))?;
    let d = &space.dimensions()[at];
    match &d.domain {
        Domain::Integer { high, .. } => Some((&d.name, *high as f64)),
        Domain::Real { high, .. } => Some((&d.name, *high)),
        Domain::Categorical { choices } => {
            Some((&d.name, choices.iter().filter_map(|c| c.parse().ok()).fold(0.0, f64::max)))
        }
        Domain::Ordered { .. } => d.domain.ends().map(|(_, high)| (d.name.as_str(), high)),
        Domain::Fixed { value: RecordValue::Integer(v) } => Some((&d.name, *v as f64)),
        Domain::Fixed { value: RecordValue::Real(v) } => Some((&d.name, *v)),
        Domain::Simplex { .. } | Domain::Boolean | Domain::Fixed { .. } => None,
    }
}

/// The number of layers of a Hugging Face folder.
pub(crate) fn layers_of(folder: &Path) -> Result<u32, String> {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|e| format!("has no readable config.json: {}: {e}; expected a Hugging Face folder", path.display()))?;
    let config: Value =
        serde_json::from_str(&text).map_err(|e| format!("cannot be used: {} is not JSON: {e}", path.display()))?;
    let nested = config.get("text_config").into_iter();
    let layers = std::iter::once(&config).chain(nested).find_map(|c| LAYERS.iter().find_map(|key| c.get(key)));
    let layers = layers.and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
    layers.ok_or_else(|| {
        format!("cannot be used: {} has none of {} as a positive number", path.display(), LAYERS.join(", "))
    })
}
