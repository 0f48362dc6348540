//! predictor-eval: the error of every predictor on the recorded runs of any run table.

mod args;
mod cells;
pub(crate) mod material;
mod picture;
pub mod predictors;
mod rows;
pub(crate) mod tables;

use jobs_core::{Seed, Steps};
use manifest::ManifestBuilder;
use predictor::evaluate::{EvaluationError, Recorded, Scores};

pub use self::args::{PredictorEvalArgs, SplitName, TargetName};
use self::cells::{Cell, evaluate_all};
pub use self::rows::Row;
use self::rows::{ErrorRow, in_words};
use self::tables::Table;
use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side::cores;
use crate::comparison::table::to_csv;
use crate::predictor_eval::predictors::{PredictorEntry, chosen};
use crate::user_error::user;

/// What is asked for where nothing is said.
const N: [usize; 2] = [20, 30];
const EARLY: [u64; 2] = [50, 100];
/// The same as shares of a full run: 50 and 100 of 625 steps.
const EARLY_SHARES: [f64; 2] = [0.08, 0.16];

/// Evaluates, writes, prints.
pub fn run(args: &PredictorEvalArgs) -> anyhow::Result<()> {
    args.device.check().map_err(user)?;
    if args.splits == 0 {
        return Err(user("--splits is 0, expected at least 1 (30 for standard errors worth having)"));
    }
    let predictors = chosen(&args.predictors)?;
    let tables = tables::read(&args.runs, args.target.into(), &args.trial_column)?;
    let grids: Vec<Vec<(Steps, Recorded)>> =
        tables.iter().map(|t| early_grid(t, &args.early)).collect::<Result<_, _>>()?;
    for table in &tables {
        eprintln!("{}", left_out(table));
    }
    let cells = all_cells(args, &predictors, &tables, &grids)?;
    let mut manifest = ManifestBuilder::start(&settings(args, &predictors, &tables));
    folder(&args.out)?;
    let scores = evaluate_all(&cells, args.device, args.workers.unwrap_or_else(cores));
    let Scored { rows, errors, failures } = sort(&cells, &tables, scores);
    write(&args.out, "predictor-eval.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&args.out, "standard-errors.csv", &to_csv(&errors)?, &mut manifest)?;
    for split in &args.split {
        let here: Vec<&Row> = rows.iter().filter(|r| r.split == split.name()).collect();
        let name = format!("predictor-eval-{}", split.name());
        draw(&args.out, &name, "Error of the predicted final loss", &picture::picture(&here), &mut manifest)?;
    }
    manifest.write(&args.out.join("manifest.json"))?;
    print!("{}", in_words(&rows));
    println!("\nScores are in {}", args.out.join("predictor-eval.csv").display());
    if failures.is_empty() {
        return Ok(());
    }
    let (n, all) = (failures.len(), cells.len());
    anyhow::bail!("{n} of {all} evaluations failed and are left out:\n  {}", failures.join("\n  "))
}

/// The rows of both tables, and a message for each evaluation that failed.
struct Scored {
    rows: Vec<Row>,
    errors: Vec<ErrorRow>,
    failures: Vec<String>,
}

fn sort(cells: &[Cell<'_>], tables: &[Table], scores: Vec<Result<Scores, String>>) -> Scored {
    let mut sorted = Scored { rows: vec![], errors: vec![], failures: vec![] };
    for (cell, scores) in cells.iter().zip(scores) {
        let table = &tables[cell.table].name;
        match scores {
            Ok(s) => {
                sorted.rows.push(Row::new(table, cell, &s));
                sorted.errors.push(ErrorRow::new(table, cell, &s));
            }
            Err(e) => sorted
                .failures
                .push(format!("{table}: {}, N = {}, {} steps: {e}", cell.predictor.name, cell.n, cell.early)),
        }
    }
    sorted
}

/// The early budgets of a table with the runs that can be predicted from each.
fn early_grid(table: &Table, wanted: &[u64]) -> anyhow::Result<Vec<(Steps, Recorded)>> {
    let full = table.full_steps;
    let fits = |early: &u64| Steps(*early) < full && !table.recorded.seen_by(Steps(*early)).runs.is_empty();
    let chosen: Vec<u64> = if !wanted.is_empty() {
        wanted.to_vec()
    } else if EARLY.iter().all(fits) {
        EARLY.to_vec()
    } else {
        EARLY_SHARES.iter().map(|share| (share * full.as_f64()).round() as u64).collect()
    };
    let one = |early: u64| {
        if early == 0 || Steps(early) >= full {
            let wrong = format!(
                "--early {early}: expected from 1 to {}, before the end of a full run",
                full.0.saturating_sub(1)
            );
            return Err(user(format!("{}: {wrong}", table.folder.display())));
        }
        let recorded = table.recorded.seen_by(Steps(early));
        if recorded.runs.is_empty() {
            let first = table.recorded.runs.iter().filter_map(|r| r.curve.steps().first()).min();
            let when =
                first.map_or("no run has a final value".into(), |s| format!("the first evaluation is at step {s}"));
            return Err(user(format!(
                "{}: --early {early}: no full run is evaluated by then ({when})",
                table.folder.display()
            )));
        }
        Ok((Steps(early), recorded))
    };
    chosen.into_iter().map(one).collect()
}

fn all_cells<'a>(
    args: &PredictorEvalArgs,
    predictors: &[&'static PredictorEntry],
    tables: &[Table],
    grids: &'a [Vec<(Steps, Recorded)>],
) -> anyhow::Result<Vec<Cell<'a>>> {
    let mut cells = vec![];
    for (table, grid) in grids.iter().enumerate() {
        for &split in &args.split {
            for &n in if args.n.is_empty() { &N[..] } else { &args.n } {
                for (early, recorded) in grid {
                    let cell = |&predictor: &&'static PredictorEntry| {
                        let (splits, seed) = (args.splits, Seed(args.seed));
                        Cell { table, predictor, n, early: *early, split, splits, seed, recorded }
                    };
                    let Some(first) = predictors.first().map(cell) else { continue };
                    match recorded.check(&first.protocol()) {
                        Ok(()) => cells.extend(predictors.iter().map(cell)),
                        // what was not asked for is skipped where it does not fit
                        Err(EvaluationError::TooFewRuns { .. }) if args.n.is_empty() && n > N[0] => {}
                        Err(e) => return Err(user(why_not(&tables[table], args, n, &e))),
                    }
                }
            }
        }
    }
    Ok(cells)
}

fn why_not(table: &Table, args: &PredictorEvalArgs, n: usize, error: &EvaluationError) -> String {
    let folder = table.folder.display();
    match error {
        EvaluationError::OneSearch { .. } if !table.notes.contains(&args.trial_column) => {
            let notes = if table.notes.is_empty() { "none".to_owned() } else { table.notes.join(", ") };
            format!(
                "{folder}/runs.csv has no column `{}`, which --split trial needs (columns that are no dimension: {notes}; \
                 --trial-column names another)",
                args.trial_column
            )
        }
        EvaluationError::TooFewRuns { .. } => format!("{folder}: --n {n}: {error}; {}", left_out(table)),
        _ => format!("{folder}: {error}"),
    }
}

fn left_out(table: &Table) -> String {
    let used = table.recorded.runs.len();
    let rest = table.rows - used;
    let reason =
        if rest > 0 { format!(", {rest} left out (no evaluation, cut short or diverged)") } else { String::new() };
    format!("{}: {used} of {} runs have a final value{reason}", table.name, table.rows)
}

fn settings(args: &PredictorEvalArgs, predictors: &[&PredictorEntry], tables: &[Table]) -> serde_json::Value {
    let tables: Vec<_> = tables
        .iter()
        .map(|t| serde_json::json!({"name": t.name, "runs": t.rows, "with_value": t.recorded.runs.len()}))
        .collect();
    serde_json::json!({
        "experiment": "predictor-eval",
        "seeds": [args.seed],
        "splits": args.splits,
        "split": args.split.iter().map(|s| s.name()).collect::<Vec<_>>(),
        "n": args.n,
        "early": args.early,
        "target": format!("{:?}", args.target).to_lowercase(),
        "device": args.device.to_string(),
        "predictors": predictors.iter().map(|p| p.name).collect::<Vec<_>>(),
        "tables": tables,
    })
}
