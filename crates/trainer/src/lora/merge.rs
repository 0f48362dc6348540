use super::Adapter;
use crate::kernels::Kernels;
use crate::model::Decoder;

impl<B: Kernels> Adapter<B> {
    /// The base with the adapters added to its weights: W + (alpha / r) B A, computed in f32.
    pub fn merge(&self, base: &Decoder<B>) -> Decoder<B> {
        let mut merged = base.clone();
        for ((layer, module), pair) in self.sites().zip(&self.pairs) {
            let linear = merged.blocks[layer].module_mut(module);
            let dtype = linear.weight.dtype();
            let change = pair.b.clone().matmul(pair.a.clone()) * self.config.scale();
            linear.weight = (linear.weight.clone().cast(burn::tensor::DType::F32) + change).cast(dtype);
        }
        merged
    }
}
