use jobs_core::{Seed, Steps};
use predictor::Device;
use predictor::evaluate::{Protocol, Recorded, Scores, evaluate};

use super::args::SplitName;
use crate::comparison::side_by_side;
use crate::predictor_eval::predictors::PredictorEntry;

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
    /// The table's runs that can be predicted from `early`.
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
    side_by_side::map(cells, workers, |cell| cell.scores(device))
}
