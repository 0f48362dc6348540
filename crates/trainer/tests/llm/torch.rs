//! A short fine-tuning run follows PyTorch with PEFT: clipping, warm-up, decay, accumulation and AdamW together.

use burn::backend::Autodiff;
use trainer::train::*;

use crate::golden::*;

fn scalar(t: burn::tensor::Tensor<Cpu, 1>) -> f64 {
    f64::from(t.into_scalar())
}

#[test]
fn fine_tuning_follows_pytorch() {
    let golden = record("llama");
    let (model, mut adapter) = adapted("llama");
    let t = &golden["training"];
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
            let g = gradient::<Autodiff<Cpu>>(&model, &adapter, &batch, weight, None, step % 2 == 1);
            loss += scalar(g.loss);
            sum = if sum.is_empty() {
                g.by_parameter
            } else {
                sum.into_iter().zip(g.by_parameter).map(|(a, b)| a + b).collect()
            };
        }
        let norm = scalar(global_norm(&sum).unwrap());
        for (what, found, expected) in [("loss", loss, &t["losses"]), ("norm", norm, &t["norms"])] {
            let expected = expected[step as usize].as_f64().unwrap();
            assert!((found - expected).abs() < 2e-5 * expected.max(1.0), "step {step}: {what} {found}, not {expected}");
        }
        let clipped = clip_by_global_norm(sum, norm, number("clip"));
        adapter = adapter.with_parameters(optimizer.update(schedule.rate(step), adapter.parameters(), clipped));
    }
    let found = logits(&model, Some(&adapter), &tokens(&golden["tokens"]), 6);
    let difference = worst(&found, &numbers(&golden["trained"]));
    println!("largest difference of a logit after training: {difference:.1e}");
    assert!(difference < 2e-4, "{difference}");
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
