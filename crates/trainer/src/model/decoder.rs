use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{DType, Tensor};

use super::{ModelConfig, Module, Rotary};

/// A frozen projection, y = x W^T + b.
#[derive(Clone, Debug)]
pub struct Linear<B: Backend> {
    /// W, [out, in], as in the files.
    pub weight: Tensor<B, 2>,
    /// b, `[out]`.
    pub bias: Option<Tensor<B, 1>>,
}

/// Weights of grouped-query attention (Ainslie et al. 2023): query heads h g .. h g + g - 1 share key-value head h.
///
/// Shapes: head width D, hidden width H.
#[derive(Clone, Debug)]
pub struct Attention<B: Backend> {
    /// Queries, [heads * D, H]; with keys and values below them where the family fuses them.
    pub q: Linear<B>,
    /// Keys, [kv_heads * D, H].
    pub k: Option<Linear<B>>,
    /// Values, [kv_heads * D, H].
    pub v: Option<Linear<B>>,
    /// Output, [H, heads * D].
    pub o: Linear<B>,
    /// RMS norms of queries and keys, of each head or of all together, where the family has them.
    pub head_norms: Option<[Tensor<B, 1>; 2]>,
}

/// RMS norms before and after attention or MLP, `[H]`, where the family has them.
#[derive(Clone, Debug)]
pub struct Around<B: Backend> {
    /// Of its input.
    pub before: Option<Tensor<B, 1>>,
    /// Of its output.
    pub after: Option<Tensor<B, 1>>,
}

/// Weights of one decoder layer: x + after(attention(before(x))), then x + after(mlp(before(x))), with the norms that the family has.
///
/// Shapes: hidden width H, MLP width F.
#[derive(Clone, Debug)]
pub struct Block<B: Backend> {
    /// Norms before and after attention.
    pub attention_norms: Around<B>,
    /// Attention.
    pub attention: Attention<B>,
    /// Norms before and after the MLP.
    pub mlp_norms: Around<B>,
    /// Gate of the MLP, [F, H]; with the input below it where the family fuses them.
    pub gate: Linear<B>,
    /// Input of the MLP, [F, H].
    pub up: Option<Linear<B>>,
    /// Output of the MLP, [H, F].
    pub down: Linear<B>,
}

/// A decoder whose weights are constants.
///
/// Shapes: hidden width H, vocabulary V.
#[derive(Clone, Debug)]
pub struct Decoder<B: Backend> {
    /// Configuration.
    pub config: ModelConfig,
    /// Embedding, [V, H].
    pub embedding: Tensor<B, 2>,
    /// Layers, first to last.
    pub blocks: Vec<Block<B>>,
    /// Last norm, `[H]`.
    pub norm: Tensor<B, 1>,
    /// Output head, [V, H]; a clone of the embedding where the two are tied.
    pub head: Tensor<B, 2>,
    /// Rotary frequencies.
    pub rotary: Rotary,
    /// Those of layers with a window, where they are others.
    pub local_rotary: Option<Rotary>,
    /// Hash of the weights' files, see [`crate::weights::WeightFiles::digest`]; empty for weights that come from no file.
    pub digest: String,
}

impl<B: Backend> Linear<B> {
    /// The same projection as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B>>(&self) -> Linear<A> {
        Linear {
            weight: Tensor::from_inner(self.weight.clone()),
            bias: self.bias.as_ref().map(|b| Tensor::from_inner(b.clone())),
        }
    }
}

impl<B: Backend> Attention<B> {
    /// The same weights as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B>>(&self) -> Attention<A> {
        Attention {
            q: self.q.lift(),
            k: self.k.as_ref().map(Linear::lift),
            v: self.v.as_ref().map(Linear::lift),
            o: self.o.lift(),
            head_norms: self.head_norms.clone().map(|norms| norms.map(Tensor::from_inner)),
        }
    }
}

impl<B: Backend> Around<B> {
    /// The same weights as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B>>(&self) -> Around<A> {
        let lift = |norm: &Option<Tensor<B, 1>>| norm.clone().map(Tensor::from_inner);
        Around { before: lift(&self.before), after: lift(&self.after) }
    }
}

impl<B: Backend> Block<B> {
    /// The same weights as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B>>(&self) -> Block<A> {
        Block {
            attention_norms: self.attention_norms.lift(),
            attention: self.attention.lift(),
            mlp_norms: self.mlp_norms.lift(),
            gate: self.gate.lift(),
            up: self.up.as_ref().map(Linear::lift),
            down: self.down.lift(),
        }
    }

    /// The weights of a projection, if the family has it ([`super::Family::modules`]).
    pub fn module(&self, module: Module) -> Option<&Linear<B>> {
        match module {
            Module::Q => Some(&self.attention.q),
            Module::K => self.attention.k.as_ref(),
            Module::V => self.attention.v.as_ref(),
            Module::O => Some(&self.attention.o),
            Module::Gate => Some(&self.gate),
            Module::Up => self.up.as_ref(),
            Module::Down => Some(&self.down),
        }
    }

    /// The same, mutable.
    pub fn module_mut(&mut self, module: Module) -> Option<&mut Linear<B>> {
        match module {
            Module::Q => Some(&mut self.attention.q),
            Module::K => self.attention.k.as_mut(),
            Module::V => self.attention.v.as_mut(),
            Module::O => Some(&mut self.attention.o),
            Module::Gate => Some(&mut self.gate),
            Module::Up => self.up.as_mut(),
            Module::Down => Some(&mut self.down),
        }
    }
}

impl<B: Backend> Decoder<B> {
    /// Precision of the weights and of the computation.
    pub fn dtype(&self) -> DType {
        self.embedding.dtype()
    }

    /// Device of the weights.
    pub fn device(&self) -> B::Device {
        self.embedding.device()
    }

    /// The same decoder as constants of a backend that differentiates; no weight is copied.
    pub fn lift<A: AutodiffBackend<InnerBackend = B>>(&self) -> Decoder<A> {
        Decoder {
            config: self.config.clone(),
            embedding: Tensor::from_inner(self.embedding.clone()),
            blocks: self.blocks.iter().map(Block::lift).collect(),
            norm: Tensor::from_inner(self.norm.clone()),
            head: Tensor::from_inner(self.head.clone()),
            rotary: self.rotary.clone(),
            local_rotary: self.local_rotary.clone(),
            digest: self.digest.clone(),
        }
    }
}
