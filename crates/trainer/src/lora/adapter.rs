use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{DType, Tensor, TensorData};
use jobs_core::Seed;
use rand::RngExt;

use super::{LoraConfig, Module};
use crate::model::{Decoder, ModelConfig};

/// The two factors of one adapted projection, in f32.
#[derive(Clone, Debug)]
pub struct Pair<B: Backend> {
    /// A, [r, in].
    pub a: Tensor<B, 2>,
    /// B, [out, r].
    pub b: Tensor<B, 2>,
}

/// The adapters of a model: the trained parameters.
#[derive(Clone, Debug)]
pub struct Adapter<B: Backend> {
    /// Placement and size.
    pub config: LoraConfig,
    /// One pair per layer and module of the configuration, layer by layer.
    pub pairs: Vec<Pair<B>>,
}

impl<B: Backend> Adapter<B> {
    /// New adapters initialised like PEFT: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt 5), B zero, so the model is unchanged.
    pub fn new(config: LoraConfig, model: &ModelConfig, seed: Seed, device: &B::Device) -> Self {
        let pairs = sites(&config)
            .enumerate()
            .map(|(i, (_, module))| {
                let [output, input] = module.shape(model);
                let bound = 1.0 / (input as f32).sqrt();
                let mut rng = seed.stream("lora", i as u64);
                let a: Vec<f32> = (0..config.rank * input).map(|_| rng.random_range(-bound..bound)).collect();
                Pair {
                    a: Tensor::from_data(TensorData::new(a, [config.rank, input]), device),
                    b: Tensor::zeros([output, config.rank], device),
                }
            })
            .collect();
        Self { config, pairs }
    }

    /// The pair of a projection, if it is adapted.
    pub fn pair(&self, layer: usize, module: Module) -> Option<&Pair<B>> {
        let l = self.config.layers.iter().position(|&l| l == layer)?;
        let m = self.config.modules.iter().position(|&m| m == module)?;
        self.pairs.get(l * self.config.modules.len() + m)
    }

    /// Layer and module of each pair.
    pub fn sites(&self) -> impl Iterator<Item = (usize, Module)> + '_ {
        sites(&self.config)
    }

    /// All parameters: A, then B, of each pair in turn.
    pub fn parameters(&self) -> Vec<Tensor<B, 2>> {
        self.pairs.iter().flat_map(|p| [p.a.clone(), p.b.clone()]).collect()
    }

    /// The same adapters with these parameters, in the order of [`Self::parameters`].
    pub fn with_parameters(&self, parameters: Vec<Tensor<B, 2>>) -> Self {
        let mut rest = parameters.into_iter();
        let mut pairs = Vec::with_capacity(self.pairs.len());
        while let (Some(a), Some(b)) = (rest.next(), rest.next()) {
            pairs.push(Pair { a, b });
        }
        Self { config: self.config.clone(), pairs }
    }

    /// The same adapters as variables of a backend that differentiates.
    pub fn track<A: AutodiffBackend<InnerBackend = B>>(&self) -> Adapter<A> {
        let variable = |t: &Tensor<B, 2>| Tensor::from_inner(t.clone()).require_grad();
        let pairs = self.pairs.iter().map(|p| Pair { a: variable(&p.a), b: variable(&p.b) }).collect();
        Adapter { config: self.config.clone(), pairs }
    }

    /// Adds the adapters to the weights of `base`, W + (alpha / r) B A, computed in f32.
    pub fn merge(&self, base: &Decoder<B>) -> Decoder<B> {
        let mut merged = base.clone();
        for ((layer, module), pair) in self.sites().zip(&self.pairs) {
            let linear = merged.blocks[layer].module_mut(module);
            let dtype = linear.weight.dtype();
            let change = pair.b.clone().matmul(pair.a.clone()) * self.config.scale();
            linear.weight = (linear.weight.clone().cast(DType::F32) + change).cast(dtype);
        }
        merged
    }
}

fn sites(config: &LoraConfig) -> impl Iterator<Item = (usize, Module)> + '_ {
    config.layers.iter().flat_map(|&layer| config.modules.iter().map(move |&module| (layer, module)))
}
