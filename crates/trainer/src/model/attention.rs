use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use super::{Input, Linear, ModelConfig};
use crate::kernels::Kernels;
use crate::lora::{LayerAdapter, Module};

/// Grouped-query attention (Ainslie et al. 2023): query heads h g .. h g + g - 1 share key-value head h.
#[derive(Clone, Debug)]
pub struct Attention<B: Kernels> {
    /// Queries, [heads * D, H].
    pub q: Linear<B>,
    /// Keys, [kv_heads * D, H].
    pub k: Linear<B>,
    /// Values, [kv_heads * D, H].
    pub v: Linear<B>,
    /// Output, [H, heads * D].
    pub o: Linear<B>,
    /// Qwen3: RMS norms of each query and key head, `[D]`.
    pub head_norms: Option<[Tensor<B, 1>; 2]>,
}

impl<B: Kernels> Attention<B> {
    /// x: [R * T, H], normed; gives the same shape.
    pub fn forward(
        &self,
        x: Tensor<B, 2>,
        input: &Input<B>,
        config: &ModelConfig,
        adapter: &LayerAdapter<'_, B>,
    ) -> Tensor<B, 2> {
        let [r, t] = input.tokens.dims();
        let (d, kv, group) = (config.head_dim, config.kv_heads, config.group());
        let q = adapter.forward(Module::Q, &self.q, x.clone());
        let k = adapter.forward(Module::K, &self.k, x.clone());
        let v = adapter.forward(Module::V, &self.v, x);
        let (q, k) = match &self.head_norms {
            Some([q_norm, k_norm]) => {
                let normed = |x: Tensor<B, 2>, heads: usize, weight: &Tensor<B, 1>| {
                    B::rms_norm(x.reshape([r * t * heads, d]), weight.clone(), config.norm_eps)
                };
                (normed(q, kv * group, q_norm), normed(k, kv, k_norm))
            }
            None => (q, k),
        };
        let heads = |x: Tensor<B, 2>, heads: usize| x.reshape([r, t, heads, d]).swap_dims(1, 2);
        let turn = |x: Tensor<B, 4>| B::rotate(x, input.turns.cos.clone(), input.turns.sin.clone());
        let (q, k, v) = (turn(heads(q, kv * group)), turn(heads(k, kv)).swap_dims(2, 3), heads(v, kv));
        let scale = 1.0 / (d as f64).sqrt();
        let chunks = input.chunks.windows(2).zip(&input.hidden).map(|(chunk, hidden)| {
            let (from, to) = (chunk[0], chunk[1]);
            let part = |x: &Tensor<B, 4>, dim: usize| {
                if to == t { x.clone() } else { x.clone().narrow(dim, 0, to) }
            };
            let q = if input.chunks.len() == 2 { q.clone() } else { q.clone().narrow(2, from, to - from) };
            let q = q.reshape([r, kv, group * (to - from), d]);
            let weights = B::masked_softmax(q.matmul(part(&k, 3)), hidden.clone(), scale);
            weights.matmul(part(&v, 2)).reshape([r, kv * group, to - from, d])
        });
        let mixed = Tensor::cat(chunks.collect(), 2).swap_dims(1, 2).reshape([r * t, kv * group * d]);
        adapter.forward(Module::O, &self.o, mixed)
    }

    /// The same as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Attention<A> {
        Attention {
            q: self.q.lift(),
            k: self.k.lift(),
            v: self.v.lift(),
            o: self.o.lift(),
            head_norms: self.head_norms.clone().map(|norms| norms.map(Tensor::from_inner)),
        }
    }
}
