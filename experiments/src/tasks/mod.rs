//! What is trained: tasks behind a trainer whose truth is known.

pub mod out_of_distribution;
pub(crate) mod run_tables;
pub mod transfer;

use std::path::Path;
use std::sync::Arc;

use emulator::recorded::RecordedTrainer;
use emulator::{Emulator, EmulatorTrainer, FitOptions};
use jobs::{Recommendation, Study, Transfer};
use jobs_core::{Point, RunTable, Steps, Target, Trainer};
use sha2::{Digest, Sha256};

use crate::nearest::unknown;
use crate::user_error::user;

/// The target of every comparison here: the checkpoint one would keep.
pub const TARGET: Target = Target::Best;

/// Which mixtures may be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mixtures {
    /// Any: in distribution.
    #[default]
    Any,
    /// Those without data of the task itself: out of distribution.
    WithoutOwn,
}

/// A task with its trainer and its truth.
pub struct Task {
    /// What figures call it.
    pub name: String,
    /// Trains configurations.
    pub trainer: Box<dyn Trainer>,
    /// The lowest noise-free value known; NaN where none is.
    pub optimum: f64,
    /// Standard deviation of one run's loss near the best, where it is known.
    pub noise: Option<f64>,
    /// Hash of what defines it.
    pub hash: String,
    /// The only configurations that may be tried, where not any may.
    pub candidates: Option<Arc<[Point]>>,
    /// Prior means from source studies of other tasks.
    pub transfer: Transfer,
    truth: Box<dyn Truth>,
}

/// The noise-free value of a full run of a configuration.
pub trait Truth: Send + Sync {
    /// It; an error for a configuration nothing is known of.
    fn value(&self, point: &Point) -> anyhow::Result<f64>;

    /// Whether only the final recommendation has a value, because each value costs full runs.
    fn only_at_the_end(&self) -> bool {
        false
    }

    /// Keeps what a finished cell of this name trained; by default nothing.
    fn keep(&self, _cell: &str, _study: &Study, _best: &Recommendation) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Truth for Emulator {
    fn value(&self, point: &Point) -> anyhow::Result<f64> {
        Ok(self.noise_free_value(point, TARGET)?)
    }
}

impl Truth for RecordedTrainer {
    fn value(&self, point: &Point) -> anyhow::Result<f64> {
        let value = RecordedTrainer::value(self, point, TARGET);
        value.ok_or_else(|| anyhow::anyhow!("a configuration that was not recorded was recommended"))
    }
}

impl Task {
    /// A task that is not recorded: any point of the trainer's space may be tried.
    pub fn new(name: &str, trainer: Box<dyn Trainer>, truth: Box<dyn Truth>, optimum: f64, defined_by: &[u8]) -> Self {
        let hash = format!("{:x}", Sha256::digest(defined_by));
        let (name, transfer) = (name.to_owned(), Transfer::default());
        Self { name, trainer, optimum, noise: None, hash, candidates: None, transfer, truth }
    }

    fn emulated(name: &str, bytes: &[u8], mixtures: Mixtures) -> anyhow::Result<Self> {
        let emulator = Emulator::from_bytes(bytes, name).map_err(user)?;
        if mixtures == Mixtures::WithoutOwn {
            return out_of_distribution::task(&emulator, bytes);
        }
        let optimum =
            emulator.optimum().ok_or_else(|| user(format!("{name}: the emulator file holds no optimum")))?.value;
        let noise = Some(emulator.noise().sd(optimum));
        let trainer = Box::new(EmulatorTrainer::new(emulator.clone()));
        Ok(Self::new(name, trainer, Box::new(emulator), optimum, bytes).with_noise(noise))
    }

    /// The replay of a table: only its runs can be chosen, and what was recorded of them is the truth.
    pub fn recorded(name: &str, table: &RunTable, defined_by: &[u8]) -> anyhow::Result<(Self, RecordedTrainer)> {
        let trainer = RecordedTrainer::new(table).map_err(|e| user(format!("{name}: {e}")))?;
        let optimum = trainer.optimum(TARGET).ok_or_else(|| user(format!("{name}: no run has a value")))?;
        let mut task = Self::new(name, Box::new(trainer.clone()), Box::new(trainer.clone()), optimum, defined_by);
        task.candidates = Some(trainer.candidates());
        Ok((task, trainer))
    }

    /// The same, with this noise of one run.
    pub fn with_noise(self, noise: Option<f64>) -> Self {
        Self { noise, ..self }
    }

    /// Noise-free value of a full run.
    pub fn oracle(&self, point: &Point) -> anyhow::Result<f64> {
        self.truth.value(point)
    }

    pub(crate) fn only_at_the_end(&self) -> bool {
        self.truth.only_at_the_end()
    }

    pub(crate) fn keep(&self, cell: &str, study: &Study, best: &Recommendation) -> anyhow::Result<()> {
        self.truth.keep(cell, study, best)
    }

    /// Steps of a full run.
    pub fn full_steps(&self) -> Steps {
        self.trainer.full_steps()
    }
}

/// Names of the emulators built in.
pub fn built_in() -> Vec<&'static str> {
    emulator::LLAMA3_8B.iter().map(|(name, _)| *name).collect()
}

/// The tasks of these names (all six where none is named), or those of these emulator files, with any mixture.
pub fn tasks(names: &[String], files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Task>> {
    tasks_with(names, files, Mixtures::Any)
}

/// The tasks of these names (all where none is named), or those of these emulator files.
pub fn tasks_with(names: &[String], files: &[std::path::PathBuf], mixtures: Mixtures) -> anyhow::Result<Vec<Task>> {
    if !files.is_empty() {
        let read = files.iter().map(|f| Ok((stem(f), from_file(f, mixtures)?)));
        let all: Vec<(String, Task)> = read.collect::<anyhow::Result<_>>()?;
        let known: Vec<&str> = all.iter().map(|(stem, _)| stem.as_str()).collect();
        if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
            return Err(user(unknown("task", name, &known)));
        }
        let wanted = all.into_iter().filter(|(stem, _)| names.is_empty() || names.contains(stem));
        return Ok(wanted.map(|(_, task)| task).collect());
    }
    let known = match mixtures {
        Mixtures::Any => built_in(),
        Mixtures::WithoutOwn => out_of_distribution::RECORDED.to_vec(),
    };
    if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
        let recorded = built_in().contains(&name.as_str());
        let few =
            || format!("task `{name}`: too few recorded runs without its own domain (enough of: {})", known.join(", "));
        return Err(user(if recorded { few() } else { unknown("task", name, &known) }));
    }
    let built_in = emulator::LLAMA3_8B.iter().filter(|(n, _)| known.contains(n));
    let wanted = built_in.filter(|(n, _)| names.is_empty() || names.iter().any(|m| m == n));
    wanted.map(|(name, bytes)| Task::emulated(name, bytes, mixtures)).collect()
}

/// A task emulated from a run table: one of `results/curves` by name, or any folder. Fitted on every call, with a fixed seed.
pub fn fitted(source: &Path) -> anyhow::Result<Task> {
    let own = Path::new("results/curves").join(source);
    let folder = if source.is_dir() { source } else { own.as_path() };
    let name = source.file_name().map_or_else(|| "runs".into(), |s| s.to_string_lossy().into_owned());
    if !folder.is_dir() {
        let known = std::fs::read_dir("results/curves").into_iter().flatten().flatten();
        let known: Vec<String> = known.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(user(unknown("source", &name, &known)));
    }
    let table = RunTable::read(folder).map_err(user)?;
    let (emulator, report) = emulator::fit(&table, &[], &FitOptions::new(&name)).map_err(user)?;
    let (r2, runs) = (report.held_out.r2, report.rows.runs);
    eprintln!("{name}: emulated from {runs} recorded runs; R2 of held-out runs {r2:.2} ({})", report.held_out.protocol);
    let mut bytes = std::fs::read(folder.join("runs.csv"))?;
    bytes.extend(std::fs::read(folder.join("curves.csv"))?);
    let noise = Some(emulator.noise().sd(report.optimum.value));
    let trainer = Box::new(EmulatorTrainer::new(emulator.clone()));
    Ok(Task::new(&name, trainer, Box::new(emulator), report.optimum.value, &bytes).with_noise(noise))
}

/// What the task of an emulator file is called.
fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "emulator".into(), |s| s.to_string_lossy().into_owned())
}

fn from_file(path: &Path, mixtures: Mixtures) -> anyhow::Result<Task> {
    let bytes = std::fs::read(path).map_err(|e| user(format!("{}: {e}", path.display())))?;
    Task::emulated(&stem(path), &bytes, mixtures).map_err(|e| user(format!("{}: {e}", path.display())))
}
