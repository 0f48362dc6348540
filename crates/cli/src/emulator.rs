//! Emulated runs as a trainer, to try out studies.

use std::path::Path;
use std::time::Duration;

use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs_core::nearest::unknown;
use jobs_core::{LearningCurve, Point, Run, RunState, SearchSpace, Seed, Steps, Trainer, TrainerError};

use crate::study_file::TrainerTable;

/// The emulator of a study.
pub fn load(
    table: &TrainerTable,
    folder: &Path,
    complain: &dyn Fn(&str, String) -> anyhow::Error,
) -> anyhow::Result<EmulatorTrainer> {
    let emulator = if let Some(file) = &table.file {
        Emulator::load(&folder.join(file)).map_err(|e| complain("file", format!("cannot be used: {e}")))?
    } else {
        let name = table.task.as_deref().unwrap_or_default();
        let known: Vec<&str> = LLAMA3_8B.iter().map(|(n, _)| *n).collect();
        let bytes = LLAMA3_8B.iter().find(|(n, _)| *n == name).map(|(_, bytes)| *bytes);
        let bytes = bytes.ok_or_else(|| complain("task", format!("is invalid: {}", unknown("task", name, &known))))?;
        Emulator::from_bytes(bytes, name).map_err(|e| complain("task", e.to_string()))?
    };
    Ok(EmulatorTrainer::new(emulator))
}

/// A trainer whose steps take time, to watch a study at work.
pub struct Paced<T> {
    trainer: T,
    per_step: Duration,
}

impl<T: Trainer> Paced<T> {
    /// Delays each step of `trainer` by `per_step`.
    pub fn new(trainer: T, per_step: Duration) -> Self {
        Self { trainer, per_step }
    }
}

impl<T: Trainer> Trainer for Paced<T> {
    fn space(&self) -> &SearchSpace {
        self.trainer.space()
    }

    fn full_steps(&self) -> Steps {
        self.trainer.full_steps()
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        Ok(Box::new(PacedRun { run: self.trainer.start(point, seed)?, per_step: self.per_step }))
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        Ok(Box::new(PacedRun { run: self.trainer.resume(saved)?, per_step: self.per_step }))
    }
}

struct PacedRun {
    run: Box<dyn Run>,
    per_step: Duration,
}

impl Run for PacedRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        let steps = u32::try_from(step.saturating_sub(self.run.step()).0).unwrap_or(u32::MAX);
        std::thread::sleep(self.per_step.saturating_mul(steps));
        self.run.advance_to(step)
    }

    fn step(&self) -> Steps {
        self.run.step()
    }

    fn curve(&self) -> &LearningCurve {
        self.run.curve()
    }

    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        self.run.save()
    }
}
