//! shift: the predictor learns from space-filling configurations and predicts configurations that a search has optimised. Does it
//! claim a larger error there, and do a few full runs from within the search reduce the error?

mod picture;
mod rows;

use self::rows::{ASKED, Row, SEARCH, Sizes, one, summarise};
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side::{self, cores};
use crate::comparison::table::to_csv;
use crate::predictor_eval::predictors::chosen;
use crate::tasks::{Task, tasks};
use crate::user_error::user;
use clap::Args;
use jobs_core::Steps;
use manifest::ManifestBuilder;
use std::path::PathBuf;

/// Arguments of `shift`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments shift\n  experiments shift --tasks gsm8k --seeds 2 --out results/smoke/shift"
)]
pub struct ShiftArgs {
    /// Space-filling full runs to learn from
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub n: usize,
    /// Numbers of full runs from within the search to add
    #[arg(long, value_delimiter = ',', default_value = "0,1,2,3,5,8", value_name = "K,...")]
    pub added: Vec<usize>,
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
    /// Predictors, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "default,kernel,perceptrons", value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Folder for the results
    #[arg(long, default_value = "results/shift", value_name = "DIR")]
    pub out: PathBuf,
    /// Tasks and seeds in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Runs, draws.
pub fn run(args: &ShiftArgs) -> anyhow::Result<()> {
    let predictors = chosen(&args.predictors)?;
    let tasks = tasks(&args.tasks, &args.emulator)?;
    if args.seeds == 0 || args.added.is_empty() {
        return Err(user("--seeds and --added need at least one value"));
    }
    for t in &tasks {
        if args.early == 0 || Steps(args.early) >= t.full_steps() {
            return Err(user(format!(
                "--early {}: expected from 1 to {} on {}",
                args.early,
                t.full_steps().0.saturating_sub(1),
                t.name
            )));
        }
    }
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "shift", "seeds": (0..args.seeds).collect::<Vec<_>>(), "n": args.n, "added": args.added, "early": args.early,
        "asked": ASKED, "search": format!("bo-ucb, {SEARCH} full runs"), "target": "last",
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash})).collect::<Vec<_>>(),
        "predictors": predictors.iter().map(|p| p.name).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let cells: Vec<(&Task, u64)> = tasks.iter().flat_map(|t| (0..args.seeds).map(move |s| (t, s))).collect();
    let sizes = Sizes { n: args.n, added: args.added.clone(), early: args.early };
    let work = |cell: &(&Task, u64)| one(cell.0, cell.1, &sizes, &predictors);
    let done = side_by_side::map(&cells, args.workers.unwrap_or_else(cores), work);
    let rows: Vec<Row> = done.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let summary = summarise(&rows);
    write(&args.out, "shift.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&args.out, "summary.csv", &to_csv(&summary)?, &mut manifest)?;
    draw(
        &args.out,
        "shift",
        "Error and claimed error away from the examples",
        &picture::picture(&summary),
        &mut manifest,
    )?;
    manifest.write(&args.out.join("manifest.json"))?;
    println!("\nMean over {} tasks x {} seeds, N = {} space-filling full runs\n", tasks.len(), args.seeds, args.n);
    println!("  predictor     added  asked          rmse   claimed  cover90  more doubt");
    for s in &summary {
        let (p, a, q) = (s.predictor, s.added, s.asked);
        println!("  {p:12} {a:6}  {q:10} {:8.4}  {:8.4} {:8.2} {:11.2}", s.rmse, s.claimed, s.cover90, s.more_doubt);
    }
    println!("\nResults are in {}", args.out.display());
    Ok(())
}
