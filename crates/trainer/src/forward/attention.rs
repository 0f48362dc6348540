use burn::tensor::Tensor;

use super::layer::LayerPass;
use crate::kernels::Kernels;
use crate::kernels::plain::capped;
use crate::model::Module;

impl<B: Kernels> LayerPass<'_, B> {
    /// Causal grouped-query attention, softmax(cap(s q k^T)) v, of the normed residual stream, [N, H] -> [N, H].
    pub(super) fn attention(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let [r, t] = self.input.tokens.dims();
        let (d, heads, kv) = (self.config.head_dim, self.config.heads, self.config.kv_heads);
        let [q, k, v] = self.queries_keys_values(x);
        let (q, k) = self.head_norms(q, k);
        let by_head = |x: Tensor<B, 2>, heads: usize| x.reshape([r, t, heads, d]).swap_dims(1, 2);
        let turns = self.input.turns(self.config.windowed(self.layer));
        let turn = |x: Tensor<B, 4>| B::rotate(x, turns.cos.clone(), turns.sin.clone());
        let rotary = !self.config.no_rope_layers.contains(&self.layer);
        let turned = |x: Tensor<B, 4>| if rotary { turn(x) } else { x };
        let (q, k, v) = (turned(by_head(q, heads)), turned(by_head(k, kv)).swap_dims(2, 3), by_head(v, kv));
        let mixed = self.attend(q, &k, &v).swap_dims(1, 2).reshape([r * t, heads * d]);
        self.project(Module::O, mixed)
    }

    fn queries_keys_values(&self, x: Tensor<B, 2>) -> [Tensor<B, 2>; 3] {
        if !self.config.family.fused {
            return [Module::Q, Module::K, Module::V].map(|module| self.project(module, x.clone()));
        }
        let ([q, k, v], all) = (self.config.qkv_widths(), self.project(Module::Q, x));
        [(0, q), (q, k), (q + k, v)].map(|(from, width)| all.clone().narrow(1, from, width))
    }

    fn head_norms(&self, q: Tensor<B, 2>, k: Tensor<B, 2>) -> (Tensor<B, 2>, Tensor<B, 2>) {
        let Some([q_norm, k_norm]) = &self.block.attention.head_norms else { return (q, k) };
        let [r, t] = self.input.tokens.dims();
        let normed = |x: Tensor<B, 2>, weight: &Tensor<B, 1>| {
            let ([_, width], [each]) = (x.dims(), weight.dims());
            B::rms_norm(x.reshape([r * t * width / each, each]), weight.clone(), self.config.norm_eps)
        };
        (normed(q, q_norm), normed(k, k_norm))
    }

    /// q: [R, heads, T, D], k: [R, kv_heads, D, T], v: [R, kv_heads, T, D]; gives [R, heads, T, D]. One chunk of queries at a time.
    fn attend(&self, q: Tensor<B, 4>, k: &Tensor<B, 4>, v: &Tensor<B, 4>) -> Tensor<B, 4> {
        let [r, t] = self.input.tokens.dims();
        let (d, kv, group) = (self.config.head_dim, self.config.kv_heads, self.config.group());
        let (scale, cap) = (self.config.factors.attention, self.config.caps.attention);
        let chunks = self.input.chunks.windows(2).zip(self.input.hidden(self.config.windows[self.layer])).map(
            |(chunk, hidden)| {
                let (from, to) = (chunk[0], chunk[1]);
                let part =
                    |x: &Tensor<B, 4>, dim: usize| if to == t { x.clone() } else { x.clone().narrow(dim, 0, to) };
                let q = if self.input.chunks.len() == 2 { q.clone() } else { q.clone().narrow(2, from, to - from) };
                let q = q.reshape([r, kv, group * (to - from), d]);
                let scores = q.matmul(part(k, 3));
                let weights = match cap {
                    Some(_) => B::masked_softmax(capped(scores * scale, cap), hidden.clone(), 1.0),
                    None => B::masked_softmax(scores, hidden.clone(), scale),
                };
                weights.matmul(part(v, 2)).reshape([r, kv * group, to - from, d])
            },
        );
        Tensor::cat(chunks.collect(), 2)
    }
}
