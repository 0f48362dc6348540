//! fig4: the error of every predictor against the number of full runs it learnt from, and the law it falls by.

mod picture;

use std::path::PathBuf;

use budget::{ErrorFit, ErrorForm, ErrorPoint};
use clap::Args;
use jobs_core::{Seed, Steps};
use predictor::Device;
use predictor::evaluate::{EvaluationError, Protocol, Scores, Split, evaluate};
use serde::Serialize;

use crate::comparison::results_folder::{distinct, draw, folder, write};
use crate::comparison::side_by_side::{self, cores};
use crate::comparison::table::to_csv;
use crate::predictor_eval::material::{Material, material};
use crate::predictor_eval::predictors::{PredictorEntry, chosen};
use crate::user_error::user;
use manifest::ManifestBuilder;

/// Redrawn fits behind an interval, and its level.
const DRAWS: usize = 400;
const LEVEL: f64 = 0.9;
/// What the rows of means over tables are called.
pub(super) const MEAN: &str = "mean";

/// What `fig4` takes.
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
    /// Predictors, by commas [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Root of the randomness
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for the results
    #[arg(long, default_value = "results/fig4", value_name = "DIR")]
    pub out: PathBuf,
    /// Evaluations side by side [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Error of a predictor after N full runs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorRow {
    pub(crate) table: String,
    pub(crate) predictor: String,
    pub(crate) n: usize,
    pub(crate) rmse: f64,
    pub(crate) rmse_se: f64,
    pub(crate) spearman: f64,
}

/// A law fitted to a predictor's errors; intervals are those of the middle 90 % of redrawn fits.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FitRow {
    pub(crate) table: String,
    pub(crate) predictor: String,
    pub(crate) form: &'static str,
    pub(crate) floor: f64,
    floor_low: f64,
    floor_high: f64,
    pub(crate) scale: f64,
    scale_low: f64,
    scale_high: f64,
    pub(crate) exponent: f64,
    exponent_low: f64,
    exponent_high: f64,
    /// Akaike's criterion, corrected for few points, above that of the best form.
    pub(crate) aicc_above_best: f64,
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

struct Cell<'a> {
    material: &'a Material,
    predictor: &'static PredictorEntry,
    protocol: Protocol,
}

impl Cell<'_> {
    fn scores(&self) -> Result<Scores, EvaluationError> {
        let predictor = self.predictor;
        evaluate(&move || predictor.make(Device::Cpu), &self.material.recorded, &self.protocol)
    }

    fn row(&self, s: &Scores) -> ErrorRow {
        ErrorRow {
            table: self.material.name.clone(),
            predictor: self.predictor.name.to_owned(),
            n: self.protocol.examples,
            rmse: s.rmse.mean,
            rmse_se: s.rmse.standard_error,
            spearman: s.spearman.mean,
        }
    }
}

/// Means over tables, whose splits are taken as independent; none for a single table.
fn means(rows: &[ErrorRow]) -> Vec<ErrorRow> {
    let tables = distinct(rows, |r| &r.table).len() as f64;
    if tables < 2.0 {
        return vec![];
    }
    let mut all: Vec<ErrorRow> = vec![];
    for row in rows {
        if let Some(sum) = all.iter_mut().find(|r| r.predictor == row.predictor && r.n == row.n) {
            sum.rmse += row.rmse;
            sum.rmse_se = sum.rmse_se.hypot(row.rmse_se);
            sum.spearman += row.spearman;
        } else {
            all.push(ErrorRow { table: MEAN.into(), ..row.clone() });
        }
    }
    for row in &mut all {
        row.rmse /= tables;
        row.rmse_se /= tables;
        row.spearman /= tables;
    }
    all
}

/// The three laws for every predictor on every table. A point's weight comes from its standard error: as many residuals m as give
/// it, se = rmse / sqrt(2 m).
fn fits(rows: &[ErrorRow], seed: Seed) -> anyhow::Result<Vec<FitRow>> {
    let mut all = vec![];
    for table in distinct(rows, |r| &r.table) {
        for predictor in distinct(rows, |r| &r.predictor) {
            let here = rows.iter().filter(|r| r.table == table && r.predictor == predictor);
            let points: Vec<ErrorPoint> = here
                .map(|r| {
                    let residuals = (0.5 * (r.rmse / r.rmse_se.max(1e-3 * r.rmse)).powi(2)).round().max(1.0);
                    ErrorPoint { full_runs: r.n as u64, rmse: r.rmse, residuals: residuals as u64 }
                })
                .collect();
            // more points than the law with most parameters has
            if points.len() < 4 {
                continue;
            }
            let fits: Vec<ErrorFit> =
                ErrorForm::ALL.iter().map(|f| ErrorFit::new(*f, &points, DRAWS, seed)).collect::<Result<_, _>>()?;
            let best = fits.iter().map(|f| f.aicc).fold(f64::INFINITY, f64::min);
            all.extend(fits.iter().map(|f| fit_row(table, predictor, f, best)));
        }
    }
    Ok(all)
}

fn fit_row(table: &str, predictor: &str, fit: &ErrorFit, best: f64) -> FitRow {
    let (floor, scale, exponent) = (fit.floor(LEVEL), fit.scale(LEVEL), fit.exponent(LEVEL));
    FitRow {
        table: table.to_owned(),
        predictor: predictor.to_owned(),
        form: form_name(fit.form),
        floor: fit.law.floor,
        floor_low: floor.low,
        floor_high: floor.high,
        scale: fit.law.scale,
        scale_low: scale.low,
        scale_high: scale.high,
        exponent: fit.law.exponent,
        exponent_low: exponent.low,
        exponent_high: exponent.high,
        aicc_above_best: fit.aicc - best,
    }
}

/// The form in the letters of the method.
pub(super) fn form_name(form: ErrorForm) -> &'static str {
    match form {
        ErrorForm::Root => "k/sqrt(N)",
        ErrorForm::FloorAndRoot => "a+k/sqrt(N)",
        ErrorForm::Power => "a+kN^-p",
    }
}

fn in_words(rows: &[ErrorRow], fits: &[FitRow]) -> String {
    let tables = distinct(rows, |r| &r.table);
    let shown = if tables.contains(&MEAN) { MEAN } else { tables.first().copied().unwrap_or(MEAN) };
    let mut out = format!("\nRMSE, {shown} of tables\n  {:18}", "predictor");
    let mut n: Vec<usize> = rows.iter().map(|r| r.n).collect();
    n.sort_unstable();
    n.dedup();
    n.iter().for_each(|n| out += &format!(" {:>7}", format!("N={n}")));
    for predictor in distinct(rows, |r| &r.predictor) {
        out += &format!("\n  {predictor:18}");
        for row in rows.iter().filter(|r| r.table == shown && r.predictor == predictor) {
            out += &format!(" {:7.4}", row.rmse);
        }
    }
    out += &format!(
        "\n\nLaws (AICc above the best form's)\n  {:18} {:12} {:>18} {:>18} {:>14} {:>8}\n",
        "predictor", "form", "a", "k", "p", "AICc"
    );
    for f in fits.iter().filter(|f| f.table == shown) {
        let range = |v: f64, low: f64, high: f64| format!("{v:.3} [{low:.3}, {high:.3}]");
        let (a, k) = (range(f.floor, f.floor_low, f.floor_high), range(f.scale, f.scale_low, f.scale_high));
        let p = format!("{:.2} [{:.2}, {:.2}]", f.exponent, f.exponent_low, f.exponent_high);
        out += &format!("  {:18} {:12} {a:>22} {k:>22} {p:>18} {:8.1}\n", f.predictor, f.form, f.aicc_above_best);
    }
    out
}
