use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{DType, Tensor, TensorData};
use jobs_core::Seed;
use rand::RngExt;

use super::{LoraConfig, Module};
use crate::model::{Decoder, Family, ModelConfig};

/// The two factors of one adapted projection, in f32.
#[derive(Clone, Debug)]
pub struct Pair<B: Backend> {
    /// A, [r, in].
    pub a: Tensor<B, 2>,
    /// B, [out, r].
    pub b: Tensor<B, 2>,
}

/// Where a pair is, and its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Layer.
    pub layer: usize,
    /// Projection.
    pub module: Module,
    /// Rank r.
    pub rank: usize,
    /// alpha.
    pub alpha: f64,
    /// Factor of B A: alpha / r, or alpha / sqrt(r) for rank-stabilised adapters.
    pub scale: f64,
}

/// The adapters of a model: the trained parameters.
#[derive(Clone, Debug)]
pub struct Adapter<B: Backend> {
    /// One site per pair, in increasing order of layer and module.
    pub sites: Vec<Site>,
    /// The factors.
    pub pairs: Vec<Pair<B>>,
    /// Probability that an input of an adapter is dropped during training.
    pub dropout: f64,
    /// Family of the model, which names the modules.
    pub family: &'static Family,
}

impl<B: Backend> Adapter<B> {
    /// New adapters initialised like PEFT: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt 5), B zero, so the model is unchanged.
    pub fn new(config: &LoraConfig, model: &ModelConfig, seed: Seed, device: &B::Device) -> Self {
        let (rank, alpha, scale) = (config.rank, config.alpha, config.scale());
        let of = |layer: &usize| {
            let layer = *layer;
            config.modules.iter().map(move |&module| Site { layer, module, rank, alpha, scale })
        };
        let sites: Vec<Site> = config.layers.iter().flat_map(of).collect();
        let pair = |(i, site): (usize, &Site)| {
            let [output, input] = model.shape(site.module);
            let bound = 1.0 / (input as f32).sqrt();
            let mut rng = seed.stream("lora", i as u64);
            let a: Vec<f32> = (0..rank * input).map(|_| rng.random_range(-bound..bound)).collect();
            Pair {
                a: Tensor::from_data(TensorData::new(a, [rank, input]), device),
                b: Tensor::zeros([output, rank], device),
            }
        };
        let pairs = sites.iter().enumerate().map(pair).collect();
        Self { sites, pairs, dropout: config.dropout, family: model.family }
    }

    /// The site and the pair of a projection, if it is adapted.
    pub fn pair(&self, layer: usize, module: Module) -> Option<(&Site, &Pair<B>)> {
        let at = self.sites.iter().position(|s| (s.layer, s.module) == (layer, module))?;
        Some((&self.sites[at], &self.pairs[at]))
    }

    /// The lowest adapted layer; below it nothing needs a gradient.
    pub fn lowest_layer(&self) -> usize {
        self.sites.first().map_or(0, |site| site.layer)
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
        Self { sites: self.sites.clone(), pairs, dropout: self.dropout, family: self.family }
    }

    /// The same adapters as variables of a backend that differentiates.
    pub fn track<A: AutodiffBackend<InnerBackend = B>>(&self) -> Adapter<A> {
        let variable = |t: &Tensor<B, 2>| Tensor::from_inner(t.clone()).require_grad();
        let pairs = self.pairs.iter().map(|p| Pair { a: variable(&p.a), b: variable(&p.b) }).collect();
        Adapter { sites: self.sites.clone(), pairs, dropout: self.dropout, family: self.family }
    }

    /// Adds the adapters to the weights of `base`, W + s B A, computed in f32.
    pub fn merge(&self, base: &Decoder<B>) -> Decoder<B> {
        let mut merged = base.clone();
        for (site, pair) in self.sites.iter().zip(&self.pairs) {
            let Some(linear) = merged.blocks[site.layer].module_mut(site.module) else { continue };
            let dtype = linear.weight.dtype();
            let change = pair.b.clone().matmul(pair.a.clone()) * site.scale;
            linear.weight = (linear.weight.clone().cast(DType::F32) + change).cast(dtype);
        }
        merged
    }
}
