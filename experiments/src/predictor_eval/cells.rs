use std::collections::VecDeque;
use std::sync::Mutex;

use jobs_core::{Seed, Steps};
use predictor::Device;
use predictor::evaluate::{Protocol, Recorded, Scores, evaluate};

use super::args::SplitName;
use crate::predictors::PredictorEntry;
use crate::progress::Progress;

/// One predictor under one protocol on one table.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) table: usize,
    pub(super) predictor: &'static PredictorEntry,
    pub(super) n: usize,
    pub(super) early: Steps,
    pub(super) split: SplitName,
    pub(super) splits: usize,
    pub(super) seed: Seed,
    /// The table's runs that can be foreseen from `early`.
    pub(super) recorded: &'a Recorded,
}

impl Cell<'_> {
    pub(super) fn protocol(&self) -> Protocol {
        let (examples, early, split) = (self.n, self.early, self.split.split());
        Protocol { examples, early, split, splits: self.splits, seed: self.seed }
    }

    fn scores(&self, device: Device) -> Result<Scores, String> {
        let predictor = self.predictor;
        let make = move || predictor.make(device);
        evaluate(&make, self.recorded, &self.protocol()).map_err(|e| e.to_string())
    }
}

/// Scores of all cells, in their order, `workers` at a time; what failed, in words.
pub(super) fn evaluate_all(cells: &[Cell<'_>], device: Device, workers: usize) -> Vec<Result<Scores, String>> {
    let progress = Progress::new(cells.len(), 0);
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..cells.len()).collect());
    let done = Mutex::new(vec![]);
    let next = || queue.lock().ok().and_then(|mut q| q.pop_front());
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, cells.len().max(1)) {
            scope.spawn(|| {
                while let Some(i) = next() {
                    let scores = cells[i].scores(device);
                    if let Ok(mut done) = done.lock() {
                        done.push((i, scores));
                    }
                    progress.cell_done();
                }
            });
        }
    });
    progress.finish();
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, scores)| scores).collect()
}
