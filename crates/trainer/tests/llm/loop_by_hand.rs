//! A run equals the training loop that its settings describe, written out here.

use burn::backend::Autodiff;
use burn::tensor::{DType, Tensor};
use jobs_core::{Point, RecordValue, Seed, Steps};
use trainer::data::*;
use trainer::lora::Adapter;
use trainer::train::*;
use trainer::{BUILT_IN, Base};

use crate::golden::*;

/// Clipping, warm-up, decay and weight decay all take effect; the target is not the first domain.
fn settings() -> TrainSettings {
    let mut settings = TrainSettings {
        steps: 12,
        evaluate_every: 4,
        batch: 6,
        micro_batch: 4,
        validation_examples: 7,
        train_examples: 20,
        learning_rate: 0.02,
        warmup: 0.25,
        decay: Decay::Cosine,
        clip: 5.5,
        optimizer: AdamWConfig { weight_decay: 0.1, ..AdamWConfig::default() },
        target: Some("sort".into()),
        ..TrainSettings::default()
    };
    settings.domains.truncate(3);
    settings
}

/// The same loop, by hand.
struct Loop {
    base: Base<Cpu>,
    domains: Vec<EncodedDomain>,
    plan: Plan,
    adapter: Adapter<Cpu>,
    optimizer: AdamW<Cpu>,
    seed: Seed,
    /// Examples per micro-batch.
    size: usize,
    /// Number of clipped steps.
    clipped: usize,
}

impl Loop {
    fn new(settings: &TrainSettings, point: &Point, seed: Seed, size: usize) -> Self {
        let base = Base::<Cpu>::open(BUILT_IN, DType::F32, &Default::default()).unwrap();
        let read = |d: &DomainSettings| {
            let domain = Domain::read(d, "".as_ref()).unwrap();
            let (train, validation) = (settings.train_examples, settings.validation_examples);
            domain.encode(&base.tokenizer, settings.sequence, train, validation).unwrap()
        };
        let domains: Vec<EncodedDomain> = settings.domains.iter().map(read).collect();
        let choice = Choice::of(point, settings, &base.decoder.config).unwrap();
        let sizes: Vec<usize> = domains.iter().map(|d| d.train.len()).collect();
        let plan = Plan::new(&choice.weights, &sizes, 12, 6, seed.derive("data", 0));
        let adapter =
            Adapter::<Cpu>::new(&choice.lora, &base.decoder.config, seed.derive("adapter", 0), &Default::default());
        let optimizer = AdamW::new(settings.optimizer, &adapter.parameters());
        Self { base, domains, plan, adapter, optimizer, seed, size, clipped: 0 }
    }

    /// Mean loss of the step's batch, and its gradient.
    fn gradient(&self, step: u64) -> (f64, Vec<Tensor<Cpu, 2>>) {
        let draws = self.plan.batch(step);
        let examples: Vec<&Encoded> = draws.iter().map(|d| &self.domains[d.domain].train[d.example]).collect();
        let weight = 1.0 / examples.iter().map(|e| e.targets()).sum::<usize>() as f64;
        let (mut loss, mut sum) = (0.0, vec![]);
        for (i, batch) in micro_batches(&examples, self.size, Packing::Pad).iter().enumerate() {
            let masks = self.seed.derive("dropout", step).derive("micro", i as u64);
            let model = &self.base.decoder;
            let g = gradient::<Autodiff<Cpu>>(model, &self.adapter, batch, weight, Some(masks), false);
            loss += g.loss.into_data().iter::<f64>().sum::<f64>();
            sum = match sum.len() {
                0 => g.by_parameter,
                _ => sum.into_iter().zip(g.by_parameter).map(|(a, b)| a + b).collect(),
            };
        }
        (loss, sum)
    }

    /// Performs a step; returns its training loss.
    fn step(&mut self, step: u64) -> f64 {
        let (loss, sum) = self.gradient(step);
        let norm = global_norm(&sum).unwrap().into_data().iter::<f64>().sum::<f64>();
        self.clipped += usize::from(norm > 5.5);
        // three steps of warm-up, then half a cosine over nine
        let rate = match step {
            0..3 => 0.02 * step as f64 / 3.0,
            _ => 0.02 * 0.5 * (1.0 + (std::f64::consts::PI * (step - 3) as f64 / 9.0).cos()),
        };
        let shrunk = if norm > 5.5 { sum.into_iter().map(|g| g * (5.5 / norm)).collect() } else { sum };
        let updated = self.optimizer.update(rate, self.adapter.parameters(), shrunk);
        self.adapter = self.adapter.with_parameters(updated);
        loss
    }

    /// Mean validation loss of every domain, one example per batch.
    fn evaluate(&self) -> Vec<f64> {
        let loss = |e: &Encoded| {
            let batch = micro_batches(&[e], 1, Packing::Pad).remove(0);
            losses(&self.base.decoder, Some(&self.adapter), &batch).into_data().iter::<f64>().sum::<f64>()
        };
        let mean = |d: &EncodedDomain| {
            let targets: usize = d.validation.iter().map(Encoded::targets).sum();
            d.validation.iter().map(loss).sum::<f64>() / targets as f64
        };
        self.domains.iter().map(mean).collect()
    }
}

/// A point with this dropout and these shares of addition, reverse and sort.
fn point(trainer: &dyn LiveTrainer, dropout: f64, shares: [f64; 3]) -> Point {
    let mut record = trainer.space().design(1, Seed(3))[0].record();
    record.0.insert("lora_dropout".into(), RecordValue::Real(dropout));
    record.0.insert("mixture".into(), RecordValue::Shares(trainer.domains().into_iter().zip(shares).collect()));
    trainer.space().point_from_record(&record).unwrap()
}

/// Compares a run with the loop with micro-batches of `size`; returns the index of the best evaluation.
fn compare(dropout: f64, shares: [f64; 3], size: usize) -> usize {
    let trainer = open(settings(), None).unwrap();
    let point = point(trainer.as_ref(), dropout, shares);
    let mut run = trainer.start_live(&point, Seed(5)).unwrap();
    run.advance_to(Steps(12)).unwrap();

    let mut by_hand = Loop::new(&settings(), &point, Seed(5), size);
    let (mut evaluations, mut training) = (vec![], vec![]);
    for step in 0..12 {
        training.push(by_hand.step(step));
        if step % 4 == 3 {
            evaluations.push((by_hand.evaluate(), by_hand.adapter.clone()));
        }
    }
    assert!((3..12).contains(&by_hand.clipped), "some steps, not all, should be clipped: {}", by_hand.clipped);
    assert_eq!(run.evaluations().iter().map(|e| e.step).collect::<Vec<_>>(), [4, 8, 12]);
    for ((found, (losses, _)), training) in run.evaluations().iter().zip(&evaluations).zip(training.chunks(4)) {
        let mean = training.iter().sum::<f64>() / 4.0;
        assert!(close(&found.losses, losses), "step {}: {:?}, not {losses:?}", found.step, found.losses);
        assert!(close(&[found.training.unwrap()], &[mean]), "step {}: {:?}, not {mean}", found.step, found.training);
    }
    // the curve is that of the target, and the written adapter that of its lowest loss
    let target: Vec<f64> = evaluations.iter().map(|(losses, _)| losses[2]).collect();
    assert!(close(run.curve().losses(), &target), "{:?} {target:?}", run.curve());
    let best = (0..3).min_by(|&a, &b| target[a].total_cmp(&target[b])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    run.write_adapter(folder.path()).unwrap();
    let (_, written) = Adapter::read_peft(folder.path(), by_hand.base.decoder.clone()).unwrap();
    for (a, b) in written.parameters().iter().zip(evaluations[best].1.parameters()) {
        let (a, b): (Vec<f32>, Vec<f32>) = (a.to_data().to_vec().unwrap(), b.to_data().to_vec().unwrap());
        assert!(worst(&a, &b) < 1e-4, "not the adapter of evaluation {best}: {}", worst(&a, &b));
    }
    best
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4)
}

#[test]
fn a_run_equals_the_loop_its_settings_describe() {
    // without dropout micro-batches change nothing: one example each
    compare(0.0, [0.2, 0.2, 0.6], 1);
    // masks are drawn per micro-batch of the settings; sort, the target, is forgotten
    assert_ne!(compare(0.1, [1.0, 0.0, 0.0], 4), 2, "the best evaluation should not be the last");
}
