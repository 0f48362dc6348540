//! shift: the predictor learns from space-filling configurations and predicts configurations that a search has optimised. Does it
//! claim a larger error there, and do a few full runs from within the search reduce the error?

mod picture;
mod rows;

use self::rows::{ASKED, Row, SEARCH, Sizes, Summary, one, summarise};
use crate::comparison::args::SeededTaskArgs;
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side;
use crate::comparison::table::to_csv;
use crate::predictor_eval::predictors::chosen;
use crate::tasks::{Mixtures, Task};
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
    /// Tasks and seeds.
    #[command(flatten)]
    pub searches: SeededTaskArgs,
    /// Predictors, comma-separated
    #[arg(long, value_delimiter = ',', default_value = "default,kernel,perceptrons", value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Folder for the results
    #[arg(long, default_value = "results/shift", value_name = "DIR")]
    pub out: PathBuf,
}

/// Runs, draws.
pub fn run(args: &ShiftArgs) -> anyhow::Result<()> {
    let predictors = chosen(&args.predictors)?;
    let tasks = args.searches.tasks.read(Mixtures::Any)?;
    let seeds = args.searches.seeds()?;
    let sizes = sizes(args, &tasks)?;
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "shift", "seeds": seeds, "n": sizes.n, "added": sizes.added, "early": sizes.early,
        "asked": ASKED, "search": format!("bo-ucb, {SEARCH} full runs"), "target": "last",
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash})).collect::<Vec<_>>(),
        "predictors": predictors.iter().map(|p| p.name).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let cells: Vec<(&Task, u64)> = tasks.iter().flat_map(|t| seeds.iter().map(move |s| (t, *s))).collect();
    let work = |cell: &(&Task, u64)| one(cell.0, cell.1, &sizes, &predictors);
    let done = side_by_side::map(&cells, args.searches.workers(), work);
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
    println!("\nMean over {} tasks x {} seeds, N = {} space-filling full runs\n", tasks.len(), seeds.len(), args.n);
    print!("{}", in_words(&summary));
    println!("\nResults are in {}", args.out.display());
    Ok(())
}

/// The numbers of runs, and steps of an early run that every task has.
fn sizes(args: &ShiftArgs, tasks: &[Task]) -> anyhow::Result<Sizes> {
    if args.added.is_empty() {
        return Err(user("--added needs at least one value"));
    }
    let early = args.searches.tasks.early;
    if let Some(task) = tasks.iter().find(|t| early == 0 || Steps(early) >= t.full_steps()) {
        let most = task.full_steps().0.saturating_sub(1);
        return Err(user(format!("--early {early}: expected from 1 to {most} on {}", task.name)));
    }
    Ok(Sizes { n: args.n, added: args.added.clone(), early })
}

/// The summary for a terminal.
fn in_words(summary: &[Summary]) -> String {
    let mut out = String::from("  predictor     added  asked          rmse   claimed  cover90  more doubt\n");
    for s in summary {
        let (p, a, q) = (s.predictor, s.added, s.asked);
        out += &format!(
            "  {p:12} {a:6}  {q:10} {:8.4}  {:8.4} {:8.2} {:11.2}\n",
            s.rmse, s.claimed, s.cover90, s.more_doubt
        );
    }
    out
}
