//! Importance of dimensions: their share of the variation of a surrogate.

use gp::{Gp, KernelSpec};
use jobs::RunRecord;
use jobs_core::{Example, Observation, Posterior, Surrogate};

use super::view::View;
use crate::choice::predictor;

/// Sample size of the estimator.
const POINTS: usize = 512;
/// Most runs of the fit, evenly spaced in their order. More would show the same and take a second.
const MOST: usize = 250;
/// Minimum number of runs.
const FEWEST: usize = 8;
/// Minimum number of full runs from which the final values of the others are predicted.
const FEWEST_FULL: usize = 4;

/// The share of each dimension, the largest first, and what it was computed from.
pub(super) struct Importance {
    pub(super) shares: Vec<(String, f64)>,
    pub(super) from: String,
}

/// The losses of all runs that have one, and what they are: final values, where enough full runs are there to predict those of the other
/// runs, or else the values that all have reached.
fn data(view: &View<'_>) -> anyhow::Result<(Vec<Observation>, String)> {
    let (problem, history) = (&view.loaded.problem, view.study.history());
    let early = problem.budget.early;
    let observed = |r: &RunRecord, y: f64, noise_variance: f64| Observation { x: r.x.clone(), y, noise_variance };
    let full: Vec<&RunRecord> = history.finished().filter(|r| history.value(r).is_some()).collect();
    let others: Vec<&RunRecord> = history.paused().filter(|r| !r.curve.is_empty()).collect();
    let mut measured: Vec<Observation> =
        full.iter().filter_map(|r| Some(observed(r, history.value(r)?, 0.0))).collect();
    if others.is_empty() {
        let from = format!("the {} full runs", measured.len());
        return Ok((measured, from));
    }
    let seen_early = full.iter().filter(|r| r.curve.steps().first().is_some_and(|s| *s <= early));
    let examples: Vec<Example> = seen_early
        .filter_map(|r| Some(Example { point: r.point.clone(), curve: r.curve.clone(), value: history.value(r)? }))
        .collect();
    if examples.len() < FEWEST_FULL {
        let value = |r: &&RunRecord| Some(observed(r, problem.target.of(&r.curve.up_to(early))?, 0.0));
        let all: Vec<Observation> = full.iter().chain(&others).filter_map(value).collect();
        let from = format!("the values of {} runs up to step {early}", all.len());
        return Ok((all, from));
    }
    let mut predictor = predictor(&view.loaded.file.method);
    predictor.fit(&problem.space, &examples, early, problem.seed.derive("report", 2))?;
    for r in &others {
        let belief = predictor.predict(&r.point, &r.curve)?;
        measured.push(observed(r, belief.mean, belief.variance));
    }
    let from = format!("{} full runs and the predicted final values of {} others", full.len(), others.len());
    Ok((measured, from))
}

/// Total Sobol indices of a Gaussian process fitted to all runs, by Jansen's estimator: `S_i = E[(f(x) - f(x'))^2] / (2 Var f)`, where
/// x' is x with dimension i (all parts of a mixture) of another point. `None` if there are too few runs.
/// With interactions, the indices sum to more than 1.
pub(super) fn importance(view: &View<'_>) -> anyhow::Result<Option<Importance>> {
    let problem = &view.loaded.problem;
    let (data, from) = data(view)?;
    if data.len() < FEWEST {
        return Ok(None);
    }
    let count = data.len().min(MOST);
    let data: Vec<Observation> = (0..count).map(|k| data[k * data.len() / count].clone()).collect();
    let mut surrogate = Gp::for_space(&problem.space, KernelSpec::default());
    surrogate.fit(&data, problem.seed.derive("report", 0))?;
    let points = problem.space.design(2 * POINTS, problem.seed.derive("report", 1));
    let xs: Vec<Vec<f64>> = points.iter().map(|p| problem.space.encode(p)).collect();
    let (xs, others) = xs.split_at(POINTS);
    let means = |xs: &[Vec<f64>]| surrogate.predict_many(xs).iter().map(|g| g.mean).collect::<Vec<_>>();
    let f = means(xs);
    let mean = f.iter().sum::<f64>() / f.len() as f64;
    let variance = f.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f.len() as f64;
    if variance <= 0.0 {
        return Ok(None);
    }
    let mut shares = vec![];
    let dimensions = problem.space.dimensions().iter().zip(problem.space.layout());
    for (dimension, range) in dimensions.filter(|(d, _)| d.domain.is_searched()) {
        let moved: Vec<Vec<f64>> = xs
            .iter()
            .zip(others)
            .map(|(x, other)| {
                let mut x = x.clone();
                x[range.clone()].copy_from_slice(&other[range.clone()]);
                x
            })
            .collect();
        let change = means(&moved).iter().zip(&f).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / f.len() as f64;
        shares.push((dimension.name.clone(), change / (2.0 * variance)));
    }
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(Some(Importance { shares, from }))
}
