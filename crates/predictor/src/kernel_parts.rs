//! The kernel regression and what it is fitted to: all of [`KernelResidual`](crate::KernelResidual), and the part of the ensemble that
//! needs no Burn.

use jobs_core::{Example, Gaussian, PredictorError, SearchSpace, Seed, Steps};
use rand::RngExt;

use crate::ard_kernel::{ArdKernel, Further};
use crate::features::{FeatureMap, Features};
use crate::relevance_prior::RelevancePrior;
use crate::standardise::moments;

/// Fewest examples the models are fitted to; below, the mean shift answers.
const FEWEST: usize = 4;
/// Most examples the kernel is fitted to (its cost is cubic); it takes a random part of more.
const KERNEL_MOST: usize = 200;
/// Where the examples' curves are read between the early budget and their end, beside the final value: what the residual depends
/// on, it depends on there too.
const HORIZONS: [f64; 4] = [0.2, 0.4, 0.6, 0.8];

/// What the kernel and the networks have in common.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) map: FeatureMap,
    /// Mean and standard deviation of the examples' residuals.
    centre: f64,
    spread: f64,
}

impl Parts {
    /// A belief about the standardised residual as one about the final loss.
    pub(crate) fn in_losses(&self, features: &Features, mean: f64, variance: f64) -> Gaussian {
        Gaussian {
            mean: features.last + self.centre + self.spread * mean,
            variance: self.spread * self.spread * variance + features.continuation_variance,
        }
    }

    /// By how much the kernel's variances must grow to match its leave-one-out errors; at least 1.
    pub(crate) fn kernel_inflation(&self, kernel: &ArdKernel) -> f64 {
        let ratios = kernel.leave_one_out.iter().zip(&kernel.leave_one_out_variance).map(|(e, v)| e * e / v);
        (ratios.sum::<f64>() / kernel.leave_one_out.len().max(1) as f64).max(1.0)
    }
}

/// The feature map, the kernel and the standardised training data; `None` where only the mean shift can be fitted.
pub(crate) fn fit_parts(
    space: &SearchSpace,
    examples: &[Example],
    early: Steps,
    prior: RelevancePrior,
    seed: Seed,
) -> Result<Option<(Parts, ArdKernel, TrainingData)>, PredictorError> {
    if examples.len() < FEWEST {
        return Ok(None);
    }
    let (map, features, residuals) = FeatureMap::fit(space, examples, early, prior)?;
    let (centre, spread) = moments(&residuals);
    if spread <= 1e-9 * residuals.iter().fold(0.0_f64, |m, r| m.max(r.abs())) {
        return Ok(None);
    }
    let rows: Vec<Vec<f64>> = features.into_iter().map(|f| f.row).collect();
    let targets: Vec<f64> = residuals.iter().map(|r| (r - centre) / spread).collect();
    let chosen = some_of(rows.len(), KERNEL_MOST, seed);
    let kernel_rows = chosen.iter().map(|&i| rows[i].clone()).collect();
    let kernel_targets: Vec<f64> = chosen.iter().map(|&i| targets[i]).collect();
    let chosen: Vec<(&Example, f64)> =
        chosen.iter().map(|&i| (&examples[i], examples[i].value - residuals[i])).collect();
    let intermediate = intermediate_residuals(&chosen, early);
    let further = Further { targets: &intermediate, weight: prior.intermediate_weight() };
    let rng = seed.stream("kernel", 0);
    let kernel = ArdKernel::fit(kernel_rows, &kernel_targets, further, &map.groups, &map.expected, rng);
    Ok(kernel.map(|kernel| (Parts { map, centre, spread }, kernel, TrainingData { rows, targets })))
}

/// Standardised rises from the last early loss (beside its example) to [`HORIZONS`]; those that do not vary are left out.
fn intermediate_residuals(examples: &[(&Example, f64)], early: Steps) -> Vec<Vec<f64>> {
    let end = examples.iter().filter_map(|(e, _)| e.curve.last()).map(|(step, _)| step).max().unwrap_or(early);
    let rest = end.saturating_sub(early).as_f64();
    let target = |share: &f64| {
        let step = early.saturating_add(Steps((share * rest) as u64));
        let rises: Option<Vec<f64>> =
            examples.iter().map(|(e, last)| Some(e.curve.interpolate(step)? - last)).collect();
        let rises = rises?;
        let (centre, spread) = moments(&rises);
        let size = rises.iter().fold(0.0_f64, |m, r| m.max(r.abs()));
        (spread > 1e-9 * size).then(|| rises.iter().map(|r| (r - centre) / spread).collect())
    };
    HORIZONS.iter().filter_map(target).collect()
}

/// Standardised rows and residuals, for the networks.
#[cfg_attr(not(feature = "burn"), allow(dead_code))]
pub(crate) struct TrainingData {
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) targets: Vec<f64>,
}

/// All of 0..n, or a random `most` of them.
fn some_of(n: usize, most: usize, seed: Seed) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    if n > most {
        let mut rng = seed.stream("kernel subset", 0);
        for i in 0..most {
            order.swap(i, rng.random_range(i..n));
        }
        order.truncate(most);
    }
    order
}
