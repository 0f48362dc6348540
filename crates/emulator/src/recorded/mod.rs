//! A trainer that replays the recorded runs of a table.
//!
//! Only recorded configurations can be trained, with their recorded curves: nothing is fitted, smoothed or continued. A search among
//! the [`candidates`](RecordedTrainer::candidates) is therefore scored on real runs.
//!
//! | in the table | here |
//! | --- | --- |
//! | a run whose last evaluation is within one evaluation interval of the end | a full run |
//! | a run that ends earlier, or whose loss stopped being finite | diverged at the next evaluation: it cannot continue, and is charged up to there |
//! | missing evaluations in between | not evaluated there |
//! | a run without a finite evaluation | not a candidate ([`without_curve`](RecordedTrainer::without_curve) counts them) |
//! | several runs of one configuration | one candidate; a run's seed selects which of them it repeats, its value is their mean |

mod run;

use std::sync::Arc;

use jobs_core::{LearningCurve, Point, Run, RunTable, SearchSpace, Seed, Steps, Target, Trainer, TrainerError};
use thiserror::Error;

use self::run::RecordedRun;

/// A [`Trainer`] of recorded runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RecordedTrainer {
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    space: SearchSpace,
    full_steps: Steps,
    interval: Steps,
    candidates: Arc<[Point]>,
    /// For each candidate, the curves recorded for it.
    curves: Vec<Vec<LearningCurve>>,
    without_curve: usize,
    cut_short: usize,
}

/// Why a table cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordedError {
    /// No run has a finite evaluation.
    #[error("none of the {runs} recorded runs has a finite loss: there is nothing to replay")]
    Nothing {
        /// Runs of the table.
        runs: usize,
    },
}

impl RecordedTrainer {
    /// A trainer of the table's runs.
    pub fn new(table: &RunTable) -> Result<Self, RecordedError> {
        let interval = interval(table);
        let (mut candidates, mut curves): (Vec<Point>, Vec<Vec<LearningCurve>>) = (vec![], vec![]);
        let (mut without_curve, mut cut_short) = (0, 0);
        for run in &table.runs {
            let Some((last, _)) = run.curve.last() else {
                without_curve += 1;
                continue;
            };
            let mut curve = run.curve.up_to(table.full_steps);
            let end = last.saturating_add(interval);
            if curve.diverged_at().is_none() && end < table.full_steps {
                cut_short += 1;
                // after the last evaluation, and so never refused
                let _ = curve.push(end, f64::NAN);
            }
            match candidates.iter().position(|p| *p == run.point) {
                Some(i) => curves[i].push(curve),
                None => {
                    candidates.push(run.point.clone());
                    curves.push(vec![curve]);
                }
            }
        }
        if candidates.is_empty() {
            return Err(RecordedError::Nothing { runs: table.runs.len() });
        }
        let (space, full_steps) = (table.space.clone(), table.full_steps);
        let candidates = candidates.into();
        let parts = Parts { space, full_steps, interval, candidates, curves, without_curve, cut_short };
        Ok(Self { parts: Arc::new(parts) })
    }

    /// The configurations that can be trained, each once, in the table's order.
    pub fn candidates(&self) -> Arc<[Point]> {
        Arc::clone(&self.parts.candidates)
    }

    /// The usual distance of evaluations: the median over the table.
    pub fn interval(&self) -> Steps {
        self.parts.interval
    }

    /// Runs left out because nothing is known of them.
    pub fn without_curve(&self) -> usize {
        self.parts.without_curve
    }

    /// Runs that end before a full run does, those whose loss stopped being finite aside.
    pub fn cut_short(&self) -> usize {
        self.parts.cut_short
    }

    /// The recorded value of a candidate, the mean over its runs; `None` where the target has none.
    pub fn value(&self, point: &Point, target: Target) -> Option<f64> {
        let values: Vec<f64> = self.curves(point)?.iter().filter_map(|c| target.of(c)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The lowest value of any candidate.
    pub fn optimum(&self, target: Target) -> Option<f64> {
        self.parts.candidates.iter().filter_map(|p| self.value(p, target)).min_by(f64::total_cmp)
    }

    /// Whether some run was evaluated by this step.
    pub fn evaluates_by(&self, step: Steps) -> bool {
        self.parts.curves.iter().flatten().any(|c| c.steps().first().is_some_and(|&first| first <= step))
    }

    fn curves(&self, point: &Point) -> Option<&[LearningCurve]> {
        let i = self.parts.candidates.iter().position(|p| p == point)?;
        Some(&self.parts.curves[i])
    }
}

impl Trainer for RecordedTrainer {
    fn space(&self) -> &SearchSpace {
        &self.parts.space
    }

    fn full_steps(&self) -> Steps {
        self.parts.full_steps
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.parts.space.check_owns(point)?;
        let curves = self.curves(point).ok_or_else(|| {
            TrainerError::Failed(format!(
                "no recorded run has this configuration; only the {} recorded ones can be replayed",
                self.parts.candidates.len()
            ))
        })?;
        let whole = &curves[(seed.0 % curves.len() as u64) as usize];
        Ok(Box::new(RecordedRun::new(point.clone(), seed, whole.clone(), self.parts.full_steps)))
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let saved = run::Saved::read(saved, &self.parts.space)?;
        let mut run = self.start(&saved.point, saved.seed).map_err(|e| TrainerError::BadCheckpoint(e.to_string()))?;
        run.advance_to(saved.step).map_err(|e| TrainerError::BadCheckpoint(e.to_string()))?;
        Ok(run)
    }
}

/// The median distance of neighbouring evaluations, the first counted from 0; a full run where there is none.
fn interval(table: &RunTable) -> Steps {
    let mut gaps = vec![];
    for run in &table.runs {
        let mut before = Steps::ZERO;
        for &step in run.curve.steps() {
            gaps.extend((step > before).then(|| step.saturating_sub(before)));
            before = step;
        }
    }
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(table.full_steps)
}
