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
use crate::synthetic::SyntheticArgs;
use crate::user_error::user;
use crate::{
    ablation, all, ask_tell, fit_emulator, plan, predictor_eval, registry, regmix, replay, report, shift, synthetic,
    tasks,
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

fn after_help() -> String {
    let names: Vec<_> = registry::EXPERIMENTS.iter().map(|e| e.name).collect();
    format!("Experiments: {}. `experiments list` says what each is.", names.join(", "))
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
