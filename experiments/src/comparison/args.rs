//! Command-line arguments that comparisons share.

use std::path::PathBuf;

use clap::Args;

use super::side_by_side::cores;
use crate::tasks::{Mixtures, Task, tasks_with};
use crate::user_error::user;

/// Arguments of every comparison of methods.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Seeds per cell
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// First seed; change it to repeat a comparison on fresh seeds [default: 0]
    #[arg(long, value_name = "SEED")]
    pub first_seed: Option<u64>,
    /// Methods, comma-separated [default: all but mf-kg, which is slow]
    #[arg(long, value_delimiter = ',', value_name = "METHOD,...")]
    pub methods: Vec<String>,
    /// Folder for the results [default: results/NAME, with --smoke results/smoke/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Quick smoke run: two seeds, small budgets, few tasks
    #[arg(long)]
    pub smoke: bool,
    /// Recompute every cell, finished or not
    #[arg(long)]
    pub fresh: bool,
    /// Reuse the rows of the folder's table that its manifest describes, and compute the rest: adds seeds, methods or budgets to a
    /// comparison whose finished cells were deleted
    #[arg(long, conflicts_with = "fresh")]
    pub extend: bool,
    /// Cells computed in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Emulated tasks, and the length of their early runs.
#[derive(Clone, Debug, Args)]
pub struct TaskArgs {
    /// Tasks, comma-separated [default: all six]
    #[arg(id = "tasks", long, value_delimiter = ',', value_name = "TASK,...")]
    pub names: Vec<String>,
    /// Emulator files to use instead of the six built-in tasks (see fit-emulator)
    #[arg(long, value_name = "FILE")]
    pub emulator: Vec<PathBuf>,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
}

impl TaskArgs {
    /// Reads the tasks.
    ///
    /// # Errors
    /// An unknown task, or a file that is no emulator.
    pub fn read(&self, mixtures: Mixtures) -> anyhow::Result<Vec<Task>> {
        tasks_with(&self.names, &self.emulator, mixtures)
    }
}

/// Arguments of figures that do the same on each task with several seeds.
#[derive(Clone, Debug, Args)]
pub struct SeededTaskArgs {
    /// The tasks.
    #[command(flatten)]
    pub tasks: TaskArgs,
    /// Seeds, counted from 0
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub seeds: u64,
    /// Tasks and seeds computed in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

impl SeededTaskArgs {
    /// The seeds, at least one.
    ///
    /// # Errors
    /// `--seeds` is 0.
    pub fn seeds(&self) -> anyhow::Result<Vec<u64>> {
        match self.seeds {
            0 => Err(user("--seeds is 0, expected at least 1")),
            seeds => Ok((0..seeds).collect()),
        }
    }

    /// How many are computed in parallel.
    pub fn workers(&self) -> usize {
        self.workers.unwrap_or_else(cores)
    }
}

/// Arguments of `fig5` and `ablation`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig5                          5 seeds, minutes on two cores\n  experiments fig5 --smoke                  quick smoke run\n  experiments fig5 --tasks gsm8k --methods jobs,random --seeds 20\n  experiments fig5 --emulator my.json       on your own fitted emulator\n  experiments fig5 --out-of-distribution    without the task's own domain\n  experiments fig5 --transfer results/transfer    prior means from studies of the other tasks\n\nFinished cells (one task, budget, method and seed) are stored in OUT/cells and reused by the next run."
)]
pub struct Fig5Args {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// The tasks.
    #[command(flatten)]
    pub tasks: TaskArgs,
    /// Budgets in full runs, one row of panels each
    #[arg(long, value_delimiter = ',', default_value = "50,15", value_name = "C,...")]
    pub full_runs: Vec<u64>,
    /// Recorded runs to emulate instead: a folder of results/curves, or any run table [example: stories260k]
    #[arg(long, value_name = "NAME|DIR", conflicts_with = "emulator")]
    pub source: Option<PathBuf>,
    /// Exclude the task's own domain from every mixture [default tasks: gsm8k, triviaqa, mmlu, arc_challenge]
    #[arg(long, conflicts_with = "source")]
    pub out_of_distribution: bool,
    /// Run tables of source studies, or folders of them, to transfer from; a study with a task's own name is not used for that task
    #[arg(long, value_delimiter = ',', value_name = "DIR,...")]
    pub transfer: Vec<PathBuf>,
    /// Former name of --transfer.
    #[arg(long, hide = true, value_delimiter = ',', conflicts_with = "transfer")]
    pub experience: Vec<PathBuf>,
    /// Train for real: live LoRA fine-tuning of the built-in model, by default with the methods jobs and random. With --tasks, compare
    /// on these target domains: each recommendation is trained again with three fresh seeds and evaluated on test examples
    #[arg(long, conflicts_with_all = ["emulator", "source", "out_of_distribution", "transfer", "experience"])]
    pub live: bool,
    /// Settings of the live trainer (see `trainer settings`)
    #[arg(long, value_name = "FILE", requires = "live")]
    pub live_settings: Option<PathBuf>,
}

impl Fig5Args {
    /// The source studies to transfer from, given by `--transfer` or its former name.
    pub fn source_studies(&self) -> &[PathBuf] {
        if self.experience.is_empty() {
            return &self.transfer;
        }
        eprintln!("warning: --experience is deprecated; use --transfer");
        &self.experience
    }
}
