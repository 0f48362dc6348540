//! fig1: the value of N full runs: the theoretical bound, and the regret reached on the emulators with N fixed or chosen online.

mod picture;
mod rows;
mod text;

use std::path::PathBuf;

use budget::ErrorRole;
use clap::Args;
use jobs_core::{Budget, Steps};

use self::rows::{Cell, Choice, bound};
use crate::comparison::args::SeededTaskArgs;
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side;
use crate::comparison::table::to_csv;
use crate::tasks::{Mixtures, Task};
use crate::user_error::user;
use manifest::ManifestBuilder;

/// Arguments of `fig1`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig1\n  experiments fig1 --tasks gsm8k --seeds 2 --n 5,20 --out results/smoke/fig1"
)]
pub struct Fig1Args {
    /// Fixed numbers of full runs to compare with N chosen online
    #[arg(long, value_delimiter = ',', default_value = "2,5,10,15,20,30,40", value_name = "N,...")]
    pub n: Vec<u64>,
    /// Budget in full runs
    #[arg(long, default_value_t = 50, value_name = "C")]
    pub full_runs: u64,
    /// Tasks and seeds.
    #[command(flatten)]
    pub searches: SeededTaskArgs,
    /// Folder for the results
    #[arg(long, default_value = "results/fig1", value_name = "DIR")]
    pub out: PathBuf,
}

/// Runs the searches and draws the figure.
pub fn run(args: &Fig1Args) -> anyhow::Result<()> {
    let tasks = args.searches.tasks.read(Mixtures::Any)?;
    let seeds = args.searches.seeds()?;
    let budget = budget(args, &tasks)?;
    let bound = bound(&budget)?;
    let mut manifest = ManifestBuilder::start(&settings(args, &tasks, &seeds));
    folder(&args.out)?;
    let cells = cells(args, &tasks, &seeds, budget);
    let searched = side_by_side::map(&cells, args.searches.workers(), Cell::run);
    let rows: Vec<rows::Row> = searched.into_iter().collect::<Result<_, _>>()?;
    let summary = rows::summarise(&rows);
    write(&args.out, "bound.csv", &to_csv(&bound)?, &mut manifest)?;
    write(&args.out, "searches.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&args.out, "summary.csv", &to_csv(&summary)?, &mut manifest)?;
    let picture = picture::picture(&bound, &summary);
    draw(&args.out, "fig1", "What a number of full runs is worth", &picture, &mut manifest)?;
    manifest.write(&args.out.join("manifest.json"))?;
    print!("{}", text::in_words(&summary));
    println!("\nResults are in {}", args.out.display());
    Ok(())
}

/// The budget of each search, which every N of `--n` leaves something of.
fn budget(args: &Fig1Args, tasks: &[Task]) -> anyhow::Result<Budget> {
    let Some(full) = tasks.first().map(Task::full_steps) else { return Err(user("there is no task")) };
    if let Some(n) = args.n.iter().find(|n| **n == 0 || **n >= args.full_runs) {
        return Err(user(format!(
            "--n {n}: expected from 1 to {}, so that something is left to search with",
            args.full_runs.saturating_sub(1)
        )));
    }
    let total = full.0.checked_mul(args.full_runs).ok_or_else(|| user("--full-runs is too large"))?;
    Ok(Budget { total: Steps(total), full, early: Steps(args.searches.tasks.early) })
}

fn settings(args: &Fig1Args, tasks: &[Task], seeds: &[u64]) -> serde_json::Value {
    serde_json::json!({
        "experiment": "fig1", "seeds": seeds, "n": args.n, "full_runs": args.full_runs, "early": args.searches.tasks.early,
        "method": "JoBS as published but for losses on a logarithmic scale, N fixed or decided after each full run by either bound",
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash})).collect::<Vec<_>>(),
    })
}

/// Every search: with each fixed N and each rule for N, on each task, with each seed.
fn cells<'a>(args: &Fig1Args, tasks: &'a [Task], seeds: &[u64], budget: Budget) -> Vec<Cell<'a>> {
    let online = [ErrorRole::Noise, ErrorRole::Misspecification].map(Choice::Online);
    let mut cells = vec![];
    for choice in args.n.iter().map(|n| Choice::Fixed(*n)).chain(online) {
        for task in tasks {
            cells.extend(seeds.iter().map(|&seed| Cell { task, choice, budget, seed }));
        }
    }
    cells
}
