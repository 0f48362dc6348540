//! replay: methods compared on recorded runs. Only recorded configurations can be chosen, and their recorded losses are the truth.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use emulator::noise_of_runs;
use emulator::recorded::RecordedTrainer;
use jobs_core::{RunTable, Steps};

use crate::comparison::args::RunArgs;
use crate::comparison::execute::execute;
use crate::comparison::results_folder::results_folder;
use crate::comparison::suite::{Suite, chosen_with_ablations, seeds, sorted_budgets};
use crate::tasks::Task;
use crate::tasks::run_tables::{self, named};
use crate::user_error::user;

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  experiments replay --runs my-runs --budget-full-runs 50 --early 100\n\nColumns of replay.csv are those of fig5.csv; oracle is the recorded value of the recommended run (lowest loss along it), and the optimum is that\nof the best recorded run. Runs that were cut short or diverged cannot be continued; runs without a finite loss are no candidates."
)]
pub struct ReplayArgs {
    /// Seeds, methods, folders.
    #[command(flatten)]
    pub run: RunArgs,
    /// Run tables: folders with space.toml, runs.csv and curves.csv, or folders of such folders
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub runs: Vec<PathBuf>,
    /// Budgets in full runs
    #[arg(long, value_delimiter = ',', default_value = "50", value_name = "C,...")]
    pub budget_full_runs: Vec<u64>,
    /// Steps of an early run [default: the recorded evaluation nearest to a sixth of a full run]
    #[arg(long, value_name = "STEPS")]
    pub early: Option<u64>,
}

/// Runs it.
pub fn run(mut args: ReplayArgs) -> anyhow::Result<()> {
    if args.run.smoke {
        args.run.seeds = 2;
        args.budget_full_runs = vec![6];
    }
    let mut tasks = vec![];
    let mut early = None;
    let tables = named(&args.runs);
    let mut names = HashSet::new();
    if let Some((_, name)) = tables.iter().find(|(_, name)| !names.insert(name)) {
        return Err(user(format!("the table `{name}` is given twice")));
    }
    for (folder, name) in tables {
        let (task, trainer, runs) = task(&folder, &name)?;
        let own = early_steps(&trainer, &task, args.early)?;
        if early.is_some_and(|e| e != own) {
            let name = &task.name;
            return Err(user(format!(
                "{name} needs early runs of {own} steps, unlike the table before it; give --early"
            )));
        }
        early = Some(own);
        say(&task, &trainer, runs);
        tasks.push(task);
    }
    let suite = Suite {
        name: "replay",
        tasks,
        methods: chosen_with_ablations(&args.run.methods)?,
        budgets: sorted_budgets(&args.budget_full_runs),
        early: early.unwrap_or(Steps(1)),
        seeds: seeds(&args.run, 0)?,
        out: results_folder(&args.run, "replay"),
        compares: true,
        notes: serde_json::Value::Null,
    };
    execute(suite, &args.run)
}

fn task(folder: &Path, name: &str) -> anyhow::Result<(Task, RecordedTrainer, usize)> {
    let table = RunTable::read(folder).map_err(user)?;
    let (task, trainer) = Task::recorded(name, &table, &run_tables::bytes(folder)?)?;
    Ok((task.with_noise(noise_of_runs(&table)), trainer, table.runs.len()))
}

/// What can be replayed of a table.
fn say(task: &Task, trainer: &RecordedTrainer, runs: usize) {
    eprintln!(
        "{}: {} configurations of {runs} runs ({} without a finite loss left out, {} cut short); best {:.4}{}",
        task.name,
        trainer.candidates().len(),
        trainer.without_curve(),
        trainer.cut_short(),
        task.optimum,
        task.noise
            .map_or(String::new(), |sd| format!("; one run's noise {sd:.4}, by runs of almost one configuration"))
    );
}

/// Steps of an early run: as asked for, or the multiple of the evaluation interval nearest to a sixth of a full run. A full run where
/// no run was evaluated by then: there are no early runs, and methods that need them are skipped.
pub(crate) fn early_steps(trainer: &RecordedTrainer, task: &Task, asked: Option<u64>) -> anyhow::Result<Steps> {
    let (full, interval) = (task.full_steps(), trainer.interval());
    let early = match asked {
        Some(0) => return Err(user("--early is 0, expected at least 1")),
        Some(steps) if Steps(steps) > full => {
            let name = &task.name;
            return Err(user(format!("--early is {steps}, but a full run of {name} has {full} steps")));
        }
        Some(steps) => Steps(steps),
        None => {
            let intervals = (full.as_f64() / 6.0 / interval.as_f64()).round().max(1.0);
            Steps((intervals * interval.as_f64()) as u64).min(full)
        }
    };
    if early < full && !trainer.evaluates_by(early) {
        eprintln!("{}: no run was evaluated by step {early}, so there are no early runs", task.name);
        return Ok(full);
    }
    Ok(early)
}
