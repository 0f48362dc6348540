//! The commands, one file each.

mod accept;
mod ask;
mod best;
mod check;
mod check_journal;
mod enqueue;
mod export;
mod extend;
mod forget;
mod import;
mod init;
mod plan;
mod report;
mod run;
mod serve;
mod status;
mod steer;
mod tell;
mod tell_elsewhere;
mod train;
mod watch;

use self::steer::Steer;
use crate::args::{Cli, Command};
use crate::loaded_study::LoadedStudy;
use crate::output::say;

/// Runs a command.
///
/// # Errors
/// A [`Failure`](crate::failure::Failure) with its exit code, or any other error, with exit code 1.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    let (json, path) = (cli.json, cli.study.as_path());
    let loaded = || {
        let loaded = LoadedStudy::read(path)?;
        for notice in loaded.old_names.notices(path) {
            say(&format!("note: {notice}"));
        }
        anyhow::Ok(loaded)
    };
    match &cli.command {
        Command::Init(args) => init::run(args, path, json),
        Command::Check(args) => check::run(args, &loaded()?, json),
        Command::Plan(args) => plan::run(args, &loaded()?, json),
        Command::Run(args) => run::run(args, &loaded()?, json),
        Command::Status(args) => status::run(args, &loaded()?, json),
        Command::Watch(args) => watch::run(args, &loaded()?, json),
        Command::Serve(args) => serve::run(args, &loaded()?, json),
        Command::Best(args) => best::run(args, &loaded()?, json),
        Command::Report(args) => report::run(args, &loaded()?, json),
        Command::Export(args) => export::run(args, &loaded()?, json),
        Command::Ask(args) => ask::run(args, &loaded()?, json),
        Command::Tell(args) => tell::run(args, &loaded()?, json),
        Command::Skip(args) => steer::run(args, Steer::Skip, &loaded()?, json),
        Command::Fail(args) => steer::run(args, Steer::Fail, &loaded()?, json),
        Command::Pause(args) => steer::run(args, Steer::Pause, &loaded()?, json),
        Command::Resume(args) => steer::run(args, Steer::Resume, &loaded()?, json),
        Command::Enqueue(args) => enqueue::run(args, &loaded()?, json),
        Command::Forget(args) => forget::run(args, &loaded()?, json),
        Command::Accept => accept::run(&loaded()?, json),
        Command::Extend(args) => extend::run(args, &loaded()?, json),
        Command::Import(args) => import::run(args, &loaded()?, json),
        Command::Train(args) => train::run(args, &loaded()?),
    }
}
