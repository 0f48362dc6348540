//! The commands, a file each.

mod ask;
mod best;
mod check;
mod export;
mod import;
mod init;
mod plan;
mod run;
mod status;
mod tell;
mod train;

pub(crate) use best::shown;
pub(crate) use export::run_table;

use crate::args::{Cli, Command};
use crate::study_file::Place;

/// Does what was asked.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    let (json, path) = (cli.json, cli.study.as_path());
    let place = || Place::read(path);
    match &cli.command {
        Command::Init(args) => init::run(args, path, json),
        Command::Check(args) => check::run(args, &place()?, json),
        Command::Plan(args) => plan::run(args, &place()?, json),
        Command::Run(args) => run::run(args, &place()?, json),
        Command::Status(args) => status::run(args, &place()?, json),
        Command::Best(args) => best::run(args, &place()?, json),
        Command::Report(args) => crate::report::run(args, &place()?, json),
        Command::Export(args) => export::run(args, &place()?, json),
        Command::Ask(args) => ask::run(args, &place()?, json),
        Command::Tell(args) => tell::run(args, &place()?, json),
        Command::Import(args) => import::run(args, &place()?, json),
        Command::Train(args) => train::run(args, &place()?),
    }
}
