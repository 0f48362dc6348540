use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use super::{Attention, Input, Linear, ModelConfig};
use crate::kernels::Kernels;
use crate::lora::{LayerAdapter, Module};

/// One decoder layer: x + attention(norm(x)), then x + mlp(norm(x)).
#[derive(Clone, Debug)]
pub struct Block<B: Kernels> {
    /// Weight of the norm before attention, `[H]`.
    pub attention_norm: Tensor<B, 1>,
    /// Attention.
    pub attention: Attention<B>,
    /// Weight of the norm before the MLP, `[H]`.
    pub mlp_norm: Tensor<B, 1>,
    /// [F, H].
    pub gate: Linear<B>,
    /// [F, H].
    pub up: Linear<B>,
    /// [H, F].
    pub down: Linear<B>,
}

impl<B: Kernels> Block<B> {
    /// x: [R * T, H]; gives the same shape.
    pub fn forward(
        &self,
        x: Tensor<B, 2>,
        input: &Input<B>,
        config: &ModelConfig,
        adapter: &LayerAdapter<'_, B>,
    ) -> Tensor<B, 2> {
        let normed = B::rms_norm(x.clone(), self.attention_norm.clone(), config.norm_eps);
        let x = x + self.attention.forward(normed, input, config, adapter);
        let normed = B::rms_norm(x.clone(), self.mlp_norm.clone(), config.norm_eps);
        let gate = adapter.forward(Module::Gate, &self.gate, normed.clone());
        let up = adapter.forward(Module::Up, &self.up, normed);
        x + adapter.forward(Module::Down, &self.down, B::swiglu(gate, up))
    }

    /// The same as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Block<A> {
        Block {
            attention_norm: Tensor::from_inner(self.attention_norm.clone()),
            attention: self.attention.lift(),
            mlp_norm: Tensor::from_inner(self.mlp_norm.clone()),
            gate: self.gate.lift(),
            up: self.up.lift(),
            down: self.down.lift(),
        }
    }

    /// The projection of a module.
    pub fn module(&self, module: Module) -> &Linear<B> {
        match module {
            Module::Q => &self.attention.q,
            Module::K => &self.attention.k,
            Module::V => &self.attention.v,
            Module::O => &self.attention.o,
            Module::Gate => &self.gate,
            Module::Up => &self.up,
            Module::Down => &self.down,
        }
    }

    /// The projection of a module, to change.
    pub fn module_mut(&mut self, module: Module) -> &mut Linear<B> {
        match module {
            Module::Q => &mut self.attention.q,
            Module::K => &mut self.attention.k,
            Module::V => &mut self.attention.v,
            Module::O => &mut self.attention.o,
            Module::Gate => &mut self.gate,
            Module::Up => &mut self.up,
            Module::Down => &mut self.down,
        }
    }
}
