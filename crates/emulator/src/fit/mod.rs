//! Fitting an emulator from tables.

mod data;
mod evidence;
mod level;
mod noise;
mod quality;
mod ranks;
mod shape;

use std::sync::Arc;

use jobs_core::{OutcomeTable, Point, RunTable, Seed, Steps, Target};

use self::data::{Data, Row};
pub use self::noise::noise_of_runs;
use self::shape::CurveRow;
use super::features::FeatureMap;
use super::model::Parts;
use super::optimum::{SearchEffort, search};
use super::scaling::{Scaling, round_all, rounded};
use super::{Emulator, EmulatorError, FitReport, NoiseReport, Optimum, OptimumReport, Provenance, Source};

/// Version of the model family; part of the provenance.
const MODEL: &str = concat!("random-feature networks by evidence, 1; trainer ", env!("CARGO_PKG_VERSION"));

/// How to fit.
#[derive(Clone, Debug)]
pub struct FitOptions {
    /// The emulator's name (that of the task); not empty.
    pub name: String,
    /// Seed of hidden layers, draws, folds and searches.
    pub seed: Seed,
    /// Where the tables come from, for the provenance.
    pub sources: Vec<Source>,
    /// The repository and commit they were derived from, if known.
    pub upstream: Option<String>,
    /// The early step of the rank report; by default the one nearest to 16 hundredths of a full run.
    pub early: Option<Steps>,
    /// How long to search for the optimum.
    pub effort: SearchEffort,
}

impl FitOptions {
    /// Defaults under a name.
    pub fn new(name: impl Into<String>) -> Self {
        let (sources, upstream) = (vec![], None);
        Self { name: name.into(), seed: Seed(0), sources, upstream, early: None, effort: SearchEffort::default() }
    }
}

/// Fits an emulator and judges it. The same tables and options give the same emulator.
///
/// Short, incomplete and diverged runs are used as far as they are informative; the report counts what was skipped.
pub fn fit(
    table: &RunTable,
    outcomes: &[OutcomeTable],
    options: &FitOptions,
) -> Result<(Emulator, FitReport), EmulatorError> {
    if options.name.is_empty() {
        return Err(EmulatorError::Option { name: "name", found: "empty".into(), expected: "a name".into() });
    }
    let data = Data::of(table, outcomes)?;
    let everything: Vec<&Row> = data.rows.iter().collect();
    let (mut parts, noise_report) = fit_parts(table, &data, &everything, options)?;
    let emulator = Emulator { parts: Arc::new(parts.clone()) };

    let value = |p: &Point| emulator.noise_free_value(p, Target::Best).unwrap_or(f64::INFINITY);
    let known: Vec<Point> = data.rows.iter().map(|r| r.point.clone()).collect();
    let find = |purpose| search(&table.space, &known, &value, options.effort, options.seed.derive(purpose, 0));
    let nothing = || EmulatorError::TooFew { what: "starts of the search for the optimum", found: 0, needed: 1 };
    let first = find("first search").ok_or_else(nothing)?;
    let second = find("second search").ok_or_else(nothing)?;
    let gap = second.value - first.value;
    let best = if second.value < first.value { second } else { first };
    // shares as the file holds them: the stored value is that of the stored point
    let value_there = value(&best.point);
    let optimum = Optimum { point: best.point, value: value_there };

    let recorded = data.rows.iter().filter_map(|r| r.best).chain(data.outcomes.iter().map(|o| o.1));
    let optimum_report = OptimumReport {
        value: rounded(optimum.value),
        best_recorded: recorded.fold(f64::INFINITY, f64::min),
        second_search_gap: rounded(gap),
        best_of_design: rounded(
            table.space.design(quality::DESIGN, options.seed).iter().map(value).fold(f64::INFINITY, f64::min),
        ),
    };
    let report = quality::judge(table, &data, &emulator, options, noise_report, optimum_report)?;
    parts.found = Some((optimum, report.clone()));
    Ok((Emulator { parts: Arc::new(parts) }, report))
}

/// Fits everything but the judgement, from some of the runs and all outcomes.
fn fit_parts(
    table: &RunTable,
    data: &Data,
    rows: &[&Row],
    options: &FitOptions,
) -> Result<(Parts, NoiseReport), EmulatorError> {
    let features = FeatureMap::of(&table.space);
    let levels: Vec<(&Point, f64)> = rows
        .iter()
        .filter_map(|r| Some((&r.point, r.best?)))
        .chain(data.outcomes.iter().map(|(p, v)| (p, *v)))
        .collect();
    let raw: Vec<Vec<f64>> = levels.iter().map(|(p, _)| features.raw(p)).collect();
    let mut scaling = Scaling::of(&raw);
    round_all(&mut scaling.mean);
    round_all(&mut scaling.inverse_sd);
    let standardised = |p: &Point| {
        let mut z = features.raw(p);
        scaling.apply(&mut z);
        z
    };
    let z: Vec<Vec<f64>> = levels.iter().map(|(p, _)| standardised(p)).collect();
    let bests: Vec<f64> = levels.iter().map(|l| l.1).collect();
    let (noise, noise_report) = noise::fit_noise(&data.rows, &bests);
    let level = level::fit_level(&features, &z, &bests, &noise, options.seed)?;
    let curves: Vec<CurveRow> = rows
        .iter()
        .filter_map(|r| Some(CurveRow { z: standardised(&r.point), best: r.best?, losses: r.curve.as_deref()? }))
        .collect();
    let shape = shape::fit_shape(&features, &curves, options.seed)?;
    let parts = Parts {
        name: options.name.clone(),
        space: table.space.clone(),
        full_steps: table.full_steps,
        metric: table.metric.clone(),
        grid: data.grid.clone(),
        features,
        scaling,
        level,
        shape,
        noise,
        provenance: provenance(options),
        found: None,
    };
    Ok((parts, noise_report))
}

fn provenance(options: &FitOptions) -> Provenance {
    Provenance {
        upstream: options.upstream.clone(),
        sources: options.sources.clone(),
        seed: options.seed.0,
        model: MODEL.into(),
    }
}
