//! The program `jobs`; its guide is `docs/guide.md`.

use std::process::ExitCode;

use clap::Parser;
use jobs_cli::args::Cli;
use jobs_cli::{commands, failure};

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failure::report(&e),
    }
}
