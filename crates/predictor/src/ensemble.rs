use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::ard_kernel::ArdKernel;
use crate::features::Features;
use crate::kernel_parts::{Parts, TrainingData, fit_parts};
use crate::mlp::train_on_device;
use crate::mlp::{Folds, MlpConfig, Network, Task};
use crate::relevance_prior::RelevancePrior;
use crate::share::KernelShare;
use crate::shift_baseline::ShiftBaseline;
use crate::standardise::moments;

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
