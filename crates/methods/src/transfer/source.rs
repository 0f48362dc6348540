use gp::{KernelSpec, PosteriorMean};
use jobs_core::LossScale;
use jobs_core::run_table::RecordedRun;
use jobs_core::{
    Example, Gaussian, Observation, Posterior, Predictor, PriorMean, RunTable, SearchSpace, Seed, Steps, Surrogate,
    Target,
};
use predictor::MlpEnsemble;

use super::{Earlier, FEWEST, TransferError, settings_of, shared};
use crate::joint::HEADROOM;
use crate::parts::{priors, surrogate};

/// Points of the space over which a trend is standardised.
const SAMPLE: usize = 256;
/// Standard deviation over the space, on the logarithmic scale, below which the settings shared do not matter.
const FLAT: f64 = 1e-6;
/// Everything here is the same each time.
const SEED: Seed = Seed(0);

/// What one earlier study teaches.
#[derive(Debug)]
pub(super) struct SourcePrior {
    believed: PosteriorMean,
    /// The study's best run, encoded in its own space.
    best: Vec<f64>,
    /// For each coordinate here, that of the study; `None` where it does not carry over.
    there: Vec<Option<usize>>,
    shift: f64,
    scale: f64,
}

impl SourcePrior {
    pub(super) fn of(study: &Earlier<'_>, space: &SearchSpace, target: Target) -> Result<Self, TransferError> {
        let name = || study.name.to_owned();
        let table = study.table;
        let pairs = shared(space, &table.space);
        if pairs.is_empty() {
            let (there, here) = (settings_of(&table.space), settings_of(space));
            return Err(TransferError::NothingShared { study: name(), there, here });
        }
        let runs = believe(table, target).map_err(|source| TransferError::Predictor { study: name(), source })?;
        if runs.len() < FEWEST {
            return Err(TransferError::TooFewRuns { study: name(), found: runs.len() });
        }
        let encoded = |r: &Believed<'_>| table.space.encode(&r.run.point);
        let observe =
            |r: &Believed<'_>| Observation { x: encoded(r), y: r.value.mean, noise_variance: r.value.variance };
        let data: Vec<Observation> = runs.iter().map(observe).collect();
        let mut model = surrogate(&table.space, KernelSpec::default(), priors());
        model.fit(&data, SEED).map_err(|source| TransferError::Surrogate { study: name(), source })?;

        let any_full = runs.iter().any(|r| r.full);
        let means = runs.iter().filter(|r| r.full || !any_full).map(|r| {
            let x = encoded(r);
            (model.predict(&x).mean, x)
        });
        let best = means.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, x)| x).unwrap_or_default();
        let mut there = vec![None; space.encoded_len()];
        for (here, other) in &pairs {
            let (own, theirs) = (space.layout()[*here].clone(), table.space.layout()[*other].clone());
            own.zip(theirs).for_each(|(own, theirs)| there[own] = Some(theirs));
        }
        let raw = Self { believed: model.posterior_mean(), best, there, shift: 0.0, scale: 1.0 };
        let values: Vec<f64> = space.design(SAMPLE, SEED).iter().map(|p| raw.value(&space.encode(p))).collect();
        let shift = values.iter().sum::<f64>() / values.len() as f64;
        let scale = (values.iter().map(|v| (v - shift).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        if scale.is_nan() || scale <= FLAT {
            let names: Vec<&str> = pairs.iter().map(|(here, _)| space.dimensions()[*here].name.as_str()).collect();
            return Err(TransferError::Flat { study: name(), shared: names.join(", ") });
        }
        Ok(Self { shift, scale, ..raw })
    }

    /// The study's best run, with the settings of `x`.
    fn with_settings_of(&self, x: &[f64]) -> Vec<f64> {
        let mut there = self.best.clone();
        for (own, theirs) in x.iter().zip(&self.there) {
            if let Some(at) = theirs {
                there[*at] = *own;
            }
        }
        there
    }
}

impl PriorMean for SourcePrior {
    fn value(&self, x: &[f64]) -> f64 {
        (self.believed.value(&self.with_settings_of(x)) - self.shift) / self.scale
    }

    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let there = self.with_settings_of(x);
        let mut slopes = vec![0.0; there.len()];
        let mean = self.believed.value_with_gradient(&there, &mut slopes);
        for (own, theirs) in gradient.iter_mut().zip(&self.there) {
            *own += theirs.map_or(0.0, |at| weight * slopes[at] / self.scale);
        }
        (mean - self.shift) / self.scale
    }

    fn depends_on(&self, coordinate: usize) -> bool {
        self.there.get(coordinate).is_some_and(Option::is_some)
    }
}

/// A run, and what is believed of its final value on the logarithmic scale.
struct Believed<'a> {
    run: &'a RecordedRun,
    value: Gaussian,
    full: bool,
}

/// What the method `jobs` would believe of a study's runs: finished ones as measured, unfinished ones as foreseen by the predictor that
/// the finished ones taught. A diverged run without a value counts as the worst; unfinished ones are left out where none is finished.
fn believe(table: &RunTable, target: Target) -> Result<Vec<Believed<'_>>, jobs_core::PredictorError> {
    let scale = LossScale::of_curves(table.runs.iter().map(|r| &r.curve), target, HEADROOM);
    let worst = table.runs.iter().filter_map(|r| target.of(&r.curve)).reduce(f64::max);
    let from = table.full_from();
    let is_full = |r: &RecordedRun| r.curve.last().is_some_and(|(step, _)| step.as_f64() >= from);
    let finished: Vec<Example> = (table.runs.iter().filter(|r| is_full(r)))
        .filter_map(|r| Some(Example { point: r.point.clone(), curve: r.curve.clone(), value: target.of(&r.curve)? }))
        .map(|e| scale.example(e))
        .collect();
    let cut = |r: &&RecordedRun| !is_full(r) && r.curve.diverged_at().is_none() && !r.curve.is_empty();
    let early: Option<Steps> = table.runs.iter().filter(cut).filter_map(|r| r.curve.last()).map(|(step, _)| step).min();
    let mut predictor = MlpEnsemble::default();
    if let (Some(early), false) = (early, finished.is_empty()) {
        predictor.fit(&table.space, &finished, early, SEED)?;
    }
    let mut believed = vec![];
    for run in &table.runs {
        let full = is_full(run);
        let value = if full || run.curve.diverged_at().is_some() {
            target.of(&run.curve).or(worst).map(|y| scale.certain(y))
        } else if run.curve.is_empty() || finished.is_empty() {
            None
        } else {
            Some(predictor.predict(&run.point, &scale.curve(&run.curve))?)
        };
        believed.extend(value.map(|value| Believed { run, value, full }));
    }
    Ok(believed)
}
