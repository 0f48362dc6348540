//! fig1: the value of N full runs: the theoretical bound, and the regret reached on the emulators with N fixed or chosen online.

mod picture;
mod rows;
mod text;

use std::path::PathBuf;

use budget::ErrorRole;
use clap::Args;
use jobs_core::{Budget, Steps};

use self::rows::{Cell, Choice, bound};
use crate::comparison::side_by_side::{self, cores};
use crate::comparison::table::to_csv;
use crate::files::write_atomic;
use crate::tasks::tasks;
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
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Seeds, counted from 0
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub seeds: u64,
    /// Tasks, comma-separated [default: all six]
    #[arg(long, value_delimiter = ',', value_name = "TASK,...")]
    pub tasks: Vec<String>,
    /// Emulator files to use instead of the six built-in tasks
    #[arg(long, value_name = "FILE")]
    pub emulator: Vec<PathBuf>,
    /// Folder for the results
    #[arg(long, default_value = "results/fig1", value_name = "DIR")]
    pub out: PathBuf,
    /// Searches in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Runs the searches and draws the figure.
pub fn run(args: &Fig1Args) -> anyhow::Result<()> {
    let tasks = tasks(&args.tasks, &args.emulator)?;
    let Some(full) = tasks.first().map(|t| t.full_steps()) else { return Err(user("there is no task")) };
    if args.seeds == 0 {
        return Err(user("--seeds is 0, expected at least 1"));
    }
    if let Some(n) = args.n.iter().find(|n| **n == 0 || **n >= args.full_runs) {
        return Err(user(format!(
            "--n {n}: expected from 1 to {}, so that something is left to search with",
            args.full_runs.saturating_sub(1)
        )));
    }
    let total = full.0.checked_mul(args.full_runs).ok_or_else(|| user("--full-runs is too large"))?;
    let budget = Budget { total: Steps(total), full, early: Steps(args.early) };
    let bound = bound(&budget)?;
    let online = [ErrorRole::Noise, ErrorRole::Misspecification].map(Choice::Online);
    let choices: Vec<Choice> = args.n.iter().map(|n| Choice::Fixed(*n)).chain(online).collect();
    let settings = serde_json::json!({
        "experiment": "fig1", "seeds": (0..args.seeds).collect::<Vec<_>>(), "n": args.n, "full_runs": args.full_runs,
        "early": args.early, "method": "JoBS as published but for losses on a logarithmic scale, N fixed or decided after each full run by either bound",
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash})).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    std::fs::create_dir_all(&args.out)
        .map_err(|e| user(format!("cannot write to the results folder {}: {e}", args.out.display())))?;
    let mut cells = vec![];
    for choice in &choices {
        for task in &tasks {
            cells.extend((0..args.seeds).map(|seed| Cell { task, choice: *choice, budget, seed }));
        }
    }
    let rows: Vec<rows::Row> = side_by_side::map(&cells, args.workers.unwrap_or_else(cores), Cell::run)
        .into_iter()
        .collect::<Result<_, _>>()?;
    let summary = rows::summarise(&rows);
    let mut write = |name: &str, bytes: Vec<u8>| {
        let path = args.out.join(name);
        write_atomic(&path, &bytes)?;
        manifest.file(&path)
    };
    write("bound.csv", to_csv(&bound)?)?;
    write("searches.csv", to_csv(&rows)?)?;
    write("summary.csv", to_csv(&summary)?)?;
    plot::save(&picture::picture(&bound, &summary), "What a number of full runs is worth", &args.out, "fig1")?;
    for ending in ["svg", "png"] {
        manifest.file(&args.out.join(format!("fig1.{ending}")))?;
    }
    manifest.write(&args.out.join("manifest.json"))?;
    print!("{}", text::in_words(&summary));
    println!("\nResults are in {}", args.out.display());
    Ok(())
}
