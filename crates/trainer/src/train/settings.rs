use std::path::{Path, PathBuf};

use burn::tensor::DType;
use serde::{Deserialize, Serialize};

use super::{AdamWConfig, Decay};
use crate::base::BUILT_IN;
use crate::data::{DomainSettings, Packing};
use crate::device::Device;
use crate::error::LlmError;
use crate::model::Module;

/// Precision of the model; adapters and optimiser are always f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// bfloat16.
    Bf16,
}

impl From<Precision> for DType {
    fn from(p: Precision) -> Self {
        match p {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::BF16,
        }
    }
}

/// Adapter settings that apply where the search space has no dimension for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraSettings {
    /// Rank r.
    pub rank: usize,
    /// alpha; the adapter is scaled by alpha / r.
    pub alpha: f64,
    /// Probability that an input of an adapter is dropped.
    pub dropout: f64,
    /// Number of adapted layers; all by default.
    pub layers: Option<usize>,
    /// Whether these are the first layers instead of the last.
    pub front: bool,
    /// Adapted projections.
    pub modules: Vec<Module>,
}

impl Default for LoraSettings {
    fn default() -> Self {
        Self {
            rank: 8,
            alpha: 16.0,
            dropout: 0.0,
            layers: None,
            front: false,
            modules: vec![Module::Q, Module::V, Module::Up, Module::Down, Module::Gate],
        }
    }
}

/// Everything a fine-tuning run needs besides its point and seed, as a TOML file or built in code.
///
/// `trainer settings` prints the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// Model: `built-in` or a Hugging Face folder.
    pub model: String,
    /// Device: `cpu`, `cuda`, `cuda:INDEX` or `wgpu`.
    pub device: Device,
    /// Precision: `f32` or `bf16`.
    pub precision: Precision,
    /// Optimiser steps of a full run.
    pub steps: u64,
    /// Steps between evaluations.
    pub evaluate_every: u64,
    /// Examples per step.
    pub batch: usize,
    /// Examples per gradient. A step's micro-batches run in parallel and their gradients are summed in order, so results depend on this
    /// size (by rounding) but not on `threads`.
    pub micro_batch: usize,
    /// Longest example in tokens.
    pub sequence: usize,
    /// Packing: `pad` or `pack`.
    pub packing: Packing,
    /// Peak learning rate, if the space has no `learning_rate`.
    pub learning_rate: f64,
    /// Share of the steps used for warm-up, 0 to 1.
    pub warmup: f64,
    /// Decay of the learning rate after warm-up: `constant`, `linear` or `cosine`.
    pub decay: Decay,
    /// Constants of AdamW.
    pub optimizer: AdamWConfig,
    /// Largest global norm of a gradient.
    pub clip: f64,
    /// Keep only each layer's input and recompute the layer in the backward pass.
    pub recompute: bool,
    /// Threads for micro-batches on the CPU; all cores by default.
    pub threads: Option<usize>,
    /// Domain whose validation loss is the learning curve of a run; the first by default.
    pub target: Option<String>,
    /// Most training examples per domain.
    pub train_examples: usize,
    /// Most validation examples per domain.
    pub validation_examples: usize,
    /// Questions per domain and evaluation, for accuracies; 0 by default.
    pub questions: usize,
    /// Folder for the PEFT adapters of full runs; not written by default.
    pub adapters: Option<PathBuf>,
    /// Adapter settings for what the space leaves open.
    pub lora: LoraSettings,
    /// Domains of the mixture.
    #[serde(rename = "domain")]
    pub domains: Vec<DomainSettings>,
}

impl Default for TrainSettings {
    /// The built-in model on the built-in tasks, 200 short steps.
    fn default() -> Self {
        let built_in = |t: crate::data::Task| DomainSettings::built_in(t.name());
        Self {
            model: BUILT_IN.into(),
            device: Device::Cpu,
            precision: Precision::F32,
            steps: 200,
            evaluate_every: 10,
            batch: 16,
            micro_batch: 8,
            sequence: 128,
            packing: Packing::Pad,
            learning_rate: 2e-3,
            warmup: 0.05,
            decay: Decay::Linear,
            optimizer: AdamWConfig { weight_decay: 0.0, ..AdamWConfig::default() },
            clip: 1.0,
            recompute: false,
            threads: None,
            target: None,
            train_examples: 4000,
            validation_examples: 64,
            questions: 0,
            adapters: None,
            lora: LoraSettings::default(),
            domains: crate::data::Task::ALL.map(built_in).to_vec(),
        }
    }
}

/// Largest number of threads.
const MOST_THREADS: usize = 1024;
/// Most examples per run. All draws are made before the run starts and take 16 bytes each.
const MOST_DRAWS: u64 = 100_000_000;

impl TrainSettings {
    /// Reads a TOML file; relative paths in it are relative to its folder. An error names the file and the line.
    pub fn read(path: &Path) -> Result<Self, LlmError> {
        let text = std::fs::read_to_string(path).map_err(|e| LlmError::io(path, e))?;
        let mut settings: Self = toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(1, |s| text[..s.start].matches('\n').count() + 1);
            LlmError::Line { path: path.into(), line, problem: e.message().trim().to_owned() }
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if settings.model != BUILT_IN {
            settings.model = folder.join(&settings.model).display().to_string();
        }
        for file in settings.domains.iter_mut().flat_map(|d| [&mut d.path, &mut d.validation]).flatten() {
            *file = folder.join(&*file);
        }
        Ok(settings)
    }

    /// Checks the settings. An error names the one that is out of range.
    pub fn check(&self) -> Result<(), LlmError> {
        for (name, value) in [
            ("steps", self.steps as usize),
            ("evaluate_every", self.evaluate_every as usize),
            ("batch", self.batch),
            ("micro_batch", self.micro_batch),
            ("train_examples", self.train_examples),
            ("validation_examples", self.validation_examples),
        ] {
            if value == 0 {
                return Err(LlmError::setting(name, 0, "at least 1"));
            }
        }
        if self.sequence < 2 {
            return Err(LlmError::setting("sequence", self.sequence, "at least 2 tokens"));
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            return Err(LlmError::setting("learning_rate", self.learning_rate, "a positive number"));
        }
        if !(0.0..=1.0).contains(&self.warmup) {
            return Err(LlmError::setting("warmup", self.warmup, "a share of the steps from 0 to 1"));
        }
        if self.clip.is_nan() || self.clip <= 0.0 {
            return Err(LlmError::setting("clip", self.clip, "a positive number (`inf` disables clipping)"));
        }
        if let Some(threads) = self.threads.filter(|t| !(1..=MOST_THREADS).contains(t)) {
            return Err(LlmError::setting("threads", threads, format!("1 to {MOST_THREADS}")));
        }
        let draws = (self.batch as u64).checked_mul(self.steps);
        if draws.is_none_or(|n| n > MOST_DRAWS) {
            let found = format!("{} x {}", self.steps, self.batch);
            return Err(LlmError::setting("steps x batch", found, format!("at most {MOST_DRAWS} examples in a run")));
        }
        self.optimizer.check()?;
        if self.domains.is_empty() {
            return Err(LlmError::setting("domain", "missing", "at least one [[domain]]"));
        }
        for (i, d) in self.domains.iter().enumerate() {
            if self.domains[..i].iter().any(|e| e.name == d.name) {
                return Err(LlmError::setting("domain", format!("`{}` twice", d.name), "distinct names"));
            }
        }
        Ok(())
    }
}
