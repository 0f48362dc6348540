//! What of the tables a fit uses.

use jobs_core::run_table::RecordedRun;
use jobs_core::{OutcomeTable, Point, RunTable, Steps};

use super::super::{EmulatorError, RowCounts};

/// A run counts as complete if it was evaluated at this part of a full run or later.
const COMPLETE: f64 = 0.9;
/// A shorter run's best loss is extrapolated if it reached this part.
const EXTRAPOLATED: f64 = 0.25;
/// Runs needed to know how much further complete runs drop.
const COMPLETE_NEEDED: usize = 5;
/// A step belongs to the grid if this part of the runs was evaluated there.
const GRID_SHARE: f64 = 0.2;
/// Most steps of the grid.
const GRID_MOST: usize = 64;
/// Fewest evaluations on the grid for a curve to be used for shapes.
const CURVE_NEEDED: usize = 4;
/// Best losses needed for a fit.
pub(super) const LEVELS_NEEDED: usize = 8;
/// Curves needed for a fit.
pub(super) const CURVES_NEEDED: usize = 5;

/// A run as the fit sees it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) point: Point,
    /// Lowest loss of the full run, where known or extrapolated.
    pub(super) best: Option<f64>,
    /// Loss at the last evaluation of a complete run.
    pub(super) last: Option<f64>,
    /// Losses at the grid, absent where not evaluated; `None` if there are too few or the best loss is not known.
    pub(super) curve: Option<Vec<Option<f64>>>,
    /// Which search it comes from.
    pub(super) group: usize,
}

/// The tables, prepared.
pub(super) struct Data {
    pub(super) grid: Vec<Steps>,
    pub(super) rows: Vec<Row>,
    pub(super) outcomes: Vec<(Point, f64)>,
    pub(super) counts: RowCounts,
    /// Number of searches; 1 if the table does not name them.
    pub(super) groups: usize,
}

/// Name of the column with the search of a run.
pub(super) const GROUP_COLUMN: &str = "trial";
/// Runs each search must have to be left out.
const GROUP_NEEDED: usize = 8;

impl Data {
    pub(super) fn of(table: &RunTable, outcomes: &[OutcomeTable]) -> Result<Self, EmulatorError> {
        let data = Self::however_little(table, outcomes)?;
        data.check_enough()?;
        Ok(data)
    }

    /// The same where that is not enough for a fit.
    pub(super) fn however_little(table: &RunTable, outcomes: &[OutcomeTable]) -> Result<Self, EmulatorError> {
        let full = table.full_steps.as_f64();
        let grid = grid(table);
        let (group_of, groups) = groups(table);
        let mut counts = RowCounts { runs: table.runs.len(), ..RowCounts::default() };
        let reached = |run: &RecordedRun| run.curve.last().map_or(0.0, |(s, _)| s.as_f64() / full);
        let complete: Vec<&RecordedRun> =
            table.runs.iter().filter(|r| r.curve.diverged_at().is_none() && reached(r) >= COMPLETE).collect();
        let mut rows = vec![];
        for (run, group) in table.runs.iter().zip(group_of) {
            let seen = run.curve.best().map(|b| b.1);
            let diverged = run.curve.diverged_at().is_some();
            let best = if diverged || reached(run) >= COMPLETE {
                counts.best_used += usize::from(seen.is_some());
                seen
            } else if reached(run) >= EXTRAPOLATED && complete.len() >= COMPLETE_NEEDED {
                counts.best_extrapolated += usize::from(seen.is_some());
                seen.map(|b| b - further_drop(&complete, run.curve.last().map_or(Steps::ZERO, |l| l.0)))
            } else {
                None
            };
            counts.best_skipped += usize::from(best.is_none());
            counts.diverged += usize::from(diverged);
            let on_grid: Vec<Option<f64>> = grid.iter().map(|&s| run.curve.at(s)).collect();
            let enough = best.is_some() && on_grid.iter().flatten().count() >= CURVE_NEEDED;
            counts.curves_used += usize::from(enough);
            rows.push(Row {
                point: run.point.clone(),
                best,
                last: run.curve.last().map(|l| l.1).filter(|_| !diverged && reached(run) >= COMPLETE),
                curve: enough.then_some(on_grid),
                group,
            });
        }
        let mut used = vec![];
        for outcome in outcomes.iter().flat_map(|t| &t.outcomes) {
            let source = |source| EmulatorError::Outcome { id: outcome.id.clone(), source };
            table.space.check_owns(&outcome.point).map_err(source)?;
            used.push((outcome.point.clone(), outcome.best_loss));
        }
        counts.outcomes = used.len();
        counts.outcomes_skipped = outcomes.iter().map(|t| t.without_outcome).sum();
        Ok(Self { grid, rows, outcomes: used, counts, groups })
    }

    fn check_enough(&self) -> Result<(), EmulatorError> {
        let levels = self.rows.iter().filter(|r| r.best.is_some()).count() + self.outcomes.len();
        if levels < LEVELS_NEEDED {
            let what = "best losses (complete runs and outcomes)";
            return Err(EmulatorError::TooFew { what, found: levels, needed: LEVELS_NEEDED });
        }
        if self.counts.curves_used < CURVES_NEEDED {
            let what = "curves with enough evaluations";
            return Err(EmulatorError::TooFew { what, found: self.counts.curves_used, needed: CURVES_NEEDED });
        }
        Ok(())
    }
}

/// The steps at which runs are evaluated: those many runs share, thinned if they are too many.
fn grid(table: &RunTable) -> Vec<Steps> {
    let mut counts = std::collections::BTreeMap::new();
    for (step, _) in table.runs.iter().flat_map(|r| r.curve.iter()) {
        if step > Steps::ZERO && step <= table.full_steps {
            *counts.entry(step).or_insert(0usize) += 1;
        }
    }
    let most = counts.values().copied().max().unwrap_or(0) as f64;
    let steps: Vec<Steps> =
        counts.into_iter().filter(|(_, n)| *n as f64 >= GRID_SHARE * most).map(|(s, _)| s).collect();
    let every = steps.len().div_ceil(GRID_MOST).max(1);
    let last = steps.len().saturating_sub(1);
    steps.iter().enumerate().filter(|(i, _)| (last - i).is_multiple_of(every)).map(|(_, s)| *s).collect()
}

/// Median of how much below its best loss up to `step` a complete run ends.
fn further_drop(complete: &[&RecordedRun], step: Steps) -> f64 {
    let drop = |run: &&RecordedRun| Some(run.curve.up_to(step).best()?.1 - run.curve.best()?.1);
    median(complete.iter().filter_map(drop).collect()).unwrap_or(0.0)
}

/// For each run its search, and how many searches there are (1 if the table does not name them).
fn groups(table: &RunTable) -> (Vec<usize>, usize) {
    let names: Vec<String> = table.runs.iter().map(|r| table.note(r, GROUP_COLUMN).unwrap_or_default()).collect();
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    let group = |name: &String| distinct.binary_search(name).unwrap_or(0);
    let of: Vec<usize> = names.iter().map(group).collect();
    let enough = |g: usize| of.iter().filter(|&&o| o == g).count() >= GROUP_NEEDED;
    if distinct.len() >= 2 && (0..distinct.len()).all(enough) {
        (of, distinct.len())
    } else {
        (vec![0; names.len()], 1)
    }
}

/// The middle value, or the mean of the two middle ones.
pub(super) fn median(values: Vec<f64>) -> Option<f64> {
    quantile(values, 0.5)
}

/// The q-quantile, linear between order statistics.
pub(super) fn quantile(mut values: Vec<f64>, q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let at = q * values.len().checked_sub(1)? as f64;
    let (below, share) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(values.len() - 1);
    Some(values[below] + share * (values[above] - values[below]))
}
