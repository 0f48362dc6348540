use burn::tensor::Tensor;
use jobs_core::Seed;

use super::{Adapter, Module};
use crate::kernels::Kernels;
use crate::model::Linear;

/// The adapters of one layer, or none.
#[derive(Clone, Copy, Debug)]
pub struct LayerAdapter<'a, B: Kernels> {
    /// All adapters.
    pub adapter: Option<&'a Adapter<B>>,
    /// Which layer.
    pub layer: usize,
    /// Seed of dropout in training; `None` keeps every input.
    pub dropout: Option<Seed>,
}

impl<B: Kernels> LayerAdapter<'_, B> {
    /// The projection with its adapter, [N, in] -> [N, out].
    pub fn forward(&self, module: Module, base: &Linear<B>, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let Some((adapter, pair)) = self.adapter.and_then(|a| Some((a, a.pair(self.layer, module)?))) else {
            return base.forward(x);
        };
        let dtype = x.dtype();
        let y = base.forward(x.clone());
        let kept = match self.dropout {
            Some(seed) if adapter.config.dropout > 0.0 => {
                let seed = seed.derive("dropout", module.site(self.layer));
                let mask = B::dropout_mask(x.dims(), adapter.config.dropout, seed, &x);
                x * mask
            }
            _ => x,
        };
        // adapters are kept in f32 and take part in the model's precision
        let cast = |t: &Tensor<B, 2>| if t.dtype() == dtype { t.clone() } else { t.clone().cast(dtype) };
        let (a, b) = (cast(&pair.a), cast(&pair.b));
        y + kept.matmul(a.transpose()).matmul(b.transpose()) * adapter.config.scale()
    }
}
