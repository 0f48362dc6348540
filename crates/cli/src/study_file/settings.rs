use std::path::PathBuf;

use jobs_core::Target;
use serde::Deserialize;

use super::OutcomeConstraintTable;

/// A study file as written; [`crate::loaded_study::LoadedStudy`] is the checked study.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// Name of the study.
    pub name: Option<String>,
    /// Seed of all random numbers.
    #[serde(default)]
    pub seed: u64,
    /// Folder of all files of the study, relative to the study file.
    #[serde(default = "runs")]
    pub runs: PathBuf,
    /// The budget.
    pub budget: BudgetTable,
    /// The metric.
    #[serde(default)]
    pub objective: ObjectiveTable,
    /// The search method.
    #[serde(default)]
    pub method: MethodTable,
    /// The model.
    #[serde(default)]
    pub model: ModelTable,
    /// Earlier studies to transfer from.
    #[serde(default, alias = "experience")]
    pub transfer: TransferTable,
    /// The trainer.
    pub trainer: TrainerTable,
    /// The executor.
    #[serde(default)]
    pub executor: ExecutorTable,
    /// Parsed by `jobs-core`.
    #[serde(default)]
    pub dimension: Vec<toml::Table>,
    /// Parsed by `jobs-core`.
    #[serde(default)]
    pub constraint: Vec<toml::Table>,
    /// Limits on other metrics of the runs.
    #[serde(default)]
    pub outcome_constraint: Vec<OutcomeConstraintTable>,
}

fn runs() -> PathBuf {
    "runs".into()
}

/// `[budget]`, in optimiser steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetTable {
    /// C, all runs together.
    pub total_steps: Option<u64>,
    /// Hours in which `workers` runs are trained at once.
    pub total_hours: Option<f64>,
    /// Hours of all GPUs together.
    pub total_gpu_hours: Option<f64>,
    /// B, a full run; emulators and the built-in trainer have their own.
    pub full_steps: Option<u64>,
    /// B_small, an early run.
    #[serde(default)]
    pub early_steps: EarlySteps,
    /// Steps between evaluations of the trainer; an automatic `early_steps` is a multiple.
    pub eval_every: Option<u64>,
}

/// `early_steps`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum EarlySteps {
    /// Derived from the full run.
    #[default]
    #[serde(skip)]
    Auto,
    /// Number of steps.
    Steps(u64),
    /// `"auto"`; anything else is invalid.
    Word(String),
}

/// `[objective]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveTable {
    /// Key in the lines of the trainer.
    #[serde(default = "metric")]
    pub metric: String,
    /// Whether lower or higher is better.
    #[serde(default)]
    pub direction: Sense,
    /// Which value of a run counts.
    #[serde(default)]
    pub target: Target,
}

impl Default for ObjectiveTable {
    fn default() -> Self {
        Self { metric: metric(), direction: Sense::Minimise, target: Target::Best }
    }
}

fn metric() -> String {
    "eval_loss".into()
}

/// Whether lower or higher is better.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Sense {
    /// Lower.
    #[default]
    #[serde(alias = "minimize")]
    Minimise,
    /// Higher.
    #[serde(alias = "maximize")]
    Maximise,
}

/// `[method]`: a name and, for `jobs`, its parts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodTable {
    /// Name of the method.
    #[serde(default = "method")]
    pub name: String,
    /// Predictor of final values; `none`: a model of whole curves uses early losses directly.
    pub predictor: Option<String>,
    /// `ucb` or `log-ei`.
    pub acquisition: Option<String>,
    /// Share of the budget for promoted runs.
    pub promote: Option<Promote>,
    /// Whether the budget's last full run verifies the best early one.
    pub verify: Option<bool>,
    /// Whether to start full runs if early losses are uninformative.
    #[serde(alias = "fallback")]
    pub early_signal_check: Option<bool>,
    /// Whether its journal was begun by the first version of `jobs`; no key of the file.
    #[serde(skip)]
    pub(crate) is_first_version: bool,
}

impl Default for MethodTable {
    fn default() -> Self {
        Self {
            name: method(),
            predictor: None,
            acquisition: None,
            promote: None,
            verify: None,
            early_signal_check: None,
            is_first_version: false,
        }
    }
}

fn method() -> String {
    "jobs".into()
}

/// `promote`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Promote {
    /// Share of the budget.
    Share(f64),
    /// `"never"`; anything else is invalid.
    Word(String),
}

/// `[model]`: what a configuration as arguments of PEFT depends on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelTable {
    /// Number of decoder layers.
    pub layers: Option<u32>,
    /// Hugging Face folder whose `config.json` has the number of layers, relative to the study file.
    pub folder: Option<PathBuf>,
    /// Whether the adapted layers are the first ones, where no dimension says it.
    pub front_layers: Option<bool>,
}

/// `[transfer]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferTable {
    /// Earlier studies of other tasks: study files, their folders, or run tables, relative to the study file.
    #[serde(default)]
    pub studies: Vec<PathBuf>,
}

/// `[trainer]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerTable {
    /// Kind of trainer.
    pub kind: TrainerKind,
    /// `command`: the program and its arguments; the path of the request is appended.
    pub command: Option<Vec<String>>,
    /// `command`: kill after this long without output.
    pub silence_minutes: Option<f64>,
    /// `command`: time for a checkpoint after SIGTERM.
    pub grace_seconds: Option<f64>,
    /// `command`: executions in a row without progress before the run fails.
    pub attempts: Option<u32>,
    /// `emulator`: a built-in task.
    pub task: Option<String>,
    /// `emulator`: a file of `experiments fit-emulator`.
    pub file: Option<PathBuf>,
    /// `burn`: settings file of the program `trainer`; default: the built-in model on built-in tasks.
    pub settings: Option<PathBuf>,
    /// `emulator`: milliseconds per step.
    pub step_ms: Option<f64>,
}

/// Kinds of trainers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TrainerKind {
    /// An external command.
    Command,
    /// Emulated runs.
    Emulator,
    /// The built-in trainer.
    Burn,
}

/// `[executor]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutorTable {
    /// Where to train.
    #[serde(default)]
    pub kind: ExecutorKind,
    /// Runs at once.
    #[serde(default = "one")]
    pub workers: usize,
    /// Runs in a row that may fail before the study stops.
    pub max_failures_in_a_row: Option<usize>,
    /// Runs that may fail in all before `jobs run` stops.
    pub max_failures: Option<usize>,
    /// `local`: the GPUs of the runs: numbers, UUIDs or MIG devices.
    pub gpus: Option<Vec<Gpu>>,
    /// `local`: GPUs of each run.
    pub gpus_per_run: Option<usize>,
    /// `slurm`: partition.
    pub partition: Option<String>,
    /// `slurm`: account.
    pub account: Option<String>,
    /// `slurm`: generic resources, for example `gpu:1`.
    pub gres: Option<String>,
    /// `slurm`: time limit of a task, in the format of Slurm.
    pub time: Option<String>,
    /// `slurm`: more options of sbatch.
    pub extra: Option<Vec<String>>,
    /// `slurm`: shell lines before the command.
    pub setup: Option<Vec<String>>,
    /// `slurm`: seconds between queries of the queue.
    pub poll_seconds: Option<f64>,
    /// `slurm`: path of `slurm.conf`.
    pub conf: Option<PathBuf>,
}

/// An entry of `gpus`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Gpu {
    /// Its number.
    Number(i64),
    /// Its number, UUID or MIG device.
    Name(String),
    /// Anything else is invalid.
    Other(toml::Value),
}

impl std::fmt::Display for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Other(value) => value.fmt(f),
        }
    }
}

impl Default for ExecutorTable {
    fn default() -> Self {
        Self {
            kind: ExecutorKind::Local,
            workers: 1,
            max_failures_in_a_row: None,
            max_failures: None,
            gpus: None,
            gpus_per_run: None,
            partition: None,
            account: None,
            gres: None,
            time: None,
            extra: None,
            setup: None,
            poll_seconds: None,
            conf: None,
        }
    }
}

fn one() -> usize {
    1
}

/// Where to train.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorKind {
    /// On this machine.
    #[default]
    Local,
    /// On a Slurm cluster.
    Slurm,
}
