//! What is trained: tasks behind a trainer whose truth is known.

use std::path::Path;

use jobs_core::{Point, Target, Trainer};
use sha2::{Digest, Sha256};
use trainer::emulator::{Emulator, EmulatorTrainer};

use crate::nearest::unknown;
use crate::user_error::user;

/// A task with its trainer and its truth.
pub struct Task {
    /// What figures call it.
    pub name: String,
    /// Trains configurations.
    pub trainer: Box<dyn Trainer>,
    /// The lowest noise-free value known.
    pub optimum: f64,
    /// Hash of what defines it.
    pub hash: String,
    emulator: Emulator,
}

impl Task {
    fn new(name: &str, bytes: &[u8]) -> anyhow::Result<Self> {
        let emulator = Emulator::from_bytes(bytes, name).map_err(user)?;
        let optimum =
            emulator.optimum().ok_or_else(|| user(format!("{name}: the emulator file holds no optimum")))?.value;
        Ok(Self {
            name: name.to_owned(),
            trainer: Box::new(EmulatorTrainer::new(emulator.clone())),
            optimum,
            hash: format!("{:x}", Sha256::digest(bytes)),
            emulator,
        })
    }

    /// Noise-free value of a full run.
    pub fn oracle(&self, point: &Point) -> anyhow::Result<f64> {
        Ok(self.emulator.noise_free_value(point, Target::Best)?)
    }
}

/// Names of the emulators built in.
pub fn built_in() -> Vec<&'static str> {
    trainer::emulator::LLAMA3_8B.iter().map(|(name, _)| *name).collect()
}

/// The tasks of these names (all six where none is named), or those of these emulator files.
pub fn tasks(names: &[String], files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Task>> {
    if !files.is_empty() {
        let all: Vec<Task> = files.iter().map(|f| from_file(f)).collect::<Result<_, _>>()?;
        let known: Vec<&str> = all.iter().map(|t| t.name.as_str()).collect();
        if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
            return Err(user(unknown("task", name, &known)));
        }
        return Ok(all.into_iter().filter(|t| names.is_empty() || names.contains(&t.name)).collect());
    }
    let known = built_in();
    if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(user(unknown("task", name, &known)));
    }
    let wanted = trainer::emulator::LLAMA3_8B.iter().filter(|(n, _)| names.is_empty() || names.iter().any(|m| m == n));
    wanted.map(|(name, bytes)| Task::new(name, bytes)).collect()
}

fn from_file(path: &Path) -> anyhow::Result<Task> {
    let bytes = std::fs::read(path).map_err(|e| user(format!("{}: {e}", path.display())))?;
    let name = path.file_stem().map_or_else(|| "emulator".into(), |s| s.to_string_lossy().into_owned());
    Task::new(&name, &bytes).map_err(|e| user(format!("{}: {e}", path.display())))
}
