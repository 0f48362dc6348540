//! The program: `cargo run -p experiments -- NAME`.

use std::process::ExitCode;

use clap::Parser;
use experiments::cli::{self, Cli};
use experiments::user_error::UserError;

fn main() -> ExitCode {
    match cli::run(Cli::parse().command) {
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
