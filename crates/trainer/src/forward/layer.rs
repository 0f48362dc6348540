use burn::tensor::Tensor;
use jobs_core::Seed;

use super::Input;
use crate::kernels::Kernels;
use crate::lora::Adapter;
use crate::model::{Activation, Block, ModelConfig, Module};

/// x times a factor; most families have none.
pub(super) fn scaled<B: Kernels>(x: Tensor<B, 2>, factor: f64) -> Tensor<B, 2> {
    if factor == 1.0 { x } else { x * factor }
}

/// One layer's forward pass: its weights and what it shares with the other layers.
pub(super) struct LayerPass<'a, B: Kernels> {
    pub(super) block: &'a Block<B>,
    pub(super) config: &'a ModelConfig,
    pub(super) input: &'a Input<B>,
    /// Index of the layer.
    pub(super) layer: usize,
    pub(super) adapter: Option<&'a Adapter<B>>,
    /// Seed of dropout; `None` keeps every input.
    pub(super) dropout: Option<Seed>,
}

impl<B: Kernels> LayerPass<'_, B> {
    /// [N, H] -> [N, H].
    pub(super) fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Block { attention_norms, mlp_norms, .. } = self.block;
        let y = self.attention(self.norm(x.clone(), attention_norms.before.as_ref()));
        let x = x + self.branch(self.norm(y, attention_norms.after.as_ref()));
        let y = self.mlp(self.norm(x.clone(), mlp_norms.before.as_ref()));
        x + self.branch(self.norm(y, mlp_norms.after.as_ref()))
    }

    /// What attention or MLP adds to the residual stream.
    fn branch(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        scaled(x, self.config.factors.residual)
    }

    fn norm(&self, x: Tensor<B, 2>, weight: Option<&Tensor<B, 1>>) -> Tensor<B, 2> {
        match weight {
            Some(weight) => B::rms_norm(x, weight.clone(), self.config.norm_eps),
            None => x,
        }
    }

    /// down(activation(gate(x)) up(x)), [N, H] -> [N, H].
    fn mlp(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let gate = self.project(Module::Gate, x.clone());
        let (gate, up) = if self.config.family.fused {
            let width = self.config.intermediate;
            (gate.clone().narrow(1, 0, width), gate.narrow(1, width, width))
        } else {
            (gate, self.project(Module::Up, x))
        };
        let active = match self.config.family.activation {
            Activation::Silu => B::swiglu(gate, up),
            Activation::Gelu => B::geglu(gate, up),
        };
        self.project(Module::Down, active)
    }

    /// A projection with its adapter, [N, in] -> [N, out].
    pub(super) fn project(&self, module: Module, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some((adapter, (site, pair))) = self.adapter.and_then(|a| Some((a, a.pair(self.layer, module)?))) else {
            return self.frozen(module, x);
        };
        let dtype = x.dtype();
        let y = self.frozen(module, x.clone());
        let kept = match self.dropout {
            Some(seed) if adapter.dropout > 0.0 => {
                let seed = seed.derive("dropout", module.site(self.layer));
                let mask = B::dropout_mask(x.dims(), adapter.dropout, seed, &x);
                x * mask
            }
            _ => x,
        };
        // adapters are stored in f32 and computed in the model's precision
        let cast = |t: &Tensor<B, 2>| if t.dtype() == dtype { t.clone() } else { t.clone().cast(dtype) };
        let (a, b) = (cast(&pair.a), cast(&pair.b));
        y + kept.matmul(a.transpose()).matmul(b.transpose()) * site.scale
    }

    fn frozen(&self, module: Module, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some(linear) = self.block.module(module) else { unreachable!("a family without {module:?} has it fused") };
        let y = x.matmul(linear.weight.clone().transpose());
        match &linear.bias {
            Some(bias) => y + bias.clone().unsqueeze(),
            None => y,
        }
    }
}
