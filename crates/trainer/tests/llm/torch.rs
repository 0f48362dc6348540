//! A short fine-tuning run follows PyTorch with PEFT: clipping, warm-up, decay, accumulation and AdamW together.

use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use serde_json::Value;
use trainer::lora::{Adapter, LoraConfig};
use trainer::model::Decoder;
use trainer::train::*;

use crate::golden::*;

fn scalar(t: Tensor<Cpu, 1>) -> f64 {
    f64::from(t.into_scalar())
}

/// Repeats a recorded run; every loss and norm must agree. Gives the trained adapter.
fn follow(what: &str, model: &Decoder<Cpu>, mut adapter: Adapter<Cpu>, t: &Value) -> Adapter<Cpu> {
    let number = |name: &str| t[name].as_f64().unwrap();
    let (steps, prompt) = (number("steps") as u64, number("prompt") as usize);
    let schedule = Schedule { peak: number("lr"), warmup: number("warmup") as u64, total: steps, decay: Decay::Linear };
    let config = AdamWConfig { weight_decay: number("weight_decay"), ..AdamWConfig::default() };
    let mut optimizer = AdamW::new(config, &adapter.parameters());
    for step in 0..steps {
        let rows = tokens(&t["rows"][step as usize]);
        let (mut loss, mut sum) = (0.0, Vec::new());
        for micro in rows.chunks(2) {
            let batch = MicroBatch::from_column(micro, prompt);
            let weight = 1.0 / (rows.len() * (rows[0].len() - prompt)) as f64;
            let g = gradient::<Autodiff<Cpu>>(model, &adapter, &batch, weight, None, step % 2 == 1);
            loss += scalar(g.loss);
            sum = if sum.is_empty() {
                g.by_parameter
            } else {
                sum.into_iter().zip(g.by_parameter).map(|(a, b)| a + b).collect()
            };
        }
        let norm = scalar(global_norm(&sum).unwrap());
        for (name, found, expected) in [("loss", loss, &t["losses"]), ("norm", norm, &t["norms"])] {
            let expected = expected[step as usize].as_f64().unwrap();
            let close = (found - expected).abs() < 2e-5 * expected.max(1.0);
            assert!(close, "{what}, step {step}: {name} {found}, not {expected}");
        }
        let clipped = clip_by_global_norm(sum, norm, number("clip"));
        adapter = adapter.with_parameters(optimizer.update(schedule.rate(step), adapter.parameters(), clipped));
    }
    adapter
}

#[test]
fn fine_tuning_follows_pytorch() {
    let golden = record("llama");
    let (model, adapter) = adapted("llama");
    let adapter = follow("llama", &model, adapter, &golden["training"]);
    let found = logits(&model, Some(&adapter), &tokens(&golden["tokens"]), 6);
    let difference = worst(&found, &numbers(&golden["trained"]));
    println!("largest difference of a logit after training: {difference:.1e}");
    assert!(difference < 2e-4, "{difference}");
}

/// An adapter of all projections that begins as `scripts/golden_training.py` says.
fn waves(model: &Decoder<Cpu>, rank: usize, alpha: f64) -> Adapter<Cpu> {
    let (modules, layers) = (model.config.family.modules().to_vec(), (0..model.config.layers).collect());
    let config = LoraConfig { modules, layers, rank, alpha, dropout: 0.0 };
    let adapter = Adapter::<Cpu>::new(&config, &model.config, jobs_core::Seed(0), &Default::default());
    let wave = |(n, p): (usize, Tensor<Cpu, 2>)| {
        let value = |k: usize| (0.1 * (0.7 * (k + 1) as f64 + n as f64).sin()) as f32;
        let count = p.dims().iter().product();
        Tensor::from_data(TensorData::new((0..count).map(value).collect(), p.dims()), &p.device())
    };
    adapter.with_parameters(adapter.parameters().into_iter().enumerate().map(wave).collect())
}

/// 20 steps of every family that has a record, on the hand-written path.
#[test]
fn fine_tuning_of_every_family_follows_pytorch() {
    let mut families = 0;
    for kind in kinds() {
        let Ok(text) = std::fs::read(folder(&kind).join("training.json")) else { continue };
        let golden: Value = serde_json::from_slice(&text).unwrap();
        let model = model(&kind);
        let adapter = waves(&model, golden["rank"].as_u64().unwrap() as usize, golden["alpha"].as_f64().unwrap());
        let adapter = follow(&kind, &model, adapter, &golden);
        let found = logits(&model, Some(&adapter), &tokens(&record(&kind)["tokens"]), 2);
        let expected = numbers(&golden["trained"]);
        let largest = expected.iter().fold(1.0, |m: f32, v| m.max(v.abs()));
        let difference = worst(&found, &expected) / largest;
        println!("{kind}: largest difference of a logit after 20 steps: {difference:.1e} of {largest:.1}");
        assert!(difference < 2e-5, "{kind}: {difference:e}");
        families += 1;
    }
    assert_eq!(families, 8);
}

#[test]
fn recomputing_layers_gives_the_same_gradient() {
    let (model, adapter) = adapted("llama");
    let batch = MicroBatch::from_column(&tokens(&record("llama")["tokens"]), 7);
    let of = |recompute| gradient::<Autodiff<Cpu>>(&model, &adapter, &batch, 1.0, Some(jobs_core::Seed(3)), recompute);
    let (kept, again) = (of(false), of(true));
    assert_eq!(scalar(kept.loss), scalar(again.loss));
    for (a, b) in kept.by_parameter.iter().zip(&again.by_parameter) {
        let (a, b): (Vec<f32>, Vec<f32>) = (a.to_data().to_vec().unwrap(), b.to_data().to_vec().unwrap());
        assert!(a.iter().any(|v| *v != 0.0));
        let size = a.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
        assert!(worst(&a, &b) <= 1e-5 * size, "{} of {size}", worst(&a, &b));
    }
}
