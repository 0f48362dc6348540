//! A run is the loop its settings describe: the same loop written out here.

use burn::backend::Autodiff;
use burn::tensor::DType;
use jobs_core::{RecordValue, Seed, Steps};
use trainer::data::*;
use trainer::lora::Adapter;
use trainer::train::*;
use trainer::{BUILT_IN, Base};

use crate::golden::*;

/// Clipping, warm-up, decay and weight decay all act; the target is not the first domain.
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

/// Sums of losses and of weighted gradients, one example a batch.
fn loss_sum(base: &Base<Cpu>, adapter: &Adapter<Cpu>, examples: &[Encoded]) -> f64 {
    let of = |e: &Encoded| {
        let batch = micro_batches(&[e], 1, Packing::Pad).remove(0);
        losses(&base.decoder, Some(adapter), &batch).into_data().iter::<f64>().sum::<f64>()
    };
    examples.iter().map(of).sum()
}

/// A run with this dropout and these shares of addition, reverse and sort, against the loop with micro-batches of this size; gives
/// which evaluation was the best.
fn compare(dropout: f64, shares: [f64; 3], size: usize) -> usize {
    let settings = settings();
    let trainer = open(settings.clone(), None).unwrap();
    let mut record = trainer.space().design(1, Seed(3))[0].record();
    record.0.insert("lora_dropout".into(), RecordValue::Real(dropout));
    let names = settings.domains.iter().map(|d| d.name.clone());
    record.0.insert("mixture".into(), RecordValue::Shares(names.zip(shares).collect()));
    let point = trainer.space().point_from_record(&record).unwrap();
    let seed = Seed(5);
    let mut run = trainer.start_live(&point, seed).unwrap();
    run.advance_to(Steps(12)).unwrap();

    let base = Base::<Cpu>::open(BUILT_IN, DType::F32, &Default::default()).unwrap();
    let read = |d: &DomainSettings| {
        let domain = Domain::read(d, "".as_ref()).unwrap();
        domain
            .encode(&base.tokenizer, settings.sequence, settings.train_examples, settings.validation_examples)
            .unwrap()
    };
    let domains: Vec<EncodedDomain> = settings.domains.iter().map(read).collect();
    let choice = Choice::of(&point, &settings, &base.decoder.config).unwrap();
    let sizes: Vec<usize> = domains.iter().map(|d| d.train.len()).collect();
    let plan = Plan::new(&choice.weights, &sizes, 12, 6, seed.derive("data", 0));
    let mut adapter =
        Adapter::<Cpu>::new(choice.lora, &base.decoder.config, seed.derive("adapter", 0), &Default::default());
    let mut optimizer = AdamW::new(settings.optimizer, &adapter.parameters());
    let (mut evaluations, mut clipped) = (vec![], 0);
    let mut training = vec![];
    for step in 0..12u64 {
        let examples: Vec<&Encoded> = plan.batch(step).iter().map(|d| &domains[d.domain].train[d.example]).collect();
        let targets: usize = examples.iter().map(|e| e.targets()).sum();
        let (mut loss, mut sum) = (0.0, vec![]);
        for (i, batch) in micro_batches(&examples, size, Packing::Pad).iter().enumerate() {
            let masks = seed.derive("dropout", step).derive("micro", i as u64);
            let g = gradient::<Autodiff<Cpu>>(&base.decoder, &adapter, batch, 1.0 / targets as f64, Some(masks), false);
            loss += g.loss.into_data().iter::<f64>().sum::<f64>();
            sum = match sum.len() {
                0 => g.by_parameter,
                _ => sum.into_iter().zip(g.by_parameter).map(|(a, b)| a + b).collect(),
            };
        }
        training.push(loss);
        let norm = global_norm(&sum).unwrap().into_data().iter::<f64>().sum::<f64>();
        clipped += usize::from(norm > 5.5);
        // three steps up, then half a cosine over nine
        let rate = match step {
            0..3 => 0.02 * step as f64 / 3.0,
            _ => 0.02 * 0.5 * (1.0 + (std::f64::consts::PI * (step - 3) as f64 / 9.0).cos()),
        };
        let shrunk = if norm > 5.5 { sum.into_iter().map(|g| g * (5.5 / norm)).collect() } else { sum };
        adapter = adapter.with_parameters(optimizer.update(rate, adapter.parameters(), shrunk));
        if step % 4 == 3 {
            let mean = |d: &EncodedDomain| {
                let targets: usize = d.validation.iter().map(Encoded::targets).sum();
                loss_sum(&base, &adapter, &d.validation) / targets as f64
            };
            evaluations.push((step + 1, domains.iter().map(mean).collect::<Vec<f64>>(), adapter.clone()));
        }
    }
    assert!((3..12).contains(&clipped), "clipping should act on some steps: {clipped}");
    assert_eq!(run.evaluations().len(), 3);
    for (found, (step, losses, _)) in run.evaluations().iter().zip(&evaluations) {
        assert_eq!(found.step, *step);
        for (a, b) in found.losses.iter().zip(losses) {
            assert!((a - b).abs() < 1e-4, "step {step}: {:?}, not {losses:?}", found.losses);
        }
        let last = *step as usize;
        let mean = training[last - 4..last].iter().sum::<f64>() / 4.0;
        assert!((found.training.unwrap() - mean).abs() < 1e-4, "step {step}: {:?}, not {mean}", found.training);
    }
    // the curve is the target's, and the adapter written is that of its lowest loss
    let target: Vec<f64> = evaluations.iter().map(|(_, losses, _)| losses[2]).collect();
    assert!(
        run.curve().losses().iter().zip(&target).all(|(a, b)| (a - b).abs() < 1e-4),
        "{:?} {target:?}",
        run.curve()
    );
    let best = (0..3).min_by(|&a, &b| target[a].total_cmp(&target[b])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    run.write_adapter(folder.path()).unwrap();
    let written: Adapter<Cpu> = Adapter::read_peft(folder.path(), &base.decoder.config, &Default::default()).unwrap();
    for (a, b) in written.parameters().iter().zip(evaluations[best].2.parameters()) {
        let (a, b): (Vec<f32>, Vec<f32>) = (a.to_data().to_vec().unwrap(), b.to_data().to_vec().unwrap());
        assert!(worst(&a, &b) < 1e-4, "not the adapter of evaluation {best}: {}", worst(&a, &b));
    }
    best
}

#[test]
fn a_run_is_the_loop_its_settings_describe() {
    // without dropout micro-batches change nothing: example by example
    compare(0.0, [0.2, 0.2, 0.6], 1);
    // masks are drawn for each micro-batch of the settings; sort, the target, is forgotten
    assert_ne!(compare(0.1, [1.0, 0.0, 0.0], 4), 2, "the best evaluation should not be the last");
}
