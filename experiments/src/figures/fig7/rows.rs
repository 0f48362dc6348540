//! Coverage of the surrogate's intervals on new full runs.

use crate::tasks::{TARGET, Task};
use gp::{Gp, KernelSpec};
use jobs_core::{Gaussian, Observation, Posterior, Seed, Surrogate};
use serde::Serialize;

/// Full runs the surrogate has seen, and how the figure draws each.
pub(super) const SEEN: [(usize, &str); 3] = [(10, "random"), (20, "bo-logei"), (40, "jobs")];

/// New full runs to predict.
pub(super) const ASKED: usize = 100;

/// Probabilities of the intervals.
pub(super) const NOMINAL: [f64; 7] = [0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95];

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) task: String,
    pub(super) full_runs: usize,
    pub(super) nominal: f64,
    pub(super) covered: f64,
    pub(super) asked: usize,
    pub(super) rmse: f64,
}

/// Beliefs about new full runs (their noise included) and what they gave.
pub(super) fn ask(task: &Task, n: usize, seed: Seed) -> anyhow::Result<Vec<(Gaussian, f64)>> {
    let space = task.trainer.space();
    let value = |point: &jobs_core::Point, i: u64| -> anyhow::Result<f64> {
        let mut run = task.trainer.start(point, seed.derive("run", i))?;
        run.advance_to(task.full_steps())?;
        TARGET.of(run.curve()).ok_or_else(|| anyhow::anyhow!("a run without a loss"))
    };
    let points = space.design(n + ASKED, seed);
    let mut data = vec![];
    for (i, point) in points.iter().take(n).enumerate() {
        data.push(Observation { x: space.encode(point), y: value(point, i as u64)?, noise_variance: 0.0 });
    }
    let mut model = Gp::for_space(space, KernelSpec::default());
    model.fit(&data, seed)?;
    let noise = model.noise_variance();
    let answer = |(i, point): (usize, &jobs_core::Point)| {
        let belief = model.predict(&space.encode(point));
        Ok((Gaussian { variance: belief.variance + noise, ..belief }, value(point, i as u64)?))
    };
    points.iter().enumerate().skip(n).map(answer).collect()
}
