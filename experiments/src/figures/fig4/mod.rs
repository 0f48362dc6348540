//! fig4: the error of every predictor against the number of full runs it learned from, with fitted error laws.

mod picture;
mod rows;
mod text;

use self::rows::{Cell, fits, means};
use self::text::in_words;
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side::{self, cores};
use crate::comparison::table::to_csv;
use crate::predictor_eval::material::material;
use crate::predictor_eval::predictors::chosen;
use crate::user_error::user;
use clap::Args;
use jobs_core::{Seed, Steps};
use manifest::ManifestBuilder;
use predictor::evaluate::{Protocol, Split};
use std::path::PathBuf;

/// Arguments of `fig4`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig4                               runs of the six emulators\n  experiments fig4 --runs tables/* --early 50    recorded runs"
)]
pub struct Fig4Args {
    /// Run tables [default: 80 space-filling runs on each of the six emulators]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub runs: Vec<PathBuf>,
    /// Numbers of full runs to learn from
    #[arg(long, value_delimiter = ',', default_value = "4,6,8,10,14,20,30,40", value_name = "N,...")]
    pub n: Vec<usize>,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Number of random splits
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub splits: usize,
    /// Predictors, comma-separated [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Root of the randomness
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for the results
    #[arg(long, default_value = "results/fig4", value_name = "DIR")]
    pub out: PathBuf,
    /// Evaluations in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Evaluates, fits, draws.
pub fn run(args: &Fig4Args) -> anyhow::Result<()> {
    let predictors = chosen(&args.predictors)?;
    let mut n = args.n.clone();
    n.sort_unstable();
    n.dedup();
    if n.first() == Some(&0) {
        return Err(user("--n 0: an error needs at least one full run to learn from"));
    }
    let material = material(&args.runs, Steps(args.early))?;
    let mut cells = vec![];
    for m in &material {
        for &examples in &n {
            let protocol = Protocol {
                examples,
                early: Steps(args.early),
                split: Split::Random,
                splits: args.splits,
                seed: Seed(args.seed),
            };
            m.recorded.check(&protocol).map_err(|e| user(format!("{}: --n {examples}: {e}", m.name)))?;
            cells.extend(predictors.iter().map(|&predictor| Cell { material: m, predictor, protocol }));
        }
    }
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "fig4", "seeds": [args.seed], "n": n, "early": args.early, "splits": args.splits, "target": "last",
        "tables": material.iter().map(|m| serde_json::json!({"name": m.name, "runs": m.recorded.runs.len()})).collect::<Vec<_>>(),
        "predictors": predictors.iter().map(|p| p.name).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let scores = side_by_side::map(&cells, args.workers.unwrap_or_else(cores), Cell::scores);
    let mut rows = vec![];
    for (cell, scores) in cells.iter().zip(scores) {
        rows.push(
            cell.row(&scores.map_err(|e| user(format!("{}: {}: {e}", cell.material.name, cell.predictor.name)))?),
        );
    }
    let means = means(&rows);
    rows.extend(means);
    let fits = fits(&rows, Seed(args.seed))?;
    write(&args.out, "errors.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&args.out, "fits.csv", &to_csv(&fits)?, &mut manifest)?;
    draw(&args.out, "fig4", "Prediction error against full runs", &picture::picture(&rows, &fits), &mut manifest)?;
    manifest.write(&args.out.join("manifest.json"))?;
    print!("{}", in_words(&rows, &fits));
    println!("\nResults are in {}", args.out.display());
    Ok(())
}
