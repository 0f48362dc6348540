//! The predictor the paper's authors used, as a rival.

mod network;
mod train;

use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps, Value};

use self::network::{Network, masks};
use self::train::train;
use crate::Device;
use crate::shift_baseline::ShiftBaseline;
use crate::standardise::Standardiser;

/// Fewest examples it is trained on; below, the mean shift answers.
const FEWEST: usize = 2;
/// Most evaluations of the early curve it sees.
const EVALUATIONS: usize = 16;
/// Dropped-out networks behind a variance.
const PASSES: usize = 50;

/// The authors' predictor as published with their code: a perceptron with hidden layers of 64, 32 and 16 rectified units,
/// dropout 0.2, from the numbers of the configuration and the losses up to the early budget to the final loss itself, trained
/// by Adam (step 0.01) for 500 epochs on the mean squared error.
///
/// Its inputs have their original units, ranks up to 128 next to shares below 1; [`Self::standardised`] changes that and nothing
/// else. Neither standardises the loss: unlike the other predictors it does not follow a change of units. Theirs has no
/// variance. Ours is that of 50 passes with dropout (Gal & Ghahramani 2016) plus the mean squared error on the examples.
#[derive(Clone, Debug, Default)]
pub struct PublishedMlp {
    standardise: bool,
    device: Device,
    baseline: ShiftBaseline,
    model: Option<Model>,
}

#[derive(Clone, Debug)]
struct Model {
    space: SearchSpace,
    grid: Vec<Steps>,
    standardiser: Option<Standardiser>,
    network: Network,
    /// By pass, by hidden layer.
    masks: Vec<Vec<Vec<f32>>>,
    error: f64,
}

impl PublishedMlp {
    /// With inputs of zero mean and unit variance over the examples.
    pub fn standardised() -> Self {
        Self { standardise: true, ..Self::default() }
    }

    /// Trained on `device`.
    pub fn on(self, device: Device) -> Self {
        Self { device, ..self }
    }
}

/// Numbers of the configuration in their own units, then the losses at the grid's steps.
fn raw_row(point: &Point, curve: &LearningCurve, grid: &[Steps]) -> Result<Vec<f64>, PredictorError> {
    let mut row = vec![];
    for value in point.values() {
        match value {
            Value::Simplex(shares) => row.extend(shares),
            Value::Real(v) => row.push(*v),
            Value::Integer(v) => row.push(*v as f64),
            Value::Boolean(v) => row.push(f64::from(u8::from(*v))),
            Value::Categorical(v) => row.push(*v as f64),
        }
    }
    for &step in grid {
        row.push(curve.interpolate(step).ok_or(PredictorError::EmptyCurve)?);
    }
    Ok(row)
}

/// The steps up to `early` where examples were evaluated, evenly thinned.
fn grid(examples: &[Example], early: Steps) -> Vec<Steps> {
    let mut all: Vec<Steps> = examples.iter().flat_map(|e| e.curve.steps()).copied().filter(|s| *s <= early).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() <= EVALUATIONS {
        return all;
    }
    let last = all.len() - 1;
    (0..EVALUATIONS).map(|i| all[i * last / (EVALUATIONS - 1)]).collect()
}

impl Model {
    fn fit(
        config: &PublishedMlp,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<Self, PredictorError> {
        let grid = grid(examples, early);
        let rows: Vec<Vec<f64>> =
            examples.iter().map(|e| raw_row(&e.point, &e.curve, &grid)).collect::<Result<_, _>>()?;
        let standardiser = config.standardise.then(|| Standardiser::fit(&rows));
        let rows: Vec<Vec<f32>> = rows.iter().map(|r| single(standardiser.as_ref(), r)).collect();
        let targets: Vec<f32> = examples.iter().map(|e| e.value as f32).collect();
        let mut rng = seed.stream("published mlp", 0);
        let start = Network::draw(rows.first().map_or(0, Vec::len), &mut rng);
        let network = config.device.run(Train { rows: &rows, targets: &targets, start, rng: &mut rng });
        let network = network.ok_or(PredictorError::Diverged { predictor: "published MLP" })?;
        let square = |(row, e): (&Vec<f32>, &Example)| (network.output(row, None) - e.value).powi(2);
        let error = rows.iter().zip(examples).map(square).sum::<f64>() / rows.len() as f64;
        if !error.is_finite() {
            return Err(PredictorError::Diverged { predictor: "published MLP" });
        }
        let masks = (0..PASSES).map(|_| masks(1, &mut rng)).collect();
        Ok(Self { space: space.clone(), grid, standardiser, network, masks, error })
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        if point.space() != &self.space {
            let found = point.space().encoded_len();
            return Err(PredictorError::Dimension { found, expected: self.space.encoded_len() });
        }
        let row = single(self.standardiser.as_ref(), &raw_row(point, curve, &self.grid)?);
        let mean = self.network.output(&row, None);
        let passes = self.masks.iter().map(|m| (self.network.output(&row, Some(m)) - mean).powi(2));
        Ok(Gaussian { mean, variance: self.error + passes.sum::<f64>() / self.masks.len() as f64 })
    }
}

/// In single precision, as the network sees it.
fn single(standardiser: Option<&Standardiser>, row: &[f64]) -> Vec<f32> {
    let row = standardiser.map_or_else(|| row.to_vec(), |s| s.apply(row));
    row.into_iter().map(|v| v as f32).collect()
}

impl Predictor for PublishedMlp {
    fn name(&self) -> &str {
        if self.standardise { "published MLP, inputs standardised" } else { "published MLP" }
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        self.model = None;
        if examples.len() >= FEWEST {
            self.model = Some(Model::fit(self, space, examples, early, seed)?);
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        match &self.model {
            Some(model) => {
                let seen = curve.up_to(self.baseline.early());
                model.predict(point, if seen.is_empty() { curve } else { &seen })
            }
            None => self.baseline.predict(curve),
        }
    }
}

/// The training, ready to run on any backend.
struct Train<'a> {
    rows: &'a [Vec<f32>],
    targets: &'a [f32],
    start: Network,
    rng: &'a mut rand_chacha::ChaCha8Rng,
}

impl crate::mlp::Job for Train<'_> {
    type Output = Option<Network>;

    fn run<B: burn::tensor::backend::AutodiffBackend>(self, device: &B::Device) -> Self::Output {
        train::<B>(self.rows, self.targets, self.start, self.rng, device)
    }
}
