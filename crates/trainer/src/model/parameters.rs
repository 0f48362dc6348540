use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};
use jobs_core::Seed;
use numerics::normal::draw_f32;

use super::{Around, Attention, Block, Decoder, Family, Linear, ModelConfig, Module, Rotary};

/// A Llama's weights as a list of matrices, for training all of them: the embedding; for each layer two norms (as [1, H]) and the
/// seven projections; the last norm. Only for Llama with a tied head.
impl<B: Backend> Decoder<B> {
    /// Random weights: normal with standard deviation 0.02, divided by sqrt(2 layers) for the projections into the residual stream
    /// (Radford et al. 2019).
    pub fn random(config: &ModelConfig, seed: Seed, device: &B::Device) -> Vec<Tensor<B, 2>> {
        let mut rng = seed.stream("weights", 0);
        let mut normal = |shape: [usize; 2], sd: f32| {
            let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| draw_f32(sd, &mut rng)).collect();
            Tensor::from_data(TensorData::new(values, shape), (device, DType::F32))
        };
        let ones = || Tensor::ones([1, config.hidden], device);
        let mut all = vec![normal([config.vocabulary, config.hidden], 0.02)];
        for _ in 0..config.layers {
            all.extend([ones(), ones()]);
            for module in Module::ALL {
                let into_stream = matches!(module, Module::O | Module::Down);
                let sd = if into_stream { 0.02 / (2.0 * config.layers as f32).sqrt() } else { 0.02 };
                all.push(normal(module.shape(config), sd));
            }
        }
        all.push(ones());
        all
    }

    /// Builds a decoder from these matrices; `None` if there are too few.
    pub fn from_parameters(config: &ModelConfig, parameters: Vec<Tensor<B, 2>>) -> Option<Self> {
        debug_assert!(*config.family == Family::LLAMA && config.tied_head);
        let mut rest = parameters.into_iter();
        let norm = |t: Tensor<B, 2>| t.reshape([config.hidden]);
        let embedding = rest.next()?;
        let mut blocks = vec![];
        for _ in 0..config.layers {
            let (attention_norm, mlp_norm) = (norm(rest.next()?), norm(rest.next()?));
            let mut linear = || Some(Linear { weight: rest.next()?, bias: None });
            let attention =
                Attention { q: linear()?, k: Some(linear()?), v: Some(linear()?), o: linear()?, head_norms: None };
            let (gate, up, down) = (linear()?, Some(linear()?), linear()?);
            let [attention_norms, mlp_norms] =
                [attention_norm, mlp_norm].map(|norm| Around { before: Some(norm), after: None });
            blocks.push(Block { attention_norms, attention, mlp_norms, gate, up, down });
        }
        let norm = norm(rest.next()?);
        let head = embedding.clone();
        let (rotary, digest) = (Rotary::new(config), String::new());
        Some(Self { config: config.clone(), embedding, blocks, norm, head, rotary, local_rotary: None, digest })
    }
}
