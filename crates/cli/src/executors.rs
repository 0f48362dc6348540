//! The executor of a study.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use jobs::external::{CommandExecutor, CommandOptions, LocalLauncher, adopt_orphans};
use jobs::slurm::{SlurmLauncher, SlurmOptions};
use jobs::{Executor, FolderCheckpoints, ThreadExecutor};
use jobs_core::{Steps, Trainer};

use crate::emulator::{Paced, load};
use crate::failure::Kind;
use crate::gpus::gpus;
use crate::loaded_study::LoadedStudy;
use crate::output::say;
use crate::study_file::{ExecutorKind, TrainerKind};

/// Default of `silence_minutes`.
const SILENCE_MINUTES: f64 = 60.0;
/// Default of `grace_seconds`.
const GRACE_SECONDS: f64 = 60.0;
/// Default of `attempts`.
const ATTEMPTS: u32 = 3;
/// Slices of a full run in the built-in trainers, which stop only between slices.
const SLICES: u64 = 25;

/// The executor of a study, with its files in `runs`. A dry run executes a command once, whatever `attempts` is.
pub fn executor(loaded: &LoadedStudy, runs: &Path, workers: usize, dry: bool) -> anyhow::Result<Box<dyn Executor>> {
    let folder = runs.join("runs");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let table = &loaded.file.executor;
    let (mut options, directory) = (command_options(loaded, &folder), loaded.directory()?);
    if dry {
        options.attempts = 1;
    }
    Ok(match (loaded.file.trainer.kind, table.kind) {
        (TrainerKind::Emulator | TrainerKind::Burn, ExecutorKind::Local) => {
            let checkpoints = FolderCheckpoints::open(runs.join("checkpoints"))
                .with_context(|| format!("cannot write checkpoints to {}", runs.display()))?;
            let slice = Steps((loaded.problem.budget.full.0 / SLICES).max(1));
            Box::new(ThreadExecutor::new(built_in(loaded)?, Box::new(checkpoints), slice))
        }
        (_, ExecutorKind::Local) => {
            let (gpus, note) = gpus(loaded, workers)?;
            if let Some(note) = note {
                say(&note);
            }
            adopt_orphans();
            let launcher = LocalLauncher::new(command(loaded)?, &directory, &folder, workers)?.with_gpus(gpus);
            Box::new(CommandExecutor::new(launcher, options))
        }
        (_, ExecutorKind::Slurm) => {
            let slurm = SlurmOptions {
                partition: table.partition.clone(),
                account: table.account.clone(),
                gres: table.gres.clone(),
                time: table.time.clone(),
                extra: table.extra.clone().unwrap_or_default(),
                setup: table.setup.clone().unwrap_or_default(),
                grace: options.grace,
                poll: seconds(table.poll_seconds.unwrap_or(10.0)),
                conf: table.conf.clone(),
                ..SlurmOptions::default()
            };
            Box::new(CommandExecutor::new(SlurmLauncher::new(command(loaded)?, &directory, &folder, slurm)?, options))
        }
    })
}

/// The built-in trainer of a study.
pub fn built_in(loaded: &LoadedStudy) -> anyhow::Result<Box<dyn Trainer>> {
    let table = &loaded.file.trainer;
    if table.kind == TrainerKind::Burn {
        let trainer = crate::burn::trainer(table, &loaded.directory()?, loaded.problem.space.clone());
        return trainer.map_err(|e| Kind::Input.error(format_args!("`trainer.settings`: {e}")));
    }
    let complain = |key: &str, problem: String| Kind::Input.error(format_args!("`trainer.{key}` {problem}"));
    let emulated = load(table, &loaded.directory()?, &complain)?;
    let per_step = seconds(table.step_ms.unwrap_or(0.0) / 1000.0);
    Ok(Box::new(Paced::new(emulated, per_step)))
}

/// The command of a study. For a built-in trainer it is `jobs train`.
fn command(loaded: &LoadedStudy) -> anyhow::Result<Vec<String>> {
    if let Some(command) = &loaded.file.trainer.command {
        return Ok(command.clone());
    }
    let text = |path: std::path::PathBuf| {
        path.into_os_string().into_string().map_err(|p| Kind::Input.error(format_args!("{} is not UTF-8", p.display())))
    };
    let (program, study) = (std::env::current_exe()?, std::path::absolute(&loaded.path)?);
    Ok(vec![text(program)?, "--study".into(), text(study)?, "train".into()])
}

fn command_options(loaded: &LoadedStudy, folder: &Path) -> CommandOptions {
    let table = &loaded.file.trainer;
    CommandOptions {
        runs: folder.to_owned(),
        metric: loaded.metric().to_owned(),
        maximise: loaded.direction.maximise,
        silence: Some(seconds(60.0 * table.silence_minutes.unwrap_or(SILENCE_MINUTES))),
        grace: seconds(table.grace_seconds.unwrap_or(GRACE_SECONDS)),
        attempts: table.attempts.unwrap_or(ATTEMPTS),
    }
}

/// A duration; values out of range become the longest duration.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(u64::from(u32::MAX)))
}
