//! The constants of the bound from recorded full runs.

use budget::{BoundModel, ErrorPoint, Estimate, noise_from_replicates, norm_from_pilot};
use jobs_core::{Budget, Example, SearchSpace, Seed};
use predictor::Factory;
use predictor::evaluate::{Protocol, Recorded, Split, evaluate};

use super::PilotError;

/// Numbers of full runs at which the predictor's error is measured, as far as there are runs.
const SIZES: [usize; 9] = [4, 6, 9, 13, 19, 28, 42, 63, 95];
/// Random splits at each.
const SPLITS: usize = 8;
/// Fewest held-out runs of a split, and the inverse of their share.
const HELD_OUT: (usize, usize) = (3, 5);
/// Length scale of the kernel behind the norm, as for [`budget::InformationGain::RECORDED`].
const LENGTH_SCALE: f64 = 2.0;

/// The error curve.
pub(super) fn errors(
    make: &Factory,
    recorded: &Recorded,
    budget: &Budget,
    seed: Seed,
) -> Result<Vec<ErrorPoint>, PilotError> {
    let n = recorded.runs.len();
    let held_out = n.div_ceil(HELD_OUT.1).max(HELD_OUT.0);
    let sizes: Vec<usize> = SIZES.into_iter().filter(|size| size + held_out <= n).collect();
    if sizes.len() < 2 {
        return Err(PilotError::TooFew { found: n, needed: SIZES[1] + HELD_OUT.0 });
    }
    let point = |&examples: &usize| {
        let protocol = Protocol { examples, early: budget.early, split: Split::Random, splits: SPLITS, seed };
        let rmse = evaluate(make, recorded, &protocol)?.rmse.mean;
        Ok(ErrorPoint { full_runs: examples as u64, rmse, residuals: (n / sizes.len()).max(1) as u64 })
    };
    sizes.iter().map(point).collect()
}

/// R0 from configurations trained more than once; without any, that of the model.
pub(super) fn noise(recorded: &Recorded, model: &BoundModel) -> Result<Estimate, PilotError> {
    let mut groups: Vec<(&Example, Vec<f64>)> = vec![];
    for run in &recorded.runs {
        match groups.iter_mut().find(|(first, _)| first.point == run.point) {
            Some((_, values)) => values.push(run.value),
            None => groups.push((run, vec![run.value])),
        }
    }
    let groups: Vec<Vec<f64>> = groups.into_iter().map(|(_, values)| values).collect();
    if groups.iter().all(|g| g.len() < 2) {
        return Ok(Estimate::exact(model.noise_sd));
    }
    Ok(noise_from_replicates(&groups)?)
}

/// B, estimated from below.
pub(super) fn norm(space: &SearchSpace, runs: &[Example], noise_sd: f64) -> Result<Estimate, PilotError> {
    let rows: Vec<Vec<f64>> = runs.iter().map(|r| space.encode(&r.point)).collect();
    let values: Vec<f64> = runs.iter().map(|r| r.value).collect();
    let kernel = |i: usize, j: usize| {
        let squared: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| (a - b).powi(2)).sum();
        let r = (5.0 * squared).sqrt() / LENGTH_SCALE;
        (1.0 + r + r * r / 3.0) * (-r).exp()
    };
    Ok(norm_from_pilot(kernel, &values, noise_sd)?)
}
