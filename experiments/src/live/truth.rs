//! The value that counts in a live comparison: the test loss of the recommendation, trained again.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use jobs::{Recommendation, Study};
use jobs_core::{Point, RunState, Seed};
use serde::{Deserialize, Serialize};
use trainer::train::{LiveTrainer, Validation};

use super::study::run_table;
use crate::files::write_atomic;
use crate::tasks::{TARGET, Truth};

/// Fresh runs of each recommendation. Their seeds are the same for every method: common random numbers make the comparison sharper.
const TEST_SEEDS: [Seed; 3] = [Seed(9_000_001), Seed(9_000_002), Seed(9_000_003)];
/// Most test examples.
const TEST_EXAMPLES: usize = 256;

/// A fresh run of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TestedRun {
    /// Seed.
    pub(super) seed: u64,
    /// Lowest loss on the search's validation examples.
    pub(super) validation: f64,
    /// Loss on the test examples at that checkpoint.
    pub(super) test: f64,
}

/// Trains recommendations again and evaluates them on test examples. Neither is charged to a method.
pub(super) struct Tests {
    trainer: Arc<dyn LiveTrainer>,
    task: String,
    examples: Validation,
    /// Where studies are kept.
    folder: PathBuf,
    /// Runs by configuration: methods often recommend the same one.
    known: Mutex<HashMap<String, Vec<TestedRun>>>,
}

impl Tests {
    pub(super) fn new(trainer: Arc<dyn LiveTrainer>, task: &str, folder: PathBuf) -> anyhow::Result<Self> {
        let examples = trainer.test_set(TEST_EXAMPLES).map_err(crate::user_error::user)?;
        Ok(Self { trainer, task: task.to_owned(), examples, folder, known: Mutex::default() })
    }

    /// The fresh runs of a configuration.
    pub(super) fn runs(&self, point: &Point) -> anyhow::Result<Vec<TestedRun>> {
        let key = serde_json::to_string(&point.record())?;
        let known = || self.known.lock().map_err(|_| anyhow::anyhow!("a test run of {} panicked", self.task));
        if let Some(runs) = known()?.get(&key) {
            return Ok(runs.clone());
        }
        let runs = TEST_SEEDS.into_iter().map(|seed| self.run(point, seed)).collect::<anyhow::Result<Vec<_>>>()?;
        known()?.insert(key, runs.clone());
        Ok(runs)
    }

    fn run(&self, point: &Point, seed: Seed) -> anyhow::Result<TestedRun> {
        let mut run = self.trainer.start_live(point, seed)?;
        let diverged = || format!("{}: a fresh run of the recommendation has no finite loss", self.task);
        if run.advance_to(self.trainer.full_steps())? == RunState::Diverged {
            eprintln!("warning: {}: a fresh run of a recommendation diverged", self.task);
        }
        let validation = TARGET.of(run.curve()).with_context(diverged)?;
        let test = run.losses_on(&self.examples).first().copied().with_context(diverged)?;
        Ok(TestedRun { seed: seed.0, validation, test })
    }
}

impl Truth for Tests {
    fn value(&self, point: &Point) -> anyhow::Result<f64> {
        let runs = self.runs(point)?;
        Ok(runs.iter().map(|r| r.test).sum::<f64>() / runs.len() as f64)
    }

    fn only_at_the_end(&self) -> bool {
        true
    }

    /// Writes the study's runs as a run table, its recommendation, and the tests of that.
    fn keep(&self, cell: &str, study: &Study, best: &Recommendation) -> anyhow::Result<()> {
        let folder = self.folder.join(cell);
        run_table(self.trainer.space(), study, &self.task).write(&folder)?;
        let choice = toml::to_string(&best.point.record()).context("the recommended configuration")?;
        write_atomic(&folder.join("recommended.toml"), choice.as_bytes())?;
        crate::comparison::summary::write_csv(&folder.join("tests.csv"), &self.runs(&best.point)?)
    }
}
