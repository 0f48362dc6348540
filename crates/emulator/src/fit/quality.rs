//! Judging a fit: by runs left out, and by how early losses relate to final ones.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use jobs_core::{LearningCurve, Point, RunTable, Seed, Steps, Target};

use super::super::scaling::rounded;
use super::super::{Emulator, EmulatorError, FitReport, HeldOut, NoiseReport, OptimumReport, RankReport};
use super::data::{CURVES_NEEDED, Data, GROUP_COLUMN, LEVELS_NEEDED, Row, median};
use super::ranks::{r_squared, spearman};
use super::{FitOptions, fit_parts};

/// Folds where the table does not name searches.
const FOLDS: usize = 5;
/// Seeds over which rank correlations of emulated runs are averaged.
const SEEDS: u64 = 20;
/// Space-filling configurations of the rank report.
pub(super) const DESIGN: usize = 200;
/// The early step, as a part of a full run.
const EARLY: f64 = 0.16;

/// The whole report.
pub(super) fn judge(
    table: &RunTable,
    data: &Data,
    emulator: &Emulator,
    options: &FitOptions,
    noise: NoiseReport,
    optimum: OptimumReport,
) -> Result<FitReport, EmulatorError> {
    let early = early_step(table, data, options);
    let rows: Vec<&Row> = data.rows.iter().collect();
    let (recorded, fitted): (Vec<f64>, Vec<f64>) = best_and_predicted(emulator, &rows)?;
    let (held_out, held_out_curves) = leave_out(table, data, options)?;

    let with_early = |r: &&&Row| r.best.is_some() && r.last.is_some() && early_loss(data, r, early).is_some();
    let complete: Vec<&Row> = rows.iter().filter(with_early).copied().collect();
    let column = |f: &dyn Fn(&Row) -> Option<f64>| complete.iter().filter_map(|r| f(r)).collect::<Vec<f64>>();
    let at_early = column(&|r| early_loss(data, r, early));
    let emulated = |target| -> Result<Option<f64>, EmulatorError> {
        let points: Vec<&Point> = complete.iter().map(|r| &r.point).collect();
        mean_ranks(early, target, SEEDS, |seed| points.iter().map(|p| emulator.curve(p, seed)).collect())
    };
    let design = table.space.design(DESIGN, options.seed);
    let designed =
        |target| mean_ranks(early, target, 3, |seed| design.iter().map(|p| emulator.curve(p, seed)).collect());
    let left_out = |target| {
        mean_ranks(early, target, SEEDS, |seed| held_out_curves.iter().map(|(e, p)| e.curve(p, seed)).collect())
    };
    let ranks = RankReport {
        step: early.get(),
        recorded_last: spearman(&at_early, &column(&|r| r.last)),
        recorded_best: spearman(&at_early, &column(&|r| r.best)),
        emulated_last: emulated(Target::Last)?,
        emulated_best: emulated(Target::Best)?,
        held_out_last: left_out(Target::Last)?,
        held_out_best: left_out(Target::Best)?,
        design_last: designed(Target::Last)?,
        design_best: designed(Target::Best)?,
    };
    Ok(FitReport {
        name: options.name.clone(),
        rows: data.counts.clone(),
        held_out,
        r2_in_sample: rounded(r_squared(&recorded, &fitted)),
        noise,
        ranks,
        optimum,
    })
}

fn early_step(table: &RunTable, data: &Data, options: &FitOptions) -> Steps {
    let wanted = options.early.map_or(EARLY * table.full_steps.as_f64(), Steps::as_f64);
    let near = |s: &&Steps| (s.as_f64() - wanted).abs();
    data.grid.iter().min_by(|a, b| near(a).total_cmp(&near(b))).copied().unwrap_or(table.full_steps)
}

fn early_loss(data: &Data, row: &Row, early: Steps) -> Option<f64> {
    let at = data.grid.iter().position(|s| *s == early)?;
    row.curve.as_ref()?[at]
}

/// Recorded best losses and their noise-free predictions.
fn best_and_predicted(emulator: &Emulator, rows: &[&Row]) -> Result<(Vec<f64>, Vec<f64>), EmulatorError> {
    let (mut recorded, mut predicted) = (vec![], vec![]);
    for row in rows {
        if let Some(best) = row.best {
            recorded.push(best);
            predicted.push(emulator.noise_free_value(&row.point, Target::Best)?);
        }
    }
    Ok((recorded, predicted))
}

/// Spearman correlation of early and final loss, averaged over seeds.
fn mean_ranks(
    early: Steps,
    target: Target,
    seeds: u64,
    curves: impl Fn(Seed) -> Result<Vec<LearningCurve>, EmulatorError>,
) -> Result<Option<f64>, EmulatorError> {
    let (mut sum, mut n) = (0.0, 0usize);
    for seed in 0..seeds {
        let curves = curves(Seed(seed))?;
        let x: Vec<f64> = curves.iter().filter_map(|c| c.at(early)).collect();
        let y: Vec<f64> = curves.iter().filter_map(|c| target.of(c)).collect();
        if let Some(rho) = spearman(&x, &y) {
            sum += rho;
            n += 1;
        }
    }
    Ok((n > 0).then(|| rounded(sum / n as f64)))
}

/// Fits without each search (or fold) in turn and predicts it. Outcomes are always fitted on.
///
/// Also returns, for each run left out, the emulator that has not seen it.
fn leave_out(
    table: &RunTable,
    data: &Data,
    options: &FitOptions,
) -> Result<(HeldOut, Vec<(Emulator, Point)>), EmulatorError> {
    let (fold_of, folds, protocol) = folds(data, options.seed);
    let part = |fold: usize, inside: bool| -> Vec<&Row> {
        let both = data.rows.iter().zip(&fold_of);
        both.filter(|(_, f)| (**f == fold) == inside).map(|(r, _)| r).collect()
    };
    let fit_without = |fold: usize| {
        let rest = part(fold, false);
        let levels = rest.iter().filter(|r| r.best.is_some()).count() + data.outcomes.len();
        let usable = rest.iter().filter(|r| r.curve.is_some()).count();
        let enough = levels >= LEVELS_NEEDED && usable >= CURVES_NEEDED;
        enough.then(|| fit_parts(table, data, &rest, options).map(|fitted| Emulator { parts: Arc::new(fitted.0) }))
    };
    let (mut recorded, mut predicted, mut curves) = (vec![], vec![], vec![]);
    for (fold, fitted) in in_parallel(folds, &fit_without).into_iter().enumerate() {
        let Some(emulator) = fitted else { continue };
        let (emulator, left) = (emulator?, part(fold, true));
        let (best, guess) = best_and_predicted(&emulator, &left)?;
        recorded.extend(best);
        predicted.extend(guess);
        curves.extend(left.iter().filter(|r| r.last.is_some()).map(|r| (emulator.clone(), r.point.clone())));
    }
    if recorded.len() < 3 {
        return Err(EmulatorError::TooFew { what: "runs that could be left out", found: recorded.len(), needed: 3 });
    }
    let rmse = |keep: &dyn Fn(f64) -> bool| {
        let squares = recorded.iter().zip(&predicted).filter(|(y, _)| keep(**y)).map(|(y, p)| (y - p).powi(2));
        let squares: Vec<f64> = squares.collect();
        rounded((squares.iter().sum::<f64>() / squares.len() as f64).sqrt())
    };
    let middle = median(recorded.clone()).unwrap_or(f64::INFINITY);
    let report = HeldOut {
        protocol,
        r2: rounded(r_squared(&recorded, &predicted)),
        rmse: rmse(&|_| true),
        rmse_better_half: rmse(&|y| y <= middle),
        spearman: rounded(spearman(&recorded, &predicted).unwrap_or(0.0)),
        runs: recorded.len(),
    };
    Ok((report, curves))
}

/// `of(0), of(1), ...` in that order, computed by as many threads as there are cores.
fn in_parallel<T: Send>(count: usize, of: &(impl Fn(usize) -> T + Sync)) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut results = vec![];
    while results.len() < count {
        let next = results.len()..count.min(results.len() + threads);
        results.extend(std::thread::scope(|scope| {
            let running: Vec<_> = next.map(|i| scope.spawn(move || of(i))).collect();
            let join = |thread: ScopedJoinHandle<'_, T>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            running.into_iter().map(join).collect::<Vec<T>>()
        }));
    }
    results
}

/// The fold of each run, how many there are, and the protocol in words.
fn folds(data: &Data, seed: Seed) -> (Vec<usize>, usize, String) {
    if data.groups > 1 {
        let fold_of = data.rows.iter().map(|r| r.group).collect();
        let rest = if data.outcomes.is_empty() { "the other runs" } else { "the other runs and all outcomes" };
        return (fold_of, data.groups, format!("leave one search out (column `{GROUP_COLUMN}`), fitted on {rest}"));
    }
    let mut order: Vec<(u64, usize)> = (0..data.rows.len()).map(|i| (seed.derive("fold", i as u64).0, i)).collect();
    order.sort_unstable();
    let mut fold_of = vec![0; data.rows.len()];
    for (position, (_, i)) in order.into_iter().enumerate() {
        fold_of[i] = position % FOLDS;
    }
    (fold_of, FOLDS, format!("{FOLDS} random folds of runs (no column `{GROUP_COLUMN}` tells searches apart)"))
}
