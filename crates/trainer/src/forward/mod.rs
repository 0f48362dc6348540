//! The decoder's forward pass as tensor operations, on any backend. Burn's autodiff differentiates it.
//!
//! Shapes: R rows of T tokens, N = R * T, hidden width H, vocabulary V. The residual stream is [N, H].
//!
//! ```text
//! x = embedding[tokens]
//! for each layer:  x = x + attention(norm(x));  x = x + mlp(norm(x))
//! logits = norm(x) head^T
//! ```
//! with the constant factors and bounds of the configuration, and norms after attention and MLP, where a family has them.
//!
//! The hand-written version for the CPU is in [`crate::kernels`].

mod attention;
mod input;
mod layer;

use burn::tensor::{Int, Tensor, TensorData};
use jobs_core::Seed;

use crate::kernels::Kernels;
use crate::kernels::plain::capped;
use crate::lora::Adapter;
use crate::model::{Decoder, MicroBatch, Rows};

pub use self::input::Input;
use self::layer::{LayerPass, scaled};

impl<B: Kernels> Decoder<B> {
    /// The rows as input of this model.
    pub fn input(&self, rows: &Rows) -> Input<B> {
        Input::new(rows, self)
    }

    /// Embeddings of the tokens, [N, H].
    pub fn embed(&self, input: &Input<B>) -> Tensor<B, 2> {
        let embedded = self.embedding.clone().select(0, input.tokens.clone().flatten(0, 1));
        scaled(embedded, self.config.factors.embedding)
    }

    /// The residual stream after layer `layer`, [N, H] -> [N, H]. `dropout` is the seed of the masks; `None` keeps every input.
    pub fn layer(
        &self,
        layer: usize,
        x: Tensor<B, 2>,
        input: &Input<B>,
        adapter: Option<&Adapter<B>>,
        dropout: Option<Seed>,
    ) -> Tensor<B, 2> {
        LayerPass { block: &self.blocks[layer], config: &self.config, input, layer, adapter, dropout }.forward(x)
    }

    /// The residual stream after the last layer, [N, H], before the last norm.
    pub fn hidden(&self, input: &Input<B>, adapter: Option<&Adapter<B>>, dropout: Option<Seed>) -> Tensor<B, 2> {
        (0..self.blocks.len()).fold(self.embed(input), |x, layer| self.layer(layer, x, input, adapter, dropout))
    }

    /// Logits of positions of the residual stream, [M, H] -> [M, V].
    pub fn logits(&self, hidden: Tensor<B, 2>) -> Tensor<B, 2> {
        let normed = B::rms_norm(hidden, self.norm.clone(), self.config.norm_eps);
        capped(
            scaled(normed.matmul(self.head.clone().transpose()), self.config.factors.logits),
            self.config.caps.logits,
        )
    }

    /// Logits at the positions of the batch's targets, [targets, V].
    pub(crate) fn target_logits(&self, hidden: Tensor<B, 2>, batch: &MicroBatch) -> Tensor<B, 2> {
        self.logits(hidden.select(0, self.indices(&batch.at)))
    }

    /// Losses in nats of the batch's targets, `[targets]` in f32, from the residual stream [N, H].
    pub fn losses(&self, hidden: Tensor<B, 2>, batch: &MicroBatch) -> Tensor<B, 1> {
        B::cross_entropy(self.target_logits(hidden, batch), self.indices(&batch.targets))
    }

    fn indices(&self, values: &[u32]) -> Tensor<B, 1, Int> {
        let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
        let n = values.len();
        Tensor::from_data(TensorData::new(values, [n]), &self.device())
    }
}
