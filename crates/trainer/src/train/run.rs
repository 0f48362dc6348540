use std::path::Path;
use std::sync::Arc;

use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use jobs_core::{LearningCurve, Point, Run, RunState, Seed, Steps, TrainerError};
use rayon::prelude::*;

use super::checkpoint::{Checkpoint, State};
use super::shared::Shared;
use super::{AdamW, Choice, Evaluation, Schedule, Validation, clip_by_global_norm, global_norm, gradient};
use crate::data::{Encoded, Plan, micro_batches};
use crate::error::LlmError;
use crate::kernels::{Gradient, Training};
use crate::lora::Adapter;

type Inner<A> = <A as AutodiffBackend>::InnerBackend;
type Matrices<A> = Vec<Tensor<Inner<A>, 2>>;

/// A fine-tuning run: [`Run`] with access to evaluations and the adapter.
pub trait LiveRun: Run {
    /// All evaluations so far, on every domain.
    fn evaluations(&self) -> &[Evaluation];

    /// Writes the adapter with the lowest target loss as a PEFT folder; before the first evaluation, the current adapter.
    fn write_adapter(&self, folder: &Path) -> Result<(), LlmError>;

    /// Losses of the adapter that [`LiveRun::write_adapter`] writes, on other examples than those of the evaluations.
    fn losses_on(&self, examples: &Validation) -> Vec<f64>;

    /// Configuration of the run.
    fn point(&self) -> &Point;

    /// Seed of the run.
    fn seed(&self) -> Seed;

    /// Passes over each domain's examples in a full run; above 1, examples repeat.
    fn passes(&self) -> &[f64];

    /// One line for each of these domains whose examples repeat within a full run.
    fn repeats(&self, domains: &[String]) -> Vec<String> {
        let repeated = domains.iter().zip(self.passes()).filter(|(_, passes)| **passes > 1.0);
        repeated
            .map(|(name, passes)| format!("{name} has too few examples and repeats them: {passes:.1} passes"))
            .collect()
    }

    /// Number of trained parameters.
    fn parameters(&self) -> usize;

    /// Whether there is an adapter to write: one that an evaluation chose, or the current one of a run that has not diverged.
    fn has_adapter(&self) -> bool {
        self.curve().best().is_some() || self.curve().diverged_at().is_none()
    }
}

/// One fine-tuning run on a backend that differentiates.
pub(crate) struct TrainingRun<A: Training> {
    shared: Arc<Shared<Inner<A>>>,
    point: Point,
    seed: Seed,
    plan: Plan,
    schedule: Schedule,
    adapter: Adapter<Inner<A>>,
    optimizer: AdamW<Inner<A>>,
    /// Parameters at the lowest loss of the target domain.
    best: Matrices<A>,
    step: u64,
    curve: LearningCurve,
    evaluations: Vec<Evaluation>,
    training: (f64, u64),
}

/// Names of the lists in a checkpoint.
const LISTS: [&str; 4] = ["parameters", "first", "second", "best"];

impl<A: Training> TrainingRun<A> {
    pub(crate) fn start(shared: Arc<Shared<Inner<A>>>, point: &Point, seed: Seed) -> Result<Self, TrainerError> {
        shared.space.check_owns(point)?;
        let settings = &shared.settings;
        let choice = Choice::of(point, settings, &shared.base.decoder.config).map_err(failed)?;
        let sizes: Vec<usize> = shared.domains.iter().map(|d| d.train.len()).collect();
        let plan = Plan::new(&choice.weights, &sizes, settings.steps, settings.batch, seed.derive("data", 0));
        let schedule = Schedule {
            peak: choice.learning_rate,
            warmup: (settings.warmup * settings.steps as f64).round() as u64,
            total: settings.steps,
            decay: settings.decay,
        };
        let adapter =
            Adapter::new(&choice.lora, &shared.base.decoder.config, seed.derive("adapter", 0), &shared.device());
        let best = adapter.parameters();
        let optimizer = AdamW::new(settings.optimizer, &best);
        Ok(Self {
            shared,
            point: point.clone(),
            seed,
            plan,
            schedule,
            adapter,
            optimizer,
            best,
            step: 0,
            curve: LearningCurve::new(),
            evaluations: vec![],
            training: (0.0, 0),
        })
    }

    pub(crate) fn resume(shared: Arc<Shared<Inner<A>>>, saved: &[u8]) -> Result<Self, TrainerError> {
        let bad = TrainerError::BadCheckpoint;
        let Checkpoint { state, lists } =
            Checkpoint::<Inner<A>>::from_bytes(saved, &LISTS, &shared.device()).map_err(bad)?;
        if state.fingerprint != shared.fingerprint {
            return Err(bad(
                "it was written with other settings, another space, other data or other weights of the base".into(),
            ));
        }
        state.check(shared.settings.steps).map_err(bad)?;
        let point = shared.space.point_from_record(&state.point).map_err(|e| bad(e.to_string()))?;
        let mut run = Self::start(shared, &point, state.seed)?;
        let dims = |list: &Matrices<A>| list.iter().map(Tensor::dims).collect::<Vec<_>>();
        let expected = dims(&run.best);
        if let Some((name, _)) = lists.iter().find(|(_, list)| dims(list) != expected) {
            return Err(bad(format!("its list `{name}` does not have the shapes of the adapter")));
        }
        let [parameters, first, second, best] = lists
            .into_iter()
            .map(|(_, list)| list)
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| bad("it does not have four lists".into()))?;
        run.adapter = run.adapter.with_parameters(parameters);
        run.optimizer = AdamW { first, second, updates: state.updates, ..run.optimizer };
        run.best = best;
        (run.step, run.curve, run.evaluations) = (state.step, state.curve, state.evaluations);
        run.training = state.training;
        Ok(run)
    }

    /// Performs one optimiser step; `false` if the loss or the gradient is not finite.
    fn train_step(&mut self) -> bool {
        let shared = &self.shared;
        let settings = &shared.settings;
        let examples: Vec<&Encoded> =
            self.plan.batch(self.step).iter().map(|d| &shared.domains[d.domain].train[d.example]).collect();
        let targets: usize = examples.iter().map(|e| e.targets()).sum();
        let weight = 1.0 / targets as f64;
        let batches = micro_batches(&examples, settings.micro_batch, settings.packing);
        let dropout = self.seed.derive("dropout", self.step);
        let (model, adapter) = (&shared.base.decoder, &self.adapter);
        let one = |(i, batch)| {
            gradient::<A>(model, adapter, batch, weight, Some(dropout.derive("micro", i as u64)), settings.recompute)
        };
        let all: Vec<Gradient<Inner<A>>> = shared.pool.install(|| batches.par_iter().enumerate().map(one).collect());
        // summed in the order of the micro-batches, so that threads change no result
        let sum = all.into_iter().reduce(|a, b| Gradient {
            loss: a.loss + b.loss,
            by_parameter: a.by_parameter.into_iter().zip(b.by_parameter).map(|(a, b)| a + b).collect(),
        });
        let Some(Gradient { loss, by_parameter }) = sum else { return false };
        let Some(norm) = global_norm(&by_parameter) else { return false };
        let both: Vec<f64> = Tensor::cat(vec![loss, norm], 0).into_data().iter::<f64>().collect();
        let (loss, norm) = (both[0], both[1]);
        if !(loss.is_finite() && norm.is_finite()) {
            return false;
        }
        let clipped = clip_by_global_norm(by_parameter, norm, settings.clip);
        let rate = self.schedule.rate(self.step);
        let updated = self.optimizer.update(rate, self.adapter.parameters(), clipped);
        self.adapter = self.adapter.with_parameters(updated);
        self.training = (self.training.0 + loss, self.training.1 + 1);
        true
    }

    fn evaluate(&mut self) {
        let shared = &self.shared;
        let (model, adapter) = (&shared.base.decoder, &self.adapter);
        // in f32 merging only saves time; in bf16 it would round the adapter away
        let merged = (model.dtype() == burn::tensor::DType::F32).then(|| adapter.merge(model));
        let (model, adapter) = merged.as_ref().map_or((model, Some(adapter)), |m| (m, None));
        let (losses, accuracies) = shared
            .pool
            .install(|| (shared.validation.losses(model, adapter), shared.validation.accuracies(model, adapter)));
        let loss = losses[shared.target];
        let before = self.curve.best().map(|(_, loss)| loss);
        let mean = (self.training.1 > 0).then(|| self.training.0 / self.training.1 as f64);
        self.training = (0.0, 0);
        if self.curve.push(Steps(self.step), loss).is_ok() {
            self.evaluations.push(Evaluation { step: self.step, losses, accuracies, training: mean });
            if loss.is_finite() && before.is_none_or(|b| loss < b) {
                self.best = self.adapter.parameters();
            }
        }
    }

    fn state(&self) -> RunState {
        if self.curve.diverged_at().is_some() {
            RunState::Diverged
        } else if self.step == self.shared.settings.steps {
            RunState::Finished
        } else {
            RunState::Paused
        }
    }
}

impl<A: Training> TrainingRun<A> {
    /// The adapter with the lowest target loss; before the first evaluation, the current one.
    fn kept(&self) -> Adapter<Inner<A>> {
        let newest = self.evaluations.is_empty();
        self.adapter.with_parameters(if newest { self.adapter.parameters() } else { self.best.clone() })
    }
}

fn failed(e: LlmError) -> TrainerError {
    TrainerError::Failed(e.to_string())
}

impl<A: Training> Run for TrainingRun<A> {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        let full = Steps(self.shared.settings.steps);
        if step > full {
            return Err(TrainerError::PastFull { asked: step, full });
        }
        while self.step < step.0 && self.curve.diverged_at().is_none() {
            let finite = self.train_step();
            self.step += 1;
            if !finite {
                self.curve.push(Steps(self.step), f64::NAN).map_err(|e| TrainerError::Failed(e.to_string()))?;
            } else if self.step.is_multiple_of(self.shared.settings.evaluate_every) || self.step == full.0 {
                self.evaluate();
            }
            if self.step == full.0
                && self.has_adapter()
                && let Some(folder) = &self.shared.settings.adapters
            {
                self.write_adapter(&folder.join(format!("run-{:016x}", self.seed.0))).map_err(failed)?;
            }
        }
        Ok(self.state())
    }

    fn step(&self) -> Steps {
        Steps(self.step)
    }

    fn curve(&self) -> &LearningCurve {
        &self.curve
    }

    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        let state = State {
            version: 0,
            fingerprint: self.shared.fingerprint.clone(),
            point: self.point.record(),
            seed: self.seed,
            step: self.step,
            updates: self.optimizer.updates,
            curve: self.curve.clone(),
            evaluations: self.evaluations.clone(),
            training: self.training,
        };
        let values =
            [self.adapter.parameters(), self.optimizer.first.clone(), self.optimizer.second.clone(), self.best.clone()];
        let lists = LISTS.into_iter().zip(values).collect();
        Checkpoint { state, lists }.to_bytes().map_err(TrainerError::Failed)
    }
}

impl<A: Training> LiveRun for TrainingRun<A> {
    fn evaluations(&self) -> &[Evaluation] {
        &self.evaluations
    }

    fn write_adapter(&self, folder: &Path) -> Result<(), LlmError> {
        if !self.has_adapter() {
            let problem = "not written: the run diverged before its first evaluation, and its adapter is untrained";
            return Err(LlmError::file(folder, problem));
        }
        self.kept().write_peft(folder, &self.shared.base.name)
    }

    fn losses_on(&self, examples: &Validation) -> Vec<f64> {
        let adapter = self.kept();
        self.shared.pool.install(|| examples.losses(&self.shared.base.decoder, Some(&adapter)))
    }

    fn point(&self) -> &Point {
        &self.point
    }

    fn seed(&self) -> Seed {
        self.seed
    }

    fn passes(&self) -> &[f64] {
        self.plan.passes()
    }

    fn parameters(&self) -> usize {
        self.adapter.parameters().iter().map(|p| p.dims().iter().product::<usize>()).sum()
    }
}
