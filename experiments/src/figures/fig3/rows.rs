//! The runs shown and what was predicted for them.

use crate::predictor_eval::material::Material;
use crate::predictor_eval::predictors::PredictorEntry;
use crate::user_error::user;
use jobs_core::{Example, Gaussian, Seed, Steps};
use predictor::Device;
use rand::RngExt;
use serde::Serialize;

/// Runs shown: those whose final values are at these quantiles of the runs to predict.
pub(super) const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];

/// Half-width of the central 90 % interval, in standard deviations.
pub(super) const HALF_WIDTH_90: f64 = 1.645;

/// A run shown: the prediction from its early curve, and its final value.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) table: String,
    /// Which of the runs to predict, by the rank of its final value.
    pub(super) quantile: f64,
    pub(super) predictor: &'static str,
    pub(super) last_early: f64,
    pub(super) predicted: f64,
    pub(super) sd: f64,
    pub(super) truth: f64,
}

pub(super) struct Shown<'a> {
    pub(super) run: &'a Example,
    pub(super) belief: Gaussian,
    pub(super) rival: Gaussian,
}

pub(super) fn shown<'a>(
    m: &'a Material,
    n: usize,
    early: Steps,
    seed: Seed,
    predictors: &[&PredictorEntry],
) -> anyhow::Result<Vec<Shown<'a>>> {
    let runs = &m.recorded.runs;
    let most = runs.len().saturating_sub(QUANTILES.len());
    if n == 0 || n > most {
        return Err(user(format!(
            "{}: --n {}: expected from 1 to {most} ({} runs, {} of them shown)",
            m.name,
            n,
            runs.len(),
            QUANTILES.len()
        )));
    }
    let mut order: Vec<usize> = (0..runs.len()).collect();
    let mut rng = seed.stream("fig3", 0);
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let mut rest = order.split_off(n);
    let examples: Vec<Example> = order.into_iter().map(|i| runs[i].clone()).collect();
    let mut fitted = vec![];
    for p in predictors {
        let mut predictor = p.make(Device::Cpu);
        predictor.fit(&m.recorded.space, &examples, early, seed)?;
        fitted.push(predictor);
    }
    rest.sort_by(|&a, &b| runs[a].value.total_cmp(&runs[b].value));
    let one = |q: f64| {
        let run = &runs[rest[(q * (rest.len() - 1) as f64).round() as usize]];
        let seen = run.curve.up_to(early);
        Ok(Shown { run, belief: fitted[0].predict(&run.point, &seen)?, rival: fitted[1].predict(&run.point, &seen)? })
    };
    QUANTILES.iter().map(|q| one(*q)).collect()
}
