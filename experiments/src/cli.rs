//! The command line.

use clap::{Parser, Subcommand};

use jobs_core::nearest::unknown;

use crate::all::AllArgs;
use crate::ask_tell::AskTellArgs;
use crate::comparison::args::Fig5Args;
use crate::figures::FigureArgs;
use crate::figures::fig1::Fig1Args;
use crate::figures::fig2::Fig2Args;
use crate::figures::fig3::Fig3Args;
use crate::figures::fig4::Fig4Args;
use crate::fit_emulator::FitEmulatorArgs;
use crate::plan::PlanArgs;
use crate::predictor_eval::PredictorEvalArgs;

use crate::figures::{fig1, fig2, fig3, fig4, fig5, fig6, fig7, fig8};
use crate::regmix::RegmixArgs;
use crate::replay::ReplayArgs;
use crate::report::ReportArgs;
use crate::shift::ShiftArgs;
use crate::suite::SuiteArgs;
use crate::synthetic::SyntheticArgs;
use crate::user_error::user;
use crate::{
    ablation, all, ask_tell, fit_emulator, plan, predictor_eval, registry, regmix, replay, report, shift, suite,
    synthetic, tasks,
};

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
    /// List every experiment, method and task
    List,
    /// How the best mixture depends on the LoRA settings
    Fig2(Fig2Args),
    /// Best loss found against budget used: JoBS against other methods on six tasks
    Fig5(Fig5Args),
    /// Final regret of JoBS against the length of early runs and the number of full runs first
    Fig6(FigureArgs),
    /// How often the surrogate's intervals contain the values of new runs
    Fig7(FigureArgs),
    /// Seconds per decision against the number of runs
    Fig8(FigureArgs),
    /// Every figure and table with 5 seeds: under two hours on two cores (--smoke: under three minutes)
    All(AllArgs),
    /// One self-contained page with the contents of results/
    Report(ReportArgs),
    /// JoBS with one part changed at a time, on the tuning tasks and separate seeds
    #[command(
        mut_arg("tasks", |tasks| tasks.help("Tasks, comma-separated [default: gsm8k, triviaqa, mmlu]")),
        mut_arg("first_seed", |seed| seed.help("First seed [default: 1000]"))
    )]
    Ablation(Fig5Args),
    /// Methods on recorded runs: only recorded configurations may be chosen
    Replay(ReplayArgs),
    /// Methods on RegMix's pre-training mixtures: no curves, so no early runs
    Regmix(RegmixArgs),
    /// Joint against separate optimisation on functions with known optimum and interaction
    Synthetic(SyntheticArgs),
    /// Every method on families of tasks of different kinds, each family counting the same
    Suite(SuiteArgs),
    /// Serve an emulator on standard input and output to optimisers in other languages
    AskTell(AskTellArgs),
    /// Fit an emulator of learning curves to recorded runs
    FitEmulator(FitEmulatorArgs),
    /// Value of N full runs: the bound, the regret reached on the emulators, and N chosen online
    Fig1(Fig1Args),
    /// Early curves, predictions and final values of single runs
    Fig3(Fig3Args),
    /// Prediction error against the number of full runs, with fitted error laws
    Fig4(Fig4Args),
    /// Prediction error on optimised configurations after learning from random ones
    Shift(ShiftArgs),
    /// Error and calibration of every predictor on recorded runs
    PredictorEval(PredictorEvalArgs),
    /// The number of full runs that the regret bound recommends for a budget
    Plan(PlanArgs),
    /// An unknown name.
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

fn after_help() -> String {
    let names: Vec<_> = registry::EXPERIMENTS.iter().map(|e| e.name).collect();
    format!("Experiments: {}. `experiments list` describes each.", names.join(", "))
}

/// Runs a command.
///
/// # Errors
/// Those of the experiment.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => {
            let methods: Vec<_> = methods::METHODS.iter().map(|m| (m.name, m.description)).collect();
            print!("{}", registry::listing(&methods, &tasks::built_in()));
            Ok(())
        }
        Command::Fig2(args) => fig2::run(&args),
        Command::Fig6(args) => fig6::run(&args),
        Command::Fig7(args) => fig7::run(&args),
        Command::Fig8(args) => fig8::run(&args),
        Command::All(args) => all::run(&args, &run_line),
        Command::Report(args) => report::run(&args),
        Command::Fig5(args) => fig5::run(args),
        Command::Ablation(args) => ablation::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Regmix(args) => regmix::run(args),
        Command::Synthetic(args) => synthetic::run(args),
        Command::Suite(args) => suite::run(args),
        Command::AskTell(args) => ask_tell::run(&args),
        Command::FitEmulator(args) => fit_emulator::run(&args),
        Command::Fig1(args) => fig1::run(&args),
        Command::Fig3(args) => fig3::run(&args),
        Command::Fig4(args) => fig4::run(&args),
        Command::Shift(args) => shift::run(&args),
        Command::PredictorEval(args) => predictor_eval::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Unknown(words) => {
            let known: Vec<_> = registry::EXPERIMENTS.iter().map(|e| e.name).collect();
            Err(user(unknown("experiment", words.first().map_or("", String::as_str), &known)))
        }
    }
}

/// Runs a command line given as words, the program's name first.
fn run_line(line: &[String]) -> anyhow::Result<()> {
    run(Cli::try_parse_from(line)?.command)
}
