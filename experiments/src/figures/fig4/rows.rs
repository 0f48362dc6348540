//! Errors by number of full runs, and the laws fitted to them.

use crate::comparison::results_folder::distinct;
use crate::predictor_eval::material::Material;
use crate::predictor_eval::predictors::PredictorEntry;
use budget::{ErrorFit, ErrorForm, ErrorPoint};
use jobs_core::Seed;
use predictor::Device;
use predictor::evaluate::{EvaluationError, Protocol, Scores, evaluate};
use serde::Serialize;

/// Redrawn fits behind an interval, and its level.
const DRAWS: usize = 400;

const LEVEL: f64 = 0.9;

/// What the rows of means over tables are called.
pub(super) const MEAN: &str = "mean";

/// Error of a predictor after N full runs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ErrorRow {
    pub(super) table: String,
    pub(super) predictor: String,
    pub(super) n: usize,
    pub(super) rmse: f64,
    pub(super) rmse_se: f64,
    pub(super) spearman: f64,
}

/// A law fitted to a predictor's errors; intervals are those of the middle 90 % of redrawn fits.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FitRow {
    pub(super) table: String,
    pub(super) predictor: String,
    pub(super) form: &'static str,
    pub(super) floor: f64,
    pub(super) floor_low: f64,
    pub(super) floor_high: f64,
    pub(super) scale: f64,
    pub(super) scale_low: f64,
    pub(super) scale_high: f64,
    pub(super) exponent: f64,
    pub(super) exponent_low: f64,
    pub(super) exponent_high: f64,
    /// Akaike's criterion, corrected for few points, above that of the best form.
    pub(super) aicc_above_best: f64,
}

pub(super) struct Cell<'a> {
    pub(super) material: &'a Material,
    pub(super) predictor: &'static PredictorEntry,
    pub(super) protocol: Protocol,
}

impl Cell<'_> {
    pub(super) fn scores(&self) -> Result<Scores, EvaluationError> {
        let predictor = self.predictor;
        evaluate(&move || predictor.make(Device::Cpu), &self.material.recorded, &self.protocol)
    }

    pub(super) fn row(&self, s: &Scores) -> ErrorRow {
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
pub(super) fn means(rows: &[ErrorRow]) -> Vec<ErrorRow> {
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
pub(super) fn fits(rows: &[ErrorRow], seed: Seed) -> anyhow::Result<Vec<FitRow>> {
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
