use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};
use rand::RngExt;

use crate::ard_kernel::{ArdKernel, Further};
use crate::features::{FeatureMap, Features};
use crate::mlp::train_on_device;
use crate::mlp::{Folds, MlpConfig, Network, Task};
use crate::relevance_prior::RelevancePrior;
use crate::share::KernelShare;
use crate::shift_baseline::ShiftBaseline;
use crate::standardise::moments;

/// Fewest examples the models are fitted to; below, the mean shift answers.
const FEWEST: usize = 4;
/// Most examples the kernel is fitted to (its cost is cubic); it takes a random part of more.
const KERNEL_MOST: usize = 200;
/// Where the examples' curves are read between the early budget and their end, beside the final value: what the residual depends
/// on, it depends on there too.
const HORIZONS: [f64; 4] = [0.2, 0.4, 0.6, 0.8];
/// Scaled inputs are cut here, so that far-off runs do not drive the networks to absurd values.
const INPUT_LIMIT: f64 = 5.0;
/// Largest factor the relevances apply to an input.
const SCALE_LIMIT: f64 = 4.0;

/// The predictor of the published form: a deep ensemble of small perceptrons and a kernel regression, whose relevances
/// scale the inputs of the perceptrons. See the [crate's front page](crate) for the model.
#[derive(Clone, Debug)]
pub struct MlpEnsemble {
    config: MlpConfig,
    kernel_share: KernelShare,
    prior: RelevancePrior,
    baseline: ShiftBaseline,
    model: Option<Model>,
}

#[derive(Clone, Debug)]
struct Model {
    parts: Parts,
    kernel: ArdKernel,
    inflation: f64,
    /// By member.
    scales: Vec<Vec<f64>>,
    network: Network,
    /// Mean squared error of the networks on examples they had held back.
    held_back_error: f64,
    kernel_share: KernelShare,
    /// Number of examples.
    examples: usize,
}

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

/// Standardised rows and residuals.
pub(crate) struct TrainingData {
    rows: Vec<Vec<f64>>,
    targets: Vec<f64>,
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

impl Default for MlpEnsemble {
    fn default() -> Self {
        let config = MlpConfig::default();
        Self {
            config,
            kernel_share: KernelShare::default(),
            prior: RelevancePrior::Weak,
            baseline: ShiftBaseline::default(),
            model: None,
        }
    }
}

impl MlpEnsemble {
    /// An ensemble of other size or schedule; values that cannot be trained are replaced by the nearest that can.
    pub fn new(config: MlpConfig) -> Self {
        Self { config: config.usable(), ..Self::default() }
    }

    /// The perceptrons without the kernel's belief, for ablations; they still see inputs scaled by its relevances.
    pub fn perceptrons_alone(config: MlpConfig) -> Self {
        Self { kernel_share: KernelShare::Constant(0.0), ..Self::new(config) }
    }

    /// The same with a prior of the features' relevances transferred from other fine-tuning tasks, and with the depth of the
    /// adapted layers as a feature.
    pub fn with_transferred_relevances(mut self) -> Self {
        self.prior = RelevancePrior::Transferred;
        self
    }

    /// The same, but with N examples the odds of the perceptrons against the kernel are `(2 / N) v_k / v_p`, with the
    /// variance of each: the perceptrons count while examples are few, and where they are more certain.
    pub fn with_falling_share(mut self) -> Self {
        self.kernel_share = KernelShare::Rising;
        self
    }
}

impl Model {
    fn fit(
        config: &MlpConfig,
        kernel_share: KernelShare,
        parts: Parts,
        kernel: ArdKernel,
        data: &TrainingData,
        seed: Seed,
    ) -> Result<Self, PredictorError> {
        let scales: Vec<Vec<f64>> = (0..config.members).map(|m| input_scales(kernel.column_scales(m))).collect();
        let views: Vec<Vec<Vec<f32>>> = scales.iter().map(|s| data.rows.iter().map(|r| view(r, s)).collect()).collect();
        let targets: Vec<f32> = data.targets.iter().map(|&t| t as f32).collect();
        let folds = Folds::draw(config, targets.len(), seed);
        let task = Task { views: &views, targets: &targets, folds: &folds };
        let network =
            train_on_device(config, &task, seed).ok_or(PredictorError::Diverged { predictor: "MLP ensemble" })?;
        let held_back_error = held_back_error(&network, &task);
        let inflation = parts.kernel_inflation(&kernel);
        let examples = data.targets.len();
        Ok(Self { parts, kernel, inflation, scales, network, held_back_error, kernel_share, examples })
    }

    /// The mixture of the kernel's belief and the networks', by its mean and variance.
    fn predict(&self, features: &Features) -> Gaussian {
        let (kernel_mean, kernel_variance) = self.kernel.predict(&features.row);
        let outputs: Vec<f64> =
            self.scales.iter().enumerate().map(|(m, s)| self.network.output(m, &view(&features.row, s))).collect();
        let (network_mean, network_sd) = moments(&outputs);
        let network_variance = network_sd * network_sd + self.held_back_error;
        let p = self.kernel_share.of(self.examples, kernel_variance * self.inflation, network_variance);
        let q = 1.0 - p;
        let mean = p * kernel_mean + q * network_mean;
        let variance =
            p * kernel_variance * self.inflation + q * network_variance + p * q * (kernel_mean - network_mean).powi(2);
        self.parts.in_losses(features, mean, variance)
    }
}

/// Relevances relative to their root mean square.
fn input_scales(relevances: Vec<f64>) -> Vec<f64> {
    let typical = (relevances.iter().map(|s| s * s).sum::<f64>() / relevances.len().max(1) as f64).sqrt();
    relevances.into_iter().map(|s| (s / typical).min(SCALE_LIMIT)).collect()
}

/// A row as a member sees it.
fn view(row: &[f64], scales: &[f64]) -> Vec<f32> {
    row.iter().zip(scales).map(|(v, s)| (v * s).clamp(-INPUT_LIMIT, INPUT_LIMIT) as f32).collect()
}

/// Mean over the examples of the squared error of the mean of those members that had held them back.
fn held_back_error(network: &Network, task: &Task<'_>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (i, target) in task.targets.iter().enumerate() {
        let held: Vec<f64> = (0..network.members)
            .filter(|&m| task.folds.held_back[m][i])
            .map(|m| network.output(m, &task.views[m][i]))
            .collect();
        if !held.is_empty() {
            sum += (moments(&held).0 - f64::from(*target)).powi(2);
            count += 1.0;
        }
    }
    // no example held back: the variance of the standardised residuals
    if count > 0.0 { sum / count } else { 1.0 }
}

impl Predictor for MlpEnsemble {
    fn name(&self) -> &str {
        if self.kernel_share == KernelShare::Constant(0.0) { "MLP ensemble alone" } else { "MLP ensemble" }
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        self.model = match fit_parts(space, examples, early, self.prior, seed)? {
            Some((parts, kernel, data)) => {
                Some(Model::fit(&self.config, self.kernel_share, parts, kernel, &data, seed)?)
            }
            None => None,
        };
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        match &self.model {
            Some(model) => Ok(model.predict(&model.parts.map.of(point, curve)?)),
            None => self.baseline.predict(curve),
        }
    }
}
