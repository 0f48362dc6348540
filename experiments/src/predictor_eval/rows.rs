use predictor::evaluate::Scores;
use serde::Serialize;

use super::cells::Cell;

/// A row of `predictor-eval.csv`: means over the splits, and the standard error of the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Table.
    pub table: String,
    /// Predictor.
    pub predictor: String,
    /// Full runs learned from.
    pub n: usize,
    /// Steps of an early run.
    pub early: u64,
    /// How runs were split into examples and runs to predict.
    pub split: String,
    /// Number of splits.
    pub splits: usize,
    /// Root of the mean squared error, in units of the loss.
    pub rmse: f64,
    /// Its standard error.
    pub rmse_se: f64,
    /// Mean absolute error, in units of the loss.
    pub mae: f64,
    /// Spearman's rank correlation of prediction and truth.
    pub spearman: f64,
    /// Negative log predictive density, in nats.
    pub nlpd: f64,
    /// Share of the truths in the central 50 % interval.
    pub cover50: f64,
    /// Share of the truths in the central 90 % interval.
    pub cover90: f64,
}

/// A row of `standard-errors.csv`: those of the other scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ErrorRow {
    table: String,
    predictor: String,
    n: usize,
    early: u64,
    split: String,
    splits: usize,
    rmse_se: f64,
    mae_se: f64,
    spearman_se: f64,
    nlpd_se: f64,
    cover50_se: f64,
    cover90_se: f64,
}

impl Row {
    pub(super) fn new(table: &str, cell: &Cell<'_>, s: &Scores) -> Self {
        Self {
            table: table.to_owned(),
            predictor: cell.predictor.name.to_owned(),
            n: cell.n,
            early: cell.early.0,
            split: cell.split.name().to_owned(),
            splits: cell.splits,
            rmse: s.rmse.mean,
            rmse_se: s.rmse.standard_error,
            mae: s.mae.mean,
            spearman: s.spearman.mean,
            nlpd: s.nlpd.mean,
            cover50: s.cover50.mean,
            cover90: s.cover90.mean,
        }
    }
}

impl ErrorRow {
    pub(super) fn new(table: &str, cell: &Cell<'_>, s: &Scores) -> Self {
        Self {
            table: table.to_owned(),
            predictor: cell.predictor.name.to_owned(),
            n: cell.n,
            early: cell.early.0,
            split: cell.split.name().to_owned(),
            splits: cell.splits,
            rmse_se: s.rmse.standard_error,
            mae_se: s.mae.standard_error,
            spearman_se: s.spearman.standard_error,
            nlpd_se: s.nlpd.standard_error,
            cover50_se: s.cover50.standard_error,
            cover90_se: s.cover90.standard_error,
        }
    }
}

/// The rows for a terminal: a block per protocol, the mean over tables after each where there are several.
pub(super) fn in_words(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut protocols: Vec<(usize, u64, &str)> = rows.iter().map(|r| (r.n, r.early, r.split.as_str())).collect();
    protocols.sort_unstable();
    protocols.dedup();
    let mut tables: Vec<&str> = vec![];
    for row in rows {
        if !tables.contains(&row.table.as_str()) {
            tables.push(&row.table);
        }
    }
    for (n, early, split) in protocols {
        out += &format!("\nN = {n}, early runs of {early} steps, split {split}\n");
        let here: Vec<&Row> = rows.iter().filter(|r| (r.n, r.early, r.split.as_str()) == (n, early, split)).collect();
        out += HEADER;
        if tables.len() <= 2 {
            here.iter().for_each(|r| out += &line(&r.table, r));
        }
        if tables.len() > 1 {
            let mut seen: Vec<&str> = vec![];
            for row in &here {
                if !seen.contains(&row.predictor.as_str()) {
                    seen.push(&row.predictor);
                    let same: Vec<&Row> = here.iter().filter(|r| r.predictor == row.predictor).copied().collect();
                    out += &line(&format!("mean of {}", same.len()), &mean(&same));
                }
            }
        }
    }
    out
}

const HEADER: &str =
    "  table                predictor              rmse     +-    mae  spearman    nlpd  cover50  cover90\n";

fn line(table: &str, r: &Row) -> String {
    format!(
        "  {table:20} {:18} {:8.4} {:6.4} {:6.4} {:9.3} {:7.2} {:8.2} {:8.2}\n",
        r.predictor, r.rmse, r.rmse_se, r.mae, r.spearman, r.nlpd, r.cover50, r.cover90
    )
}

/// Mean over tables; the standard error is that of the mean, the tables' splits taken as independent.
fn mean(rows: &[&Row]) -> Row {
    let k = rows.len() as f64;
    let of = |f: fn(&Row) -> f64| rows.iter().map(|r| f(r)).sum::<f64>() / k;
    let mut mean = rows[0].clone();
    mean.rmse = of(|r| r.rmse);
    mean.rmse_se = (rows.iter().map(|r| r.rmse_se.powi(2)).sum::<f64>()).sqrt() / k;
    mean.mae = of(|r| r.mae);
    mean.spearman = of(|r| r.spearman);
    mean.nlpd = of(|r| r.nlpd);
    mean.cover50 = of(|r| r.cover50);
    mean.cover90 = of(|r| r.cover90);
    mean
}
