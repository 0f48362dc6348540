//! Toy surrogates, acquisitions and predictors, and every policy made from them: deterministic, and small enough to reason about.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[path = "../../../jobs/tests/common/mod.rs"]
mod small;

pub use small::*;

use jobs::{Method, Problem};
use jobs_core::*;
use methods::{
    Asha, BayesOpt, Evidence, Hyperband, Jobs, JobsParts, LevelRule, Model, MultiFidelity, Order, Part, Partial,
    ParzenSampler, Promotion, RandomSearch, Recommend, Scale, Tpe, TrustRegion, Uniform,
};

/// The same, but up to step 20 the better a configuration ends, the worse it looks.
pub struct MisleadingTrainer(pub ToyTrainer);

impl Trainer for MisleadingTrainer {
    fn space(&self) -> &SearchSpace {
        self.0.space()
    }
    fn full_steps(&self) -> Steps {
        self.0.full_steps()
    }
    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        Ok(Box::new(MisleadingRun { run: self.0.start(point, seed)?, curve: LearningCurve::new() }))
    }
    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let mut run = MisleadingRun { run: self.0.resume(saved)?, curve: LearningCurve::new() };
        run.note();
        Ok(Box::new(run))
    }
}

struct MisleadingRun {
    run: Box<dyn Run>,
    curve: LearningCurve,
}

impl MisleadingRun {
    fn note(&mut self) {
        let curve = self.run.curve();
        let seen = curve.iter().map(|(s, loss)| (s, if s <= Steps(20) { 5.0 - loss } else { loss }));
        let seen = seen.chain(curve.diverged_at().map(|s| (s, f64::NAN)));
        self.curve = LearningCurve::from_pairs(seen).unwrap();
    }
}

impl Run for MisleadingRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        let state = self.run.advance_to(step)?;
        self.note();
        Ok(state)
    }
    fn step(&self) -> Steps {
        self.run.step()
    }
    fn curve(&self) -> &LearningCurve {
        &self.curve
    }
    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        self.run.save()
    }
}

/// Inverse-distance weighting; variance is the squared distance to the nearest datum.
#[derive(Default)]
pub struct ToySurrogate(Vec<Observation>, usize);

impl Posterior for ToySurrogate {
    fn dimension(&self) -> usize {
        self.1
    }
    fn predict(&self, x: &[f64]) -> Gaussian {
        let (mut sum, mut weights, mut nearest) = (0.0, 0.0, f64::INFINITY);
        for o in &self.0 {
            let d2: f64 = o.x.iter().zip(x).map(|(a, b)| (a - b).powi(2)).sum();
            let w = 1.0 / (d2 + 1e-9 + o.noise_variance);
            sum += w * o.y;
            weights += w;
            nearest = nearest.min(d2);
        }
        Gaussian { mean: sum / weights, variance: nearest }
    }
    fn predict_with_gradient(&self, x: &[f64], _: &mut [f64], _: &mut [f64]) -> Gaussian {
        self.predict(x)
    }
    fn covariance(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        let d2: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
        Some((-d2).exp() * 0.5)
    }
}

impl Surrogate for ToySurrogate {
    fn condition_on(&mut self, data: &[Observation]) -> Result<(), SurrogateError> {
        self.1 = data.first().ok_or(SurrogateError::NoData)?.x.len();
        self.0 = data.to_vec();
        Ok(())
    }
    fn fit(&mut self, data: &[Observation], _seed: Seed) -> Result<(), SurrogateError> {
        self.condition_on(data)
    }
    fn noise_variance(&self) -> f64 {
        1e-3
    }
    fn as_posterior(&self) -> &dyn Posterior {
        self
    }
    fn with_pending(&self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<Box<dyn Surrogate>, SurrogateError> {
        let mut data = self.0.clone();
        for x in pending {
            let y = match fantasy {
                Fantasy::Mean => self.predict(x).mean,
                Fantasy::Constant(y) => y,
            };
            data.push(Observation { x: x.clone(), y, noise_variance: 0.0 });
        }
        Ok(Box::new(Self(data, self.1)))
    }
}

pub struct ToyUcb;

impl Acquisition for ToyUcb {
    fn prepare(&mut self, _: &SearchContext) {}
    fn evaluate(&self, p: Gaussian) -> AcquisitionValue {
        AcquisitionValue { value: p.sd() - p.mean, d_mean: -1.0, d_variance: 0.5 / p.sd().max(1e-9) }
    }
}

/// Counts its evaluations, and expects to be prepared before.
pub struct Counting {
    asked: Arc<AtomicUsize>,
    is_prepared: bool,
}

impl Counting {
    pub fn boxed(asked: &Arc<AtomicUsize>) -> Box<dyn Acquisition> {
        Box::new(Self { asked: asked.clone(), is_prepared: false })
    }
}

impl Acquisition for Counting {
    fn prepare(&mut self, context: &SearchContext) {
        assert!(context.incumbent.is_finite());
        self.is_prepared = true;
    }
    fn evaluate(&self, p: Gaussian) -> AcquisitionValue {
        assert!(self.is_prepared, "evaluated before it was prepared");
        self.asked.fetch_add(1, Ordering::Relaxed);
        ToyUcb.evaluate(p)
    }
}

pub struct ToyMaximiser;

impl Maximiser for ToyMaximiser {
    fn maximise_criterion(
        &self,
        space: &SearchSpace,
        criterion: &dyn Criterion,
        _incumbents: &[Point],
        seed: Seed,
    ) -> Result<Suggestion, MaximiserError> {
        let mut rng = seed.stream("toy", 0);
        let tried = (0..64).map(|_| {
            let point = space.sample(&mut rng);
            let value = criterion.value(&space.encode(&point));
            Suggestion { point, value }
        });
        tried.max_by(|a, b| a.value.total_cmp(&b.value)).ok_or(MaximiserError::NoValue { tried: 64 })
    }
}

/// The last loss less the mean drop of the examples.
#[derive(Default)]
pub struct ToyPredictor(f64);

impl Predictor for ToyPredictor {
    fn name(&self) -> &str {
        "toy"
    }
    fn fit(&mut self, _: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        let drops = examples.iter().filter_map(|e| Some(e.curve.up_to(early).last()?.1 - e.value));
        self.0 = drops.sum::<f64>() / examples.len() as f64;
        Ok(())
    }
    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let (_, last) = curve.last().ok_or(PredictorError::EmptyCurve)?;
        Ok(Gaussian { mean: last - self.0, variance: 1e-3 })
    }
}

pub struct ToySplit(pub u64, pub u64);

impl Allocator for ToySplit {
    fn allocate(&self, budget: &Budget) -> Result<Allocation, AllocationError> {
        budget.check()?;
        Ok(Allocation { full_runs: self.0, early_runs: 0, verification_runs: self.1 })
    }
}

fn model() -> Model {
    Model::new(Box::new(ToySurrogate::default()), Box::new(ToyUcb), Box::new(ToyMaximiser))
}

pub const METHODS: [&str; 14] = [
    "random",
    "bo",
    "mf",
    "jobs-paper",
    "jobs",
    "tpe",
    "hyperband",
    "bohb",
    "asha",
    "boca",
    "freeze-thaw",
    "data-then-model",
    "alternating",
    "turbo",
];

pub fn parts(ours: bool) -> JobsParts {
    JobsParts {
        allocator: Box::new(ToySplit(3, u64::from(ours))),
        initial_early_runs: if ours { 2 } else { 0 },
        early_signal_check: ours,
        final_acquisition: ours.then(|| Box::new(ToyUcb) as Box<dyn Acquisition>),
        scale: if ours { Scale::Logarithmic { headroom: 1.0 } } else { Scale::Identity },
        is_logarithmic: false,
        constraints: vec![],
        evidence: Evidence::Predicted {
            predictor: Box::new(|| Box::new(ToyPredictor::default())),
            variance_from: ours.then_some(0),
        },
        levels: if ours { vec![Steps(20), Steps(40)] } else { vec![Steps(20)] },
        target_so_far: ours,
        model: model(),
        promotion: ours.then(|| Promotion {
            share: 0.5,
            lateness: 1.0,
            after: Steps(0),
            acquisition: Box::new(ToyUcb),
        }),
        recommend: if ours { Recommend::PosteriorMean } else { Recommend::LowestEstimate },
    }
}

pub fn method(name: &str, problem: &Problem) -> Box<dyn Method> {
    let levels = |rule| -> Box<dyn Method> {
        Box::new(MultiFidelity::new(name, problem, 2, &[1.0, 2.0, 4.0], rule, model()).unwrap())
    };
    match name {
        "random" => Box::new(RandomSearch),
        "bo" => Box::new(BayesOpt::new("bo", problem, 3, model())),
        "tpe" => Box::new(Tpe::new(problem)),
        "hyperband" => Box::new(Hyperband::new(name, problem, Box::new(Uniform)).unwrap()),
        "bohb" => Box::new(Hyperband::new(name, problem, Box::new(ParzenSampler)).unwrap()),
        "asha" => Box::new(Asha::new(problem).unwrap()),
        "boca" => levels(LevelRule::Boca { beta: 4.0 }),
        "freeze-thaw" => levels(LevelRule::Next),
        "data-then-model" => Box::new(Partial::new(name, problem, Order::Then(Part::Data), 2, model()).unwrap()),
        "alternating" => Box::new(Partial::new(name, problem, Order::Alternate, 2, model()).unwrap()),
        "turbo" => Box::new(TrustRegion::new(name, problem, 3, model()).unwrap()),
        "mf" => {
            Box::new(MultiFidelity::new("mf", problem, 2, &[1.0, 2.0, 4.0], LevelRule::Knowledge, model()).unwrap())
        }
        _ => Box::new(Jobs::new(name, problem, parts(name == "jobs")).unwrap()),
    }
}
