use std::path::PathBuf;

use jobs_core::Target;
use serde::Deserialize;

/// A study file as it is written; [`super::LoadedStudy`] is what it means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// What people call it.
    pub name: Option<String>,
    /// Root of all randomness.
    #[serde(default)]
    pub seed: u64,
    /// Folder of everything that is written, relative to the study file.
    #[serde(default = "runs")]
    pub runs: PathBuf,
    /// What may be spent.
    pub budget: BudgetTable,
    /// What is measured.
    #[serde(default)]
    pub objective: ObjectiveTable,
    /// Who decides.
    #[serde(default)]
    pub method: MethodTable,
    /// Earlier studies to transfer from.
    #[serde(default, alias = "experience")]
    pub transfer: TransferTable,
    /// Who trains.
    pub trainer: TrainerTable,
    /// Where, and how many at once.
    #[serde(default)]
    pub executor: ExecutorTable,
    /// Read by `jobs-core`.
    #[serde(default)]
    pub dimension: Vec<toml::Table>,
    /// Read by `jobs-core`.
    #[serde(default)]
    pub constraint: Vec<toml::Table>,
}

fn runs() -> PathBuf {
    "runs".into()
}

/// `[budget]`, in optimiser steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetTable {
    /// C.
    pub total_steps: u64,
    /// B; an emulator knows its own.
    pub full_steps: Option<u64>,
    /// B_small.
    #[serde(default)]
    pub early_steps: EarlySteps,
    /// Steps between evaluations, where the trainer has a fixed number; early runs are a multiple.
    pub eval_every: Option<u64>,
}

/// `early_steps`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum EarlySteps {
    /// A sixth of a full run.
    #[default]
    #[serde(skip)]
    Auto,
    /// So many.
    Steps(u64),
    /// `"auto"`, or a mistake.
    Word(String),
}

/// `[objective]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveTable {
    /// Key of the trainer's lines.
    #[serde(default = "metric")]
    pub metric: String,
    /// Which way is better.
    #[serde(default)]
    pub direction: Sense,
    /// Which number of a run counts.
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

/// Which way is better.
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

/// `[method]`: a name and, where wanted, parts other than its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodTable {
    /// Which method.
    #[serde(default = "method")]
    pub name: String,
    /// What foresees final values; `none`: a model of whole curves takes early losses as they are.
    pub predictor: Option<String>,
    /// `ucb` or `log-ei`.
    pub acquisition: Option<String>,
    /// Share of the budget for taking promising early runs to the end.
    pub promote: Option<Promote>,
    /// Whether the budget's last full run verifies the best early one.
    pub verify: Option<bool>,
    /// Whether full runs take over where early losses tell nothing.
    #[serde(alias = "fallback")]
    pub early_signal_check: Option<bool>,
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
    /// Of the budget.
    Share(f64),
    /// `"never"`, or a mistake.
    Word(String),
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
    /// Which kind.
    pub kind: TrainerKind,
    /// `command`: the program and its arguments; the request's path is put last.
    pub command: Option<Vec<String>>,
    /// `command`: without a word for so long, an attempt is ended.
    pub silence_minutes: Option<f64>,
    /// `command`: time to keep a checkpoint after SIGTERM.
    pub grace_seconds: Option<f64>,
    /// `command`: executions in a row without getting further.
    pub attempts: Option<u32>,
    /// `emulator`: a built-in task.
    pub task: Option<String>,
    /// `emulator`: a file of `experiments fit-emulator`.
    pub file: Option<PathBuf>,
    /// `burn`: its settings, the file that the program `trainer` takes; without, the built-in model on the built-in tasks.
    pub settings: Option<PathBuf>,
    /// `emulator`: what a step takes, to see a study at work.
    pub step_ms: Option<f64>,
}

/// Kinds of trainers.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum TrainerKind {
    /// An external command.
    Command,
    /// Emulated runs, for trying things out.
    Emulator,
    /// Fine-tuning in Burn, by this program.
    Burn,
}

/// `[executor]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutorTable {
    /// Where runs are trained.
    #[serde(default)]
    pub kind: ExecutorKind,
    /// Runs at once.
    #[serde(default = "one")]
    pub workers: usize,
    /// `slurm`: partition.
    pub partition: Option<String>,
    /// `slurm`: account.
    pub account: Option<String>,
    /// `slurm`: generic resources, as `gpu:1`.
    pub gres: Option<String>,
    /// `slurm`: time limit of a task, as Slurm writes it.
    pub time: Option<String>,
    /// `slurm`: further options of sbatch.
    pub extra: Option<Vec<String>>,
    /// `slurm`: lines of shell before the command.
    pub setup: Option<Vec<String>>,
    /// `slurm`: seconds between two looks at the queue.
    pub poll_seconds: Option<f64>,
    /// `slurm`: Slurm's configuration, where it is not in its usual place.
    pub conf: Option<PathBuf>,
}

impl Default for ExecutorTable {
    fn default() -> Self {
        Self {
            kind: ExecutorKind::Local,
            workers: 1,
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

/// Where runs are trained.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ExecutorKind {
    /// On this machine.
    #[default]
    Local,
    /// On a Slurm cluster.
    Slurm,
}
