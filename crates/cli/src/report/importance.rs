//! Importance of dimensions: their share of the variation of a surrogate.

use gp::{Gp, KernelSpec};
use jobs::Status;
use jobs_core::{Observation, Posterior, Surrogate};
use methods::subset::subset;

use super::view::View;

/// Sample size of the estimator.
const POINTS: usize = 512;
/// Minimum number of full runs.
const FEWEST: usize = 8;

/// Total Sobol indices of a Gaussian process fitted to the full runs, by Jansen's estimator: `S_i = E[(f(x) - f(x'))^2] / (2 Var f)`, where
/// x' is x with dimension i (all parts of a mixture) of another point. The largest first; `None` if there are too few runs.
/// With interactions, the indices sum to more than 1.
pub(super) fn importance(view: &View<'_>) -> anyhow::Result<Option<Vec<(String, f64)>>> {
    let (problem, history) = (&view.loaded.problem, view.study.history());
    let full = history.runs().iter().filter(|r| r.status == Status::Finished);
    let data: Vec<Observation> =
        full.filter_map(|r| Some(Observation { x: r.x.clone(), y: history.value(r)?, noise_variance: 0.0 })).collect();
    if data.len() < FEWEST {
        return Ok(None);
    }
    let data = subset(data);
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
    Ok(Some(shares))
}
