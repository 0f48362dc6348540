//! fig3: early curves, predictions and final values of single runs.

mod picture;
mod rows;

use self::picture::picture;
use self::rows::{QUANTILES, Row, shown};
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::table::to_csv;
use crate::predictor_eval::material::material;
use crate::predictor_eval::predictors::chosen;
use clap::Args;
use jobs_core::{Seed, Steps};
use manifest::ManifestBuilder;
use std::path::PathBuf;

/// Arguments of `fig3`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig3                     runs of the six emulators\n  experiments fig3 --runs tables/*     recorded runs"
)]
pub struct Fig3Args {
    /// Run tables [default: 80 space-filling runs on each of the six emulators]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub runs: Vec<PathBuf>,
    /// Full runs to learn from, chosen at random; the runs shown are among the rest
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub n: usize,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Seed of the choice
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for the results
    #[arg(long, default_value = "results/fig3", value_name = "DIR")]
    pub out: PathBuf,
}

/// Fits, predicts and draws.
pub fn run(args: &Fig3Args) -> anyhow::Result<()> {
    let early = Steps(args.early);
    let material = material(&args.runs, early)?;
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "fig3", "seeds": [args.seed], "n": args.n, "early": args.early, "target": "last", "quantiles": QUANTILES,
        "tables": material.iter().map(|m| serde_json::json!({"name": m.name, "runs": m.recorded.runs.len()})).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let predictors = chosen(&["default".to_owned(), "published-mlp-std".to_owned()])?;
    let (mut rows, mut panels) = (vec![], vec![]);
    for m in &material {
        let shown = shown(m, args.n, early, Seed(args.seed), &predictors)?;
        for (s, quantile) in shown.iter().zip(QUANTILES) {
            let last_early = s.run.curve.up_to(early).last().map_or(f64::NAN, |(_, v)| v);
            for (p, belief) in predictors.iter().zip([s.belief, s.rival]) {
                let (predicted, sd) = (belief.mean, belief.sd());
                rows.push(Row {
                    table: m.name.clone(),
                    quantile,
                    predictor: p.name,
                    last_early,
                    predicted,
                    sd,
                    truth: s.run.value,
                });
            }
        }
        panels.push((m, shown));
    }
    write(&args.out, "fig3.csv", &to_csv(&rows)?, &mut manifest)?;
    draw(&args.out, "fig3", "Early curves, predictions and truth", &picture(&panels, early, args.n), &mut manifest)?;
    manifest.write(&args.out.join("manifest.json"))?;
    println!("Results are in {}", args.out.display());
    Ok(())
}
