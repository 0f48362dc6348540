//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::failure::EXIT_CODES;
use crate::trainers::Trainer;

/// Find the best data mixture and LoRA configuration for fine-tuning, within a budget of training steps
#[derive(Debug, Parser)]
#[command(
    name = "jobs",
    version,
    arg_required_else_help = true,
    after_help = format!("Start with:\n  jobs init --domains maths,code,chat    write study.toml and train.py\n  jobs check                             validate the study file and test the trainer\n  jobs run                               run the study; run again to continue\n  jobs best                              print the recommended configuration\n\n{EXIT_CODES}")
)]
pub struct Cli {
    /// Study file
    #[arg(short, long, global = true, default_value = "study.toml", value_name = "FILE")]
    pub study: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented study file and an example trainer
    Init(InitArgs),
    /// Validate the study file and test the trainer for a few steps
    Check(CheckArgs),
    /// Show how the budget is split between full and early runs, and why
    Plan(PlanArgs),
    /// Run the study until the budget is used; run again to continue after an interruption
    Run(RunArgs),
    /// Show the progress of the study, also while it runs
    Status(StatusArgs),
    /// Follow the progress in the terminal until the study ends
    Watch(WatchArgs),
    /// Show the report in a browser and keep it up to date while the study runs
    Serve(ServeArgs),
    /// Print the best configuration so far, with arguments for PEFT and data set weights
    Best(BestArgs),
    /// Write an HTML page with all curves, predictions and configurations
    Report(ReportArgs),
    /// Write all runs as a run table or a CSV file
    Export(ExportArgs),
    /// Print the next run, to train it yourself
    Ask(AskArgs),
    /// Record the result of a run that you trained yourself
    Tell(TellArgs),
    /// Try configurations of yours first
    Enqueue(EnqueueArgs),
    /// Withdraw a run: a report entered by mistake, or a run that was asked for and given up
    Forget(ForgetArgs),
    /// Accept that files which the study depends on have changed: a table, an emulator, the trainer's script
    #[command(
        after_help = "Example:\n  jobs accept\n\nA study refuses to continue with another transferred table or emulator, since its results depend on it. This records the present files in the journal."
    )]
    Accept,
    /// Withdraw a run whose configuration is not to be tried
    Skip(SteerArgs),
    /// Mark a run as failed, so that the search avoids its configuration
    Fail(SteerArgs),
    /// Keep a run from going on, until `jobs resume`
    Pause(SteerArgs),
    /// Let a paused run go on
    Resume(SteerArgs),
    /// Give the study more budget, also after it has finished
    Extend(ExtendArgs),
    /// Add the runs of another study, without using budget
    Import(ImportArgs),
    /// Train one request with the built-in trainer
    #[command(hide = true)]
    Train(TrainArgs),
}

/// `jobs init`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs init --domains maths,code,chat\n  jobs init --domains maths,code --layers 28 --modules q_proj,k_proj,v_proj,o_proj --total-runs 15 --full-steps 500\n  jobs init --domains maths,code --model models/llama\n  jobs init --domains maths,code --trainer axolotl\n  jobs init --emulator gsm8k             an emulated study, without a GPU\n\nExisting files are never overwritten."
)]
pub struct InitArgs {
    /// Names of your data sets, separated by commas: the parts of the mixture
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME,...",
        required_unless_present = "emulator",
        conflicts_with = "emulator"
    )]
    pub domains: Vec<String>,
    /// Number of decoder layers of your model [default: those of --model, otherwise 32]
    #[arg(long, value_name = "N")]
    pub layers: Option<u32>,
    /// Hugging Face folder of your model, whose config.json has the number of layers
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,
    /// Modules that may carry an adapter, separated by commas [default: q_proj,v_proj,up_proj,down_proj,gate_proj; torchtune: q_proj,v_proj]
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub modules: Vec<String>,
    /// Program that trains the runs: writes its settings, and a train.py that runs it [default: Hugging Face Trainer]
    #[arg(long, value_enum, value_name = "PROGRAM", conflicts_with = "emulator")]
    pub trainer: Option<Trainer>,
    /// Optimiser steps of a full run
    #[arg(long, default_value_t = 500, value_name = "STEPS")]
    pub full_steps: u64,
    /// Budget, in full runs
    #[arg(long, default_value_t = 15, value_name = "N")]
    pub total_runs: u64,
    /// Write a study of emulated runs of this task (commonsense_qa, gsm8k, triviaqa, truthfulqa_gen, mmlu, arc_challenge)
    #[arg(long, value_name = "TASK")]
    pub emulator: Option<String>,
}

/// `jobs check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs check\n  jobs check --steps 50         a longer dry run\n  jobs check --no-run           only the study file\n  jobs check --journal          verify the journal, also while a study runs\n\nThe dry run trains one configuration for a few steps and resumes it. It writes nothing to the journal."
)]
pub struct CheckArgs {
    /// Steps before the resume, and as many after it [default: eval_every, or half an early run]
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<u64>,
    /// Do not test the trainer
    #[arg(long)]
    pub no_run: bool,
    /// Verify the whole journal instead
    #[arg(long, conflicts_with_all = ["steps", "no_run"])]
    pub journal: bool,
}

/// `jobs plan`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs plan\n  jobs plan --json | jq .bound.allocation\n  jobs plan --runs old-study/table   measure the constants of the bound on recorded full runs\n  jobs plan --measured               measure them on the full runs of this study\n\nTrains and writes nothing."
)]
pub struct PlanArgs {
    /// Measure the constants of the bound on this run table of `jobs export`
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Measure the constants on the full runs of this study
    #[arg(long, conflicts_with = "runs")]
    pub measured: bool,
}

/// `jobs run`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs run\n  jobs run --workers 4          four runs at once\n\nOn Ctrl-C or SIGTERM, local trainers save a checkpoint and stop; Slurm tasks continue. Run the same command to continue the study."
)]
pub struct RunArgs {
    /// Number of runs at once [default: workers in the study file]
    #[arg(short, long, value_name = "N")]
    pub workers: Option<usize>,
}

/// `jobs status`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs status\n  jobs status --all             every run instead of the last 12\n  watch jobs status"
)]
pub struct StatusArgs {
    /// List every run
    #[arg(long)]
    pub all: bool,
}

/// `jobs watch`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs watch\n  jobs watch --json              one line each time something changes\n\nWrites nothing. Ctrl-C ends it, not the study."
)]
pub struct WatchArgs {
    /// Seconds between two looks
    #[arg(long, default_value_t = 2.0, value_name = "SECONDS")]
    pub every: f64,
}

/// `jobs serve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs serve\n  jobs serve --listen 0.0.0.0:8427    for other machines, with a token in the address\n\nReads and never writes. The page needs no network. Ctrl-C ends it, not the study."
)]
pub struct ServeArgs {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8427", value_name = "ADDRESS:PORT")]
    pub listen: String,
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
#[command(after_help = "Example:\n  jobs report --out report.html\n\nThe page is self-contained and needs no network.")]
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
    /// Folder of the run table
    #[arg(value_name = "DIR", required_unless_present = "csv")]
    pub folder: Option<PathBuf>,
    /// CSV file, one row per run
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// `jobs ask`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs ask --json               one run to train, as a request for a trainer\n  jobs ask --count 4            four at once\n  jobs ask --pending            runs without a result so far\n\nRecord results with `jobs tell`."
)]
pub struct AskArgs {
    /// Number of runs to request
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub count: usize,
    /// List the pending runs instead of new ones
    #[arg(long)]
    pub pending: bool,
}

/// `jobs tell`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs tell 7 < metrics.jsonl\n  jobs tell 7 metrics.jsonl\n  printf '{\"step\": 100, \"eval_loss\": 1.2}\\n' | jobs tell 7\n\n  jobs tell --configuration mine.json metrics.jsonl    a run that was not asked for\n\nThe input is what a trainer writes. The last line must be at the requested step. A loss of NaN means that the run diverged.\n\nA run that was not asked for uses no budget, and may have stopped early."
)]
pub struct TellArgs {
    /// Number of the run
    #[arg(value_name = "RUN", required_unless_present = "configuration")]
    pub run: Option<String>,
    /// JSON lines [default: standard input]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How long the trial took, for a budget in hours
    #[arg(long, value_name = "SECONDS", conflicts_with = "configuration")]
    pub seconds: Option<f64>,
    /// Configuration of a run that was not asked for, as JSON
    #[arg(long, value_name = "FILE")]
    pub configuration: Option<PathBuf>,
}

/// `jobs enqueue`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs enqueue lora_rank=16 lora_alpha=32 mixture.maths=0.5 mixture.code=0.5\n  jobs enqueue mine.json        one configuration or several, as JSON\n  jobs enqueue --full mine.json\n  jobs enqueue --list\n\n`jobs run` and `jobs ask` take them before those of the method, in their order. Dimensions that are not given have their default value, and parts of a mixture that are not given have the share 0."
)]
pub struct EnqueueArgs {
    /// JSON files with configurations, or the values of one configuration
    #[arg(value_name = "FILE|NAME=VALUE", required_unless_present_any = ["list", "clear"])]
    pub configurations: Vec<String>,
    /// Train them as full runs, instead of for as long as the method's next new run
    #[arg(long)]
    pub full: bool,
    /// List the configurations that wait
    #[arg(long, conflicts_with_all = ["configurations", "full", "clear"])]
    pub list: bool,
    /// Remove the configurations that wait
    #[arg(long, conflicts_with_all = ["configurations", "full"])]
    pub clear: bool,
}

/// `jobs forget`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs forget 7\n  jobs ask --pending            runs that were asked for and have no result\n\nThe run counts for nothing any more: not for the search, not as the best, not for the budget. Nothing is removed from the journal. The withdrawal cannot be undone."
)]
pub struct ForgetArgs {
    /// Number of the run
    #[arg(value_name = "RUN")]
    pub run: u64,
}

/// `jobs skip`, `jobs fail`, `jobs pause` and `jobs resume`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jobs skip 7\n  jobs fail 7\n  jobs pause 7\n  jobs resume 7\n\nStop the study first; Ctrl-C keeps its checkpoints. The journal keeps every one of these decisions."
)]
pub struct SteerArgs {
    /// Number of the run
    #[arg(value_name = "RUN")]
    pub run: u64,
}

/// `jobs extend`
#[derive(Debug, Args)]
#[command(
    group = clap::ArgGroup::new("more").required(true),
    after_help = "Examples:\n  jobs extend --runs 10         the steps of ten more full runs\n  jobs extend --steps 2000\n\nChanges total_steps in the study file. Editing it by hand does the same, also to less, down to the steps used."
)]
pub struct ExtendArgs {
    /// Full runs to add
    #[arg(long, value_name = "N", group = "more")]
    pub runs: Option<u64>,
    /// Steps to add
    #[arg(long, value_name = "STEPS", group = "more")]
    pub steps: Option<u64>,
}

/// `jobs import`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jobs import old-study/table    a folder written by `jobs export`\n  jobs import table --full-only\n  jobs import table --set lora_dropout=0.05    its runs were trained with this value\n\nFull runs inform the predictor and count as runs of the learning phase. Shorter runs inform the search; they cannot be trained further."
)]
pub struct ImportArgs {
    /// Folder of the run table
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Skip runs that are shorter than a full run
    #[arg(long)]
    pub full_only: bool,
    /// Value of a dimension that the table does not have
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// `jobs train`
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Request file
    #[arg(value_name = "FILE")]
    pub request: PathBuf,
}
