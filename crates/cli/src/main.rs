//! The program `jobs`; its guide is `docs/guide.md`.

use std::process::ExitCode;

use clap::Parser;
use jobs_cli::args::Cli;
use jobs_cli::commands;
use jobs_cli::failure::{self, Kind};

fn main() -> ExitCode {
    let json = std::env::args_os().any(|a| a == "--json");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) if json && e.use_stderr() => {
            let message = e.to_string();
            return failure::report(&Kind::Input.error(message.trim_start_matches("error: ").trim_end()), true);
        }
        Err(e) => e.exit(),
    };
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failure::report(&e, json),
    }
}
