//! The program: `cargo run -p experiments -- NAME`.

use std::process::ExitCode;

use clap::Parser;
use experiments::cli::{Cli, Command};
use experiments::foresee::{fig3, fig4, shift};
use experiments::nearest::unknown;
use experiments::user_error::{UserError, user};
use experiments::{
    all, ask_tell, fig1, figures, fit_emulator, methods, plan, predictor_eval, registry, report, sources, suite,
};

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.downcast_ref::<UserError>().is_some() => {
            eprintln!("error: {e}");
            ExitCode::from(2)
        }
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => {
            let methods: Vec<_> = methods::METHODS.iter().map(|m| (m.name, m.description)).collect();
            print!("{}", registry::listing(&methods, &sources::built_in()));
            Ok(())
        }
        Command::Fig2(args) => figures::run_fig2(&args),
        Command::Fig6(args) => figures::run_fig6(&args),
        Command::Fig7(args) => figures::run_fig7(&args),
        Command::Fig8(args) => figures::run_fig8(&args),
        Command::All(args) => all::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Fig5(args) => suite::run(args),
        Command::Ablation(args) => suite::run_ablation(args),
        Command::Replay(args) => suite::run_replay(args),
        Command::Regmix(args) => suite::run_regmix(args),
        Command::Synthetic(args) => suite::run_synthetic(args),
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
