//! The hand-written losses and gradients on the CPU equal those of Burn's autodiff.

use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use jobs_core::Seed;
use rand::RngExt;
use trainer::data::{Encoded, Packing, micro_batches};
use trainer::lora::{Adapter, LoraConfig, Module};
use trainer::model::Decoder;
use trainer::train::*;

use crate::golden::*;

/// An adapter without zero factors.
fn random_adapter(model: &Decoder<Cpu>, modules: &[Module], layers: &[usize], dropout: f64) -> Adapter<Cpu> {
    let config = LoraConfig { modules: modules.to_vec(), layers: layers.to_vec(), rank: 3, alpha: 6.0, dropout };
    let adapter = Adapter::<Cpu>::new(&config, &model.config, Seed(1), &Default::default());
    let mut rng = Seed(2).stream("test", 0);
    let random = |p: Tensor<Cpu, 2>| {
        let [n, m] = p.dims();
        let values: Vec<f32> = (0..n * m).map(|_| rng.random_range(-0.3..0.3)).collect();
        Tensor::from_data(TensorData::new(values, [n, m]), &p.device())
    };
    adapter.with_parameters(adapter.parameters().into_iter().map(random).collect())
}

/// Examples of uneven lengths, some longer than a block of queries (64).
fn batch(vocabulary: usize, packing: Packing) -> MicroBatch {
    let mut rng = Seed(3).stream("test", 0);
    let mut example = |length: usize, given| Encoded {
        tokens: (0..length).map(|_| rng.random_range(0..vocabulary as u32)).collect(),
        given,
    };
    let examples = [example(150, 90), example(64, 3), example(65, 60), example(7, 1), example(40, 20)];
    micro_batches(&examples.iter().collect::<Vec<_>>(), 5, packing).remove(0)
}

fn floats<const D: usize>(t: &Tensor<Cpu, D>) -> Vec<f32> {
    t.to_data().to_vec().unwrap()
}

fn compare(kind: &str, modules: &[Module], layers: &[usize], dropout: f64, packing: Packing) {
    let model = model(kind);
    let adapter = random_adapter(&model, modules, layers, dropout);
    let batch = batch(model.config.vocabulary, packing);
    let expected = gradient_by_autodiff::<Autodiff<Cpu>>(&model, &adapter, &batch, 0.01, Some(Seed(4)), false);
    for recompute in [false, true] {
        let found = gradient::<Autodiff<Cpu>>(&model, &adapter, &batch, 0.01, Some(Seed(4)), recompute);
        let (loss, exact) = (floats(&found.loss)[0], floats(&expected.loss)[0]);
        assert!((loss - exact).abs() < 2e-6 * exact, "{kind}: loss {loss}, not {exact}");
        assert_eq!(found.by_parameter.len(), 2 * modules.len() * layers.len());
        for (i, (found, exact)) in found.by_parameter.iter().zip(&expected.by_parameter).enumerate() {
            assert_eq!(found.dims(), exact.dims());
            let (found, exact) = (floats(found), floats(exact));
            let size = exact.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            assert!(size > 0.0, "{kind}: parameter {i} has no gradient");
            let difference = worst(&found, &exact);
            assert!(difference <= 2e-5 * size, "{kind}: parameter {i}: {difference:e} of {size:e}");
        }
    }
}

#[test]
fn gradients_equal_those_of_autodiff() {
    use Module::{Down, Gate, K, O, Q, Up, V};
    for kind in &kinds() {
        let config = model(kind).config;
        let (all, layers) = (config.family.modules(), (0..config.layers).collect::<Vec<_>>());
        compare(kind, all, &layers, 0.0, Packing::Pad);
        compare(kind, all, &layers, 0.3, Packing::Pack);
    }
    // adapters that end the backward pass within a layer, and layers above and below without adapters
    for modules in [&[Down][..], &[Gate, Up], &[O], &[Q], &[K], &[V, Down]] {
        compare("llama", modules, &[0], 0.0, Packing::Pad);
        compare("qwen3", modules, &[1], 0.2, Packing::Pack);
        compare("olmo2", modules, &[0], 0.0, Packing::Pad);
        compare("gemma2", modules, &[1], 0.2, Packing::Pack);
    }
    for modules in [&[Gate][..], &[O], &[Q]] {
        compare("phi3", modules, &[1], 0.0, Packing::Pad);
    }
}

#[test]
fn losses_equal_those_of_the_tensor_version() {
    for kind in ["llama", "qwen3", "olmo2", "gemma2", "gemma3", "phi3"] {
        let model = model(kind);
        let adapter = random_adapter(&model, model.config.family.modules(), &[0, 1], 0.0);
        for packing in [Packing::Pad, Packing::Pack] {
            let batch = batch(model.config.vocabulary, packing);
            let hidden = model.hidden(&model.input(&batch.rows), Some(&adapter), None);
            let expected = floats(&model.losses(hidden, &batch));
            let difference = worst(&floats(&losses(&model, Some(&adapter), &batch)), &expected);
            assert!(difference < 1e-5, "{kind}: {difference:e}");
        }
    }
}

#[test]
fn nan_propagates() {
    let model = model("llama");
    let adapter = random_adapter(&model, &[Module::Q, Module::Down], &[0, 1], 0.0);
    let broken = adapter.with_parameters(adapter.parameters().into_iter().map(|p| p * f32::NAN).collect());
    let batch = batch(model.config.vocabulary, Packing::Pad);
    let g = gradient::<Autodiff<Cpu>>(&model, &broken, &batch, 1.0, None, false);
    assert!(floats(&g.loss)[0].is_nan());
}
