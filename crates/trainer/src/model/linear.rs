use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use crate::kernels::Kernels;

/// A frozen projection: x W^T + b.
#[derive(Clone, Debug)]
pub struct Linear<B: Kernels> {
    /// [out, in], as in the files.
    pub weight: Tensor<B, 2>,
    /// `[out]`.
    pub bias: Option<Tensor<B, 1>>,
}

impl<B: Kernels> Linear<B> {
    /// [N, in] -> [N, out].
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let y = x.matmul(self.weight.clone().transpose());
        match &self.bias {
            Some(bias) => y + bias.clone().unsqueeze(),
            None => y,
        }
    }

    /// The same projection as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Linear<A> {
        Linear {
            weight: Tensor::from_inner(self.weight.clone()),
            bias: self.bias.as_ref().map(|b| Tensor::from_inner(b.clone())),
        }
    }
}
