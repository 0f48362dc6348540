//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::all::AllArgs;
use crate::ask_tell::AskTellArgs;
use crate::fig1::Fig1Args;
use crate::figures::{Fig2Args, FigureArgs};
use crate::foresee::fig3::Fig3Args;
use crate::foresee::fig4::Fig4Args;
use crate::foresee::shift::ShiftArgs;
use crate::plan::PlanArgs;
use crate::predictor_eval::PredictorEvalArgs;
use crate::registry;
use crate::report::ReportArgs;
use crate::suite::{RegmixArgs, ReplayArgs, SyntheticArgs};

/// Reproduce and ablate JoBS.
#[derive(Debug, Parser)]
#[command(name = "experiments", version, about, after_help = after_help(), arg_required_else_help = true)]
pub struct Cli {
    /// What to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Name every experiment, one line each
    List,
    /// How the best mixture moves with the LoRA setting
    Fig2(Fig2Args),
    /// Best-found loss against steps spent: JoBS against BO-centric methods on six tasks
    Fig5(Fig5Args),
    /// Final regret of JoBS against the length of its early runs and the full runs it learns from first
    Fig6(FigureArgs),
    /// How often the surrogate's intervals hold the values of new runs
    Fig7(FigureArgs),
    /// What a decision costs against the runs seen
    Fig8(FigureArgs),
    /// Every figure and table, 5 seeds, under two hours on two cores (--smoke: under three minutes)
    All(AllArgs),
    /// One self-contained page of what results/ holds
    Report(ReportArgs),
    /// JoBS with one part changed at a time, on the tuning tasks and seeds of its own
    Ablation(Fig5Args),
    /// Methods on recorded runs: only those may be chosen, and what was recorded is the truth
    Replay(ReplayArgs),
    /// Methods on RegMix's pre-training mixtures: no curves, so no early runs
    Regmix(RegmixArgs),
    /// Joint against separate optimisation on functions of known optimum and interaction
    Synthetic(SyntheticArgs),
    /// An emulator behind standard input and output, for optimisers in other languages
    AskTell(AskTellArgs),
    /// Fit an emulator of learning curves to recorded runs
    FitEmulator(FitEmulatorArgs),
    /// What a number of full runs is worth: the bound, the searches on the emulators, N decided on the way
    Fig1(Fig1Args),
    /// Early curves, predictions and true final values of single runs
    Fig3(Fig3Args),
    /// Prediction error against the number of full runs, with the laws it falls by
    Fig4(Fig4Args),
    /// The predictor asked about optimised configurations after learning from random ones
    Shift(ShiftArgs),
    /// How well every predictor foresees recorded runs
    PredictorEval(PredictorEvalArgs),
    /// How many full runs a budget is worth, by the regret bound
    Plan(PlanArgs),
    /// Anything else.
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

/// What every comparison of methods takes.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Seeds per cell
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// The first of them, to repeat a comparison on fresh ones [default: 0, ablation: 1000]
    #[arg(long, value_name = "SEED")]
    pub first_seed: Option<u64>,
    /// Methods, by commas [default: all but mf-kg, which is slow]
    #[arg(long, value_delimiter = ',', value_name = "METHOD,...")]
    pub methods: Vec<String>,
    /// Folder for the results [default: results/NAME, with --smoke results/smoke/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Everything in small: two seeds, small budgets, few tasks
    #[arg(long)]
    pub smoke: bool,
    /// Compute every cell anew, kept or not
    #[arg(long)]
    pub fresh: bool,
    /// Take over what the folder's table holds already (as its manifest describes it), and compute the rest: more seeds, methods or
    /// budgets for a comparison of which the finished cells are no longer there
    #[arg(long, conflicts_with = "fresh")]
    pub extend: bool,
    /// Cells computed side by side [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// What `fig5` and `ablation` take.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig5                          5 seeds, minutes on two cores\n  experiments fig5 --smoke                  everything in small\n  experiments fig5 --tasks gsm8k --methods jobs,random --seeds 20\n  experiments fig5 --emulator my.json       on your own fitted emulator\n  experiments fig5 --out-of-distribution    the task's own data left out\n  experiments fig5 --experience results/experience    begun with what studies of the other tasks teach\n\nFinished cells (one task, budget, method and seed) are kept under OUT/cells and skipped when run again."
)]
pub struct Fig5Args {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// Tasks, by commas [default: all six; ablation: gsm8k, triviaqa, mmlu]
    #[arg(long, value_delimiter = ',', value_name = "TASK,...")]
    pub tasks: Vec<String>,
    /// Budgets in full runs, one row of panels each
    #[arg(long, value_delimiter = ',', default_value = "50,15", value_name = "C,...")]
    pub full_runs: Vec<u64>,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Emulator files to use instead of the six built in (see fit-emulator)
    #[arg(long, value_name = "FILE")]
    pub emulator: Vec<PathBuf>,
    /// Recorded runs to emulate instead: a folder of results/curves, or any run table [example: stories260k]
    #[arg(long, value_name = "NAME|DIR", conflicts_with = "emulator")]
    pub source: Option<PathBuf>,
    /// The task's own domain is left out of every mixture [default tasks: gsm8k, triviaqa, mmlu, arc_challenge]
    #[arg(long, conflicts_with = "source")]
    pub out_of_distribution: bool,
    /// Run tables of earlier studies (or folders of them) that every task begins with, each but one named as the task itself
    #[arg(long, value_delimiter = ',', value_name = "DIR,...")]
    pub experience: Vec<PathBuf>,
    /// Train for real: methods jobs and random on live LoRA fine-tuning of the built-in model
    #[arg(long, conflicts_with_all = ["emulator", "tasks", "source", "out_of_distribution", "experience"])]
    pub live: bool,
    /// Settings of the live trainer (see `trainer settings`)
    #[arg(long, value_name = "FILE", requires = "live")]
    pub live_settings: Option<PathBuf>,
}

/// What `fit-emulator` takes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  experiments fit-emulator --runs tables/gsm8k --outcomes outcomes/gsm8k --out gsm8k.json\n  experiments fig5 --emulator gsm8k.json"
)]
pub struct FitEmulatorArgs {
    /// Run table: folder with space.toml, runs.csv and curves.csv
    #[arg(long, value_name = "DIR")]
    pub runs: PathBuf,
    /// Outcome table of the same space: folder with runs.csv and outcomes.csv (may be given again)
    #[arg(long, value_name = "DIR")]
    pub outcomes: Vec<PathBuf>,
    /// The emulator file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Name of the task [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Seed of the fit
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Also write the fit's quality as a row of DIR/quality.csv (replaced if the task is there), with a manifest
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Repository and commit the table was derived from, for the provenance
    #[arg(long, value_name = "TEXT")]
    pub upstream: Option<String>,
}

fn after_help() -> String {
    let names: Vec<_> = registry::EXPERIMENTS.iter().map(|e| e.name).collect();
    format!("Experiments: {}. `experiments list` says what each is.", names.join(", "))
}
