use std::path::Path;
use std::sync::Arc;

use jobs_core::{Point, Run, SearchSpace, Seed, Steps, Trainer, TrainerError};

use super::run::TrainingRun;
use super::shared::Shared;
use super::{LiveRun, TrainSettings, Validation};
use crate::device::OnDevice;
use crate::error::LlmError;
use crate::kernels::Training;

/// A fine-tuning trainer: [`Trainer`] with access to evaluations and adapters.
pub trait LiveTrainer: Trainer {
    /// [`Trainer::start`] with the wider type.
    fn start_live(&self, point: &Point, seed: Seed) -> Result<Box<dyn LiveRun>, TrainerError>;

    /// [`Trainer::resume`] with the wider type.
    fn resume_live(&self, saved: &[u8]) -> Result<Box<dyn LiveRun>, TrainerError>;

    /// Names of the domains, in the order of [`super::Evaluation::losses`].
    fn domains(&self) -> Vec<String>;

    /// At most `examples` held-out examples of the target that no evaluation uses, for a final test; no run trains on them.
    ///
    /// An error says that the target has no further examples.
    fn test_set(&self, examples: usize) -> Result<Validation, LlmError>;

    /// Settings of the trainer.
    fn settings(&self) -> &TrainSettings;

    /// What a reader should know about how model and data were read, one sentence each.
    fn notes(&self) -> &[String];

    /// Writes the adapter of a saved run as a PEFT folder.
    fn export(&self, saved: &[u8], folder: &Path) -> Result<(), TrainerError> {
        let run = self.resume_live(saved)?;
        run.write_adapter(folder).map_err(|e| TrainerError::Failed(e.to_string()))
    }
}

/// Opens a trainer on the settings' device, with [`super::default_space`] if no `space` is given.
///
/// An error names the setting, file or device that cannot be used.
///
/// ```no_run
/// use trainer::train::{TrainSettings, open};
///
/// let trainer = open(TrainSettings { steps: 50, ..TrainSettings::default() }, None)?;
/// let point = &trainer.space().design(1, jobs_core::Seed(0))[0];
/// let mut run = trainer.start_live(point, jobs_core::Seed(1))?;
/// run.advance_to(trainer.full_steps())?;
/// run.write_adapter("adapter".as_ref())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(settings: TrainSettings, space: Option<SearchSpace>) -> Result<Box<dyn LiveTrainer>, LlmError> {
    let device = settings.device;
    device.run(Open { settings, space })?
}

struct Open {
    settings: TrainSettings,
    space: Option<SearchSpace>,
}

impl OnDevice for Open {
    type Output = Result<Box<dyn LiveTrainer>, LlmError>;

    fn run<A: Training>(self, device: &A::Device) -> Self::Output {
        Ok(Box::new(LlmTrainer::<A>::open(self.settings, self.space, device)?))
    }
}

struct LlmTrainer<A: Training> {
    shared: Arc<Shared<A::InnerBackend>>,
}

impl<A: Training> LlmTrainer<A> {
    fn open(settings: TrainSettings, space: Option<SearchSpace>, device: &A::Device) -> Result<Self, LlmError> {
        Ok(Self { shared: Arc::new(Shared::open(settings, space, device)?) })
    }
}

impl<A: Training> Trainer for LlmTrainer<A> {
    fn space(&self) -> &SearchSpace {
        &self.shared.space
    }

    fn full_steps(&self) -> Steps {
        Steps(self.shared.settings.steps)
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        Ok(self.start_live(point, seed)?)
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        Ok(self.resume_live(saved)?)
    }
}

impl<A: Training> LiveTrainer for LlmTrainer<A> {
    fn start_live(&self, point: &Point, seed: Seed) -> Result<Box<dyn LiveRun>, TrainerError> {
        Ok(Box::new(TrainingRun::<A>::start(self.shared.clone(), point, seed)?))
    }

    fn resume_live(&self, saved: &[u8]) -> Result<Box<dyn LiveRun>, TrainerError> {
        Ok(Box::new(TrainingRun::<A>::resume(self.shared.clone(), saved)?))
    }

    fn domains(&self) -> Vec<String> {
        self.shared.domains.iter().map(|d| d.name.clone()).collect()
    }

    fn test_set(&self, examples: usize) -> Result<Validation, LlmError> {
        self.shared.test_set(examples)
    }

    fn settings(&self) -> &TrainSettings {
        &self.shared.settings
    }

    fn notes(&self) -> &[String] {
        &self.shared.notes
    }
}
