//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::EXIT_CODES;

/// Finds the data mixture and LoRA configuration with the lowest loss, within a budget of training steps.
#[derive(Debug, Parser)]
#[command(
    name = "jobs",
    version,
    about,
    arg_required_else_help = true,
    after_help = format!("Getting started:\n  jobs init --domains maths,code,chat    writes study.toml and train.py\n  jobs check                             validates the file and tries the trainer\n  jobs run                               trains; run it again to continue\n  jobs best                              the configuration to keep\n\n{EXIT_CODES}")
)]
pub struct Cli {
    /// Study file
    #[arg(short, long, global = true, default_value = "study.toml", value_name = "FILE")]
    pub study: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented study file and a trainer to adapt
    Init(InitArgs),
    /// Validate the study file and try the trainer for a few steps
    Check(CheckArgs),
    /// Show how the budget is split between full and early runs
    Plan(PlanArgs),
    /// Train until the budget is used up; run again to continue after an interruption
    Run(RunArgs),
    /// Show the progress of the study, also while it runs
    Status(StatusArgs),
    /// Print the best configuration so far, with PEFT arguments and dataset weights
    Best(BestArgs),
    /// Write one HTML page with every curve, the predictions and the configurations
    Report(ReportArgs),
    /// Export all runs as a run table or as one CSV file
    Export(ExportArgs),
    /// Print what to train next, if you train outside of `jobs run`
    Ask(AskArgs),
    /// Record the result of a run that `jobs ask` requested
    Tell(TellArgs),
    /// Import full runs trained elsewhere; they do not use the budget
    Import(ImportArgs),
    /// The built-in trainer as a command: trains one request of this study
    #[command(hide = true)]
    Train(TrainArgs),
}

/// `jobs init`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs init --domains maths,code,chat\n  jobs init --domains maths,code --layers 28 --modules q_proj,k_proj,v_proj,o_proj --total-runs 15 --full-steps 500\n  jobs init --emulator gsm8k             a study without a GPU, to try the program\n\nExisting files are never overwritten."
)]
pub struct InitArgs {
    /// Names of your training data sets, separated by commas: the parts of the mixture
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME,...",
        required_unless_present = "emulator",
        conflicts_with = "emulator"
    )]
    pub domains: Vec<String>,
    /// Decoder layers of your model
    #[arg(long, default_value_t = 32, value_name = "N")]
    pub layers: u32,
    /// Modules that may carry an adapter, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "q_proj,v_proj,up_proj,down_proj,gate_proj",
        value_name = "NAME,..."
    )]
    pub modules: Vec<String>,
    /// Optimiser steps of a full run
    #[arg(long, default_value_t = 500, value_name = "STEPS")]
    pub full_steps: u64,
    /// Budget in full runs
    #[arg(long, default_value_t = 15, value_name = "N")]
    pub total_runs: u64,
    /// Create a study on an emulator (commonsense_qa, gsm8k, triviaqa, truthfulqa_gen, mmlu, arc_challenge)
    #[arg(long, value_name = "TASK")]
    pub emulator: Option<String>,
}

/// `jobs check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs check\n  jobs check --steps 50         a longer dry run\n  jobs check --no-run           the file only\n\nThe dry run trains one configuration for a few steps and resumes it. It is not recorded in the study."
)]
pub struct CheckArgs {
    /// Steps of the dry run [default: eval_every, or half an early run; twice as many are trained]
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<u64>,
    /// Do not try the trainer
    #[arg(long)]
    pub no_run: bool,
}

/// `jobs plan`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs plan\n  jobs plan --json | jq .bound.allocation\n  jobs plan --runs old-study/table   measure the bound's constants on your own full runs\n  jobs plan --measured               the same on the study's own full runs so far\n\nNothing is trained or written."
)]
pub struct PlanArgs {
    /// Run table (as written by `jobs export`) to measure the bound's constants on
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Measure them on the study's own full runs
    #[arg(long, conflicts_with = "runs")]
    pub measured: bool,
}

/// `jobs run`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs run\n  jobs run --workers 4          four runs at once\n\nCtrl-C or SIGTERM makes running trainers save a checkpoint; the same command continues. Slurm tasks keep running."
)]
pub struct RunArgs {
    /// Runs at once [default: `executor.workers` of the study file]
    #[arg(short, long, value_name = "N")]
    pub workers: Option<usize>,
}

/// `jobs status`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs status\n  jobs status --all             every run, not the last few\n  watch jobs status"
)]
pub struct StatusArgs {
    /// List every run
    #[arg(long)]
    pub all: bool,
}

/// `jobs best`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jobs best\n  jobs best --yaml > best.yaml\n  jobs best --json | jq .peft")]
pub struct BestArgs {
    /// Print YAML
    #[arg(long, conflicts_with = "json")]
    pub yaml: bool,
}

/// `jobs report`
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jobs report --out report.html\n\nThe page is self-contained.")]
pub struct ReportArgs {
    /// File to write
    #[arg(short, long, default_value = "report.html", value_name = "FILE")]
    pub out: PathBuf,
}

/// `jobs export`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs export table              a folder: space.toml, runs.csv, curves.csv\n  jobs export --csv runs.csv     one row per run"
)]
pub struct ExportArgs {
    /// Folder for the run table
    #[arg(value_name = "DIR", required_unless_present = "csv")]
    pub folder: Option<PathBuf>,
    /// Write one CSV file with a row per run
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// `jobs ask`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs ask --json               one run to train, as a request for a trainer\n  jobs ask --count 4            four at once\n  jobs ask --pending            requested runs without a result\n\nRecord the result with `jobs tell`."
)]
pub struct AskArgs {
    /// Number of runs to request
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub count: usize,
    /// List the requested runs without a result, instead of requesting new ones
    #[arg(long)]
    pub pending: bool,
}

/// `jobs tell`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs tell 7 < metrics.jsonl\n  jobs tell 7 metrics.jsonl\n  printf '{\"step\": 100, \"eval_loss\": 1.2}\\n' | jobs tell 7\n\nThe lines have the format of a trainer's output. The last line is of the requested step, unless the loss is NaN: the run then counts as diverged."
)]
pub struct TellArgs {
    /// Number of the run
    #[arg(value_name = "RUN")]
    pub run: u64,
    /// JSON lines [default: standard input]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `jobs import`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jobs import old-study/table    a folder written by `jobs export`\n\nFull runs train the predictor and replace initial full runs. Shorter runs are skipped with a message."
)]
pub struct ImportArgs {
    /// Folder of a run table
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `jobs train`
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The request
    #[arg(value_name = "FILE")]
    pub request: PathBuf,
}
