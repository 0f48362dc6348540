//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::EXIT_CODES;

/// Find the data mixture and LoRA configuration that fine-tune your model best, within a budget of training steps.
#[derive(Debug, Parser)]
#[command(
    name = "jobs",
    version,
    about,
    arg_required_else_help = true,
    after_help = format!("Begin with:\n  jobs init --domains maths,code,chat    writes study.toml and train.py\n  jobs check                             is it sound? does the trainer work?\n  jobs run                               trains; run again to go on\n  jobs best                              the configuration to keep\n\n{EXIT_CODES}")
)]
pub struct Cli {
    /// The study file
    #[arg(short, long, global = true, default_value = "study.toml", value_name = "FILE")]
    pub study: PathBuf,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented study file, and a trainer to start from
    Init(InitArgs),
    /// Say whether the study file is sound, and try the trainer for a few steps
    Check(CheckArgs),
    /// Say how the budget is split between full and early runs, and why
    Plan(PlanArgs),
    /// Train until the budget is spent; run again to go on after an interruption
    Run(RunArgs),
    /// Say how far the study is; works while it runs
    Status(StatusArgs),
    /// The best configuration so far, ready for PEFT and dataset weights
    Best(BestArgs),
    /// Write one HTML page with every curve, the predictions and the configurations
    Report(ReportArgs),
    /// Write what was trained as a run table, or as one CSV file
    Export(ExportArgs),
    /// For those who run things themselves: what to train next
    Ask(AskArgs),
    /// For those who run things themselves: how it went
    Tell(TellArgs),
    /// Take full runs recorded elsewhere as prior knowledge, uncharged
    Import(ImportArgs),
    /// The built-in trainer as a command: trains one request of this study
    #[command(hide = true)]
    Train(TrainArgs),
}

/// `jobs init`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs init --domains maths,code,chat\n  jobs init --domains maths,code --layers 28 --modules q_proj,k_proj,v_proj,o_proj --total-runs 15 --full-steps 500\n  jobs init --emulator gsm8k             a study without a GPU, to see how it goes\n\nExisting files are never overwritten."
)]
pub struct InitArgs {
    /// Names of your training data sets, by commas: the parts of the mixture
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
    /// Modules an adapter may sit on, by commas
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
    /// The budget, in full runs
    #[arg(long, default_value_t = 15, value_name = "N")]
    pub total_runs: u64,
    /// A study of emulated runs (commonsense_qa, gsm8k, triviaqa, truthfulqa_gen, mmlu, arc_challenge)
    #[arg(long, value_name = "TASK")]
    pub emulator: Option<String>,
}

/// `jobs check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs check\n  jobs check --steps 50         a longer dry run\n  jobs check --no-run           the file only\n\nThe dry run trains one configuration for a few steps, resumes it, and leaves nothing in the study's journal."
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
    after_help = "Examples:\n  jobs plan\n  jobs plan --json | jq .bound.allocation\n  jobs plan --runs old-study/table   the bound's constants measured on full runs of your own\n  jobs plan --measured               the same on the study's own full runs so far\n\nNothing is trained or written."
)]
pub struct PlanArgs {
    /// A run table, as `jobs export` writes it, to measure the bound's constants on
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Measure them on the study's own full runs
    #[arg(long, conflicts_with = "runs")]
    pub measured: bool,
}

/// `jobs run`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs run\n  jobs run --workers 4          four runs at once, whatever the study file says\n\nCtrl-C or SIGTERM asks running trainers to keep a checkpoint; the same command goes on. On Slurm they go on by themselves."
)]
pub struct RunArgs {
    /// Runs at once [default: the study file's]
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
    /// Answer in YAML
    #[arg(long, conflicts_with = "json")]
    pub yaml: bool,
}

/// `jobs report`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jobs report --out report.html\n\nThe page needs nothing else: send it, print it, open it on a phone."
)]
pub struct ReportArgs {
    /// The file to write
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
    after_help = "Examples:\n  jobs ask --json               one run to train, as a request for a trainer\n  jobs ask --count 4            four at once\n  jobs ask --pending            those asked before and not yet told\n\n`jobs tell` takes the outcome."
)]
pub struct AskArgs {
    /// So many
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub count: usize,
    /// Those asked before and not yet told, instead of new ones
    #[arg(long)]
    pub pending: bool,
}

/// `jobs tell`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs tell 7 < metrics.jsonl\n  jobs tell 7 metrics.jsonl\n  printf '{\"step\": 100, \"eval_loss\": 1.2}\\n' | jobs tell 7\n\nThe lines are those a trainer would write; the last is of the step asked for, unless the loss is NaN: then the run diverged."
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
    after_help = "Example:\n  jobs import old-study/table    a folder as `jobs export` writes it\n\nFull runs teach the predictor and stand for runs of the learning phase; shorter ones are left out, and said."
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
