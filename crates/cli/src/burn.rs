//! The built-in trainer, which fine-tunes with Burn.

use std::path::Path;

use jobs_core::{Point, Run, SearchSpace, Seed, Steps, Trainer, TrainerError};
use trainer::LlmError;
use trainer::train::{LiveTrainer, TrainSettings, open};

use crate::output::say;
use crate::study_file::TrainerTable;

/// The settings file of a study, or the settings of the built-in model and tasks.
pub fn settings(table: &TrainerTable, folder: &Path) -> Result<TrainSettings, LlmError> {
    let settings = match &table.settings {
        Some(file) => TrainSettings::read(&folder.join(file))?,
        None => TrainSettings::default(),
    };
    settings.check()?;
    Ok(settings)
}

/// The trainer of a space. Loads the model, and prints what a reader should know about how it and the data were read.
pub fn trainer(settings: TrainSettings, space: SearchSpace) -> Result<Box<dyn Trainer>, LlmError> {
    let live = open(settings, Some(space))?;
    live.notes().iter().for_each(|note| {
        say(&format!("note: {note}"));
    });
    Ok(Box::new(Live(live)))
}

/// Adapts a live trainer to [`Trainer`].
struct Live(Box<dyn LiveTrainer>);

impl Trainer for Live {
    fn space(&self) -> &SearchSpace {
        self.0.space()
    }

    fn full_steps(&self) -> Steps {
        self.0.full_steps()
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.0.start(point, seed)
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        self.0.resume(saved)
    }
}
