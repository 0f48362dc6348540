use gp::{Gp, KernelSpec, PosteriorMean};
use jobs_core::run_table::RecordedRun;
use jobs_core::{
    Example, Gaussian, LossScale, Observation, Posterior, Predictor, PredictorError, PriorMean, RunTable, SearchSpace,
    Seed, Steps, Surrogate, SurrogateError, Target,
};
use predictor::KernelResidual;

use super::{FEWEST, Source, TransferError, settings_of, shared_dimensions};
use crate::joint::HEADROOM;
use crate::parts::{priors, surrogate};

/// Points of the space over which a prior mean is standardised.
const SAMPLE: usize = 256;
/// Standard deviation over the space, on the logarithmic scale, below which the shared settings have no effect.
const FLAT: f64 = 1e-6;
/// Transfer is deterministic: the same sources give the same prior.
const SEED: Seed = Seed(0);

/// The prior mean that one source study gives.
#[derive(Debug)]
pub(super) struct SourcePrior {
    mean: PosteriorMean,
    /// The source's best run, encoded in its own space.
    best: Vec<f64>,
    /// For each coordinate of the new space, that of the source; `None` where it does not carry over.
    there: Vec<Option<usize>>,
    shift: f64,
    scale: f64,
}

impl SourcePrior {
    pub(super) fn of(source: &Source<'_>, space: &SearchSpace, target: Target) -> Result<Self, TransferError> {
        let study = || source.name.to_owned();
        let table = source.table;
        let pairs = shared_dimensions(space, &table.space);
        if pairs.is_empty() {
            let (there, here) = (settings_of(&table.space), settings_of(space));
            return Err(TransferError::NothingShared { study: study(), there, here });
        }
        let runs = estimates(table, target).map_err(|source| TransferError::Predictor { study: study(), source })?;
        if runs.len() < FEWEST {
            return Err(TransferError::TooFewRuns { study: study(), found: runs.len() });
        }
        let model = model(table, &runs).map_err(|source| TransferError::Surrogate { study: study(), source })?;
        let best = best_run(table, &runs, &model);
        let mut there = vec![None; space.encoded_len()];
        for (here, other) in &pairs {
            let (own, theirs) = (space.layout()[*here].clone(), table.space.layout()[*other].clone());
            own.zip(theirs).for_each(|(own, theirs)| there[own] = Some(theirs));
        }
        let raw = Self { mean: model.posterior_mean(), best, there, shift: 0.0, scale: 1.0 };
        raw.standardised(space).ok_or_else(|| {
            let names: Vec<&str> = pairs.iter().map(|(here, _)| space.dimensions()[*here].name.as_str()).collect();
            TransferError::Flat { study: study(), shared: names.join(", ") }
        })
    }

    /// With mean 0 and standard deviation 1 over the space; `None` where it is constant.
    fn standardised(self, space: &SearchSpace) -> Option<Self> {
        let values: Vec<f64> = space.design(SAMPLE, SEED).iter().map(|p| self.value(&space.encode(p))).collect();
        let shift = values.iter().sum::<f64>() / values.len() as f64;
        let scale = (values.iter().map(|v| (v - shift).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        (scale > FLAT).then_some(Self { shift, scale, ..self })
    }

    /// The source's best run, with the settings of `x`.
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

/// The surrogate of the source's runs.
fn model(table: &RunTable, runs: &[Estimated<'_>]) -> Result<Gp, SurrogateError> {
    let observe = |r: &Estimated<'_>| Observation {
        x: table.space.encode(&r.run.point),
        y: r.value.mean,
        noise_variance: r.value.variance,
    };
    let data: Vec<Observation> = runs.iter().map(observe).collect();
    let mut model = surrogate(&table.space, KernelSpec::default(), priors());
    model.fit(&data, SEED)?;
    Ok(model)
}

/// The full run of lowest posterior mean, encoded; any run where there are no full ones.
fn best_run(table: &RunTable, runs: &[Estimated<'_>], model: &Gp) -> Vec<f64> {
    let any_full = runs.iter().any(|r| r.full);
    let means = runs.iter().filter(|r| r.full || !any_full).map(|r| {
        let x = table.space.encode(&r.run.point);
        (model.predict(&x).mean, x)
    });
    means.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, x)| x).unwrap_or_default()
}

impl PriorMean for SourcePrior {
    fn value(&self, x: &[f64]) -> f64 {
        (self.mean.value(&self.with_settings_of(x)) - self.shift) / self.scale
    }

    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let there = self.with_settings_of(x);
        let mut slopes = vec![0.0; there.len()];
        let mean = self.mean.value_with_gradient(&there, &mut slopes);
        for (own, theirs) in gradient.iter_mut().zip(&self.there) {
            *own += theirs.map_or(0.0, |at| weight * slopes[at] / self.scale);
        }
        (mean - self.shift) / self.scale
    }

    fn depends_on(&self, coordinate: usize) -> bool {
        self.there.get(coordinate).is_some_and(Option::is_some)
    }
}

/// A run and its final value on the logarithmic scale, measured or predicted.
struct Estimated<'a> {
    run: &'a RecordedRun,
    value: Gaussian,
    full: bool,
}

/// Final values as the method `jobs` would estimate them: full runs as measured, others by the predictor fitted on the full runs. A
/// diverged run without a value counts as the worst. Without full runs, the others are left out.
fn estimates(table: &RunTable, target: Target) -> Result<Vec<Estimated<'_>>, PredictorError> {
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
    let mut predictor = KernelResidual::default();
    if let (Some(early), false) = (early, finished.is_empty()) {
        predictor.fit(&table.space, &finished, early, SEED)?;
    }
    let mut estimated = vec![];
    for run in &table.runs {
        let full = is_full(run);
        let value = if full || run.curve.diverged_at().is_some() {
            target.of(&run.curve).or(worst).map(|y| scale.certain(y))
        } else if run.curve.is_empty() || finished.is_empty() {
            None
        } else {
            Some(predictor.predict(&run.point, &scale.curve(&run.curve))?)
        };
        estimated.extend(value.map(|value| Estimated { run, value, full }));
    }
    Ok(estimated)
}
