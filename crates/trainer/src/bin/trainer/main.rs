//! The program `trainer`: `cargo run -p trainer -- COMMAND`.

mod base;
mod bench;
mod cli;
mod evaluate;
mod logits;
mod merge;
mod output;
mod pretrain;
mod record;
mod settings;
mod train;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Pretrain(args) => pretrain::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Record(args) => record::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Logits(args) => logits::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Settings => settings::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            // standard error may be closed or full
            let _ = writeln!(std::io::stderr(), "error: {e:#}");
            ExitCode::FAILURE
        }
    }
}
