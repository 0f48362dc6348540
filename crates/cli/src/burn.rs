//! The built-in trainer, which fine-tunes with Burn.

use std::collections::BTreeMap;
use std::path::Path;

use jobs_core::{Point, SearchSpace, Steps, Trainer};
use serde_json::{Value, json};
use trainer::LlmError;
use trainer::lora::LoraConfig;
use trainer::train::{Choice, TrainSettings, check_space, open};

use crate::output::say;
use crate::study_file::TrainerTable;

/// The settings file of a study, or the settings of the built-in model and tasks.
fn settings(table: &TrainerTable, folder: &Path) -> Result<TrainSettings, LlmError> {
    let settings = match &table.settings {
        Some(file) => TrainSettings::read(&folder.join(file))?,
        None => TrainSettings::default(),
    };
    settings.check()?;
    Ok(settings)
}

/// The length of a full run. Checks that the trainer can train the space.
///
/// # Errors
/// Settings that cannot be used, in words.
pub fn full_steps(table: &TrainerTable, folder: &Path, space: &SearchSpace) -> Result<Steps, String> {
    let settings = settings(table, folder).map_err(|e| e.to_string())?;
    check_space(space, &settings).map_err(|e| e.to_string())?;
    Ok(Steps(settings.steps))
}

/// The trainer of a space. Loads the model, and prints what a reader should know about how it and the data were read.
///
/// # Errors
/// Settings, a model or data that cannot be used, in words.
pub fn trainer(table: &TrainerTable, folder: &Path, space: SearchSpace) -> Result<Box<dyn Trainer>, String> {
    let opened = settings(table, folder).and_then(|settings| open(settings, Some(space)));
    let live = opened.map_err(|e| e.to_string())?;
    live.notes().iter().for_each(|note| {
        say(&format!("note: {note}"));
    });
    Ok(live)
}

/// The arguments of PEFT for the adapter that the trainer would train.
///
/// # Errors
/// Settings that cannot be used, in words.
pub fn peft_arguments(table: &TrainerTable, folder: &Path, point: &Point) -> Result<BTreeMap<String, Value>, String> {
    let adapter = || {
        let settings = settings(table, folder)?;
        let model = trainer::model_config(&settings.model)?;
        Choice::of(point, &settings, &model)
    };
    Ok(arguments_of(&adapter().map_err(|e: LlmError| e.to_string())?.lora))
}

fn arguments_of(config: &LoraConfig) -> BTreeMap<String, Value> {
    let modules: Vec<&str> = config.modules.iter().map(|m| m.name()).collect();
    let arguments = [
        ("r", json!(config.rank)),
        ("lora_alpha", json!(config.alpha)),
        ("lora_dropout", json!(config.dropout)),
        ("target_modules", json!(modules)),
        ("layers_to_transform", json!(config.layers)),
    ];
    arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
