//! The decoder: Llama, Qwen2 and Qwen3 as Hugging Face writes them.

mod attention;
mod block;
mod config;
mod input;
mod linear;
mod load;
mod parameters;
pub(crate) use self::load::named;
mod rope;

use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{DType, Int, Tensor};
use jobs_core::Seed;

use super::kernels::Kernels;
use super::lora::{Adapter, LayerAdapter};

pub use self::attention::Attention;
pub use self::block::Block;
pub use self::config::{Architecture, ModelConfig, RopeScaling};
pub use self::input::{Input, Rows};
pub use self::linear::Linear;
pub use self::rope::{Rotary, Turns};

/// A decoder whose weights are constants.
///
/// Shapes: R rows of T tokens, hidden width H, vocabulary V; the residual stream is kept as [R * T, H].
#[derive(Clone, Debug)]
pub struct Decoder<B: Kernels> {
    /// Its configuration.
    pub config: ModelConfig,
    /// [V, H].
    pub embedding: Tensor<B, 2>,
    /// The layers, first to last.
    pub blocks: Vec<Block<B>>,
    /// Weight of the last norm, `[H]`.
    pub norm: Tensor<B, 1>,
    /// [V, H]; the embedding again where the head is tied.
    pub head: Tensor<B, 2>,
    /// Rotary frequencies.
    pub rotary: Rotary,
}

impl<B: Kernels> Decoder<B> {
    /// The rows as this model's input.
    pub fn input(&self, rows: &Rows) -> Input<B> {
        Input::new(rows, &self.config, &self.rotary, self.embedding.dtype(), &self.embedding.device())
    }

    /// The precision it computes in.
    pub fn dtype(&self) -> DType {
        self.embedding.dtype()
    }

    /// Embeddings of the tokens, [R * T, H].
    pub fn embed(&self, input: &Input<B>) -> Tensor<B, 2> {
        self.embedding.clone().select(0, input.tokens.clone().flatten(0, 1))
    }

    /// The residual stream after layer `layer`. Dropout acts where `dropout` names a seed.
    pub fn layer(
        &self,
        layer: usize,
        x: Tensor<B, 2>,
        input: &Input<B>,
        adapter: Option<&Adapter<B>>,
        dropout: Option<Seed>,
    ) -> Tensor<B, 2> {
        let adapter = LayerAdapter { adapter, layer, dropout };
        self.blocks[layer].forward(x, input, &self.config, &adapter)
    }

    /// The residual stream after the last layer, [R * T, H]; not normed.
    pub fn hidden(&self, input: &Input<B>, adapter: Option<&Adapter<B>>, dropout: Option<Seed>) -> Tensor<B, 2> {
        (0..self.blocks.len()).fold(self.embed(input), |x, layer| self.layer(layer, x, input, adapter, dropout))
    }

    /// Logits of some positions of the residual stream, [N, H] -> [N, V].
    pub fn logits(&self, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        B::rms_norm(hidden, self.norm.clone(), self.config.norm_eps).matmul(self.head.clone().transpose())
    }

    /// Losses in nats of `targets` at the positions `at` (row * T + column) of the residual stream, `[N]` in f32.
    pub fn losses(&self, hidden: Tensor<B, 2>, at: Tensor<B, 1, Int>, targets: Tensor<B, 1, Int>) -> Tensor<B, 1> {
        B::cross_entropy(self.logits(hidden.select(0, at)), targets)
    }

    /// The same decoder as constants of a backend that differentiates; no weight is copied.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Decoder<A> {
        Decoder {
            config: self.config.clone(),
            embedding: Tensor::from_inner(self.embedding.clone()),
            blocks: self.blocks.iter().map(Block::lift).collect(),
            norm: Tensor::from_inner(self.norm.clone()),
            head: Tensor::from_inner(self.head.clone()),
            rotary: self.rotary.clone(),
        }
    }
}
