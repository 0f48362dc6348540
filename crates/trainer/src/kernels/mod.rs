//! Element-wise pieces of a decoder, each a function of tensors, and hand-written losses and gradients of the whole decoder.
//!
//! A backend implements [`Kernels`]. Every element-wise method has a default made of tensor operations, against which fused and
//! hand-written versions are tested.

mod cpu;
pub(crate) mod plain;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Bool, DType, Int, Tensor};
use jobs_core::Seed;

use crate::lora::Adapter;
use crate::model::{Decoder, MicroBatch};

/// The summed loss of a micro-batch and its gradient with respect to every parameter of the adapter.
#[derive(Clone, Debug)]
pub struct Gradient<B: Backend> {
    /// Sum of the losses times their weight, `[1]`.
    pub loss: Tensor<B, 1>,
    /// In the order of [`Adapter::parameters`].
    pub by_parameter: Vec<Tensor<B, 2>>,
}

/// A backend that computes a decoder.
pub trait Kernels: Backend {
    /// RMS norm over the last dimension: x / sqrt(mean(x^2) + eps) * weight, in f32 inside (Zhang & Sennrich 2019). x: `[N, H]`, weight: `[H]`.
    fn rms_norm(x: Tensor<Self, 2>, weight: Tensor<Self, 1>, eps: f64) -> Tensor<Self, 2> {
        plain::rms_norm(x, weight, eps, DType::F32)
    }

    /// silu(gate) * up, silu(z) = z / (1 + exp(-z)) (Shazeer 2020). Both [N, F].
    fn swiglu(gate: Tensor<Self, 2>, up: Tensor<Self, 2>) -> Tensor<Self, 2> {
        plain::swiglu(gate, up)
    }

    /// gelu(gate) * up, with the tanh approximation of GELU (Hendrycks & Gimpel 2016). Both [N, F].
    fn geglu(gate: Tensor<Self, 2>, up: Tensor<Self, 2>) -> Tensor<Self, 2> {
        plain::geglu(gate, up)
    }

    /// Rotary embedding of x [R, heads, T, D] by cos, sin [R or 1, 1, T, D/2]: halves (a, b) become (a cos - b sin, b cos + a sin).
    fn rotate(x: Tensor<Self, 4>, cos: Tensor<Self, 4>, sin: Tensor<Self, 4>) -> Tensor<Self, 4> {
        plain::rotate(x, cos, sin)
    }

    /// softmax(scale * scores) over the last dimension, zero where `hidden` is true. scores: [R, K, Q, T], hidden: [R or 1, 1, Q, T].
    fn masked_softmax(scores: Tensor<Self, 4>, hidden: Tensor<Self, 4, Bool>, scale: f64) -> Tensor<Self, 4> {
        plain::masked_softmax(scores, hidden, scale)
    }

    /// -log softmax(logits) at the target of every row, in nats and f32. logits: `[N, V]`, targets: `[N]`; gives `[N]`.
    fn cross_entropy(logits: Tensor<Self, 2>, targets: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        plain::cross_entropy(logits, targets)
    }

    /// Factors of inverted dropout: 0 with probability `p`, otherwise 1 / (1 - p). Drawn from `seed` alone; precision and device are those
    /// of `like`.
    fn dropout_mask(shape: [usize; 2], p: f64, seed: Seed, like: &Tensor<Self, 2>) -> Tensor<Self, 2> {
        plain::dropout_mask(shape, p, seed, like)
    }

    /// Hand-written losses in nats of every target, `[N]`; `None` if the backend has none for such a model.
    fn losses(_: &Decoder<Self>, _: Option<&Adapter<Self>>, _: &MicroBatch) -> Option<Tensor<Self, 1>> {
        None
    }

    /// Hand-written gradient of `weight` times the summed loss; `None` if the backend has none for such a model.
    ///
    /// `dropout` is the seed of the masks; `recompute` trades time for memory by recomputing each layer in the backward pass.
    fn gradient(
        _model: &Decoder<Self>,
        _adapter: &Adapter<Self>,
        _batch: &MicroBatch,
        _weight: f64,
        _dropout: Option<Seed>,
        _recompute: bool,
    ) -> Option<Gradient<Self>> {
        None
    }
}

impl Kernels for Flex {
    /// Sums in f64, which cost little on a CPU and remove the rounding errors that are easiest to avoid in a forward pass.
    fn rms_norm(x: Tensor<Self, 2>, weight: Tensor<Self, 1>, eps: f64) -> Tensor<Self, 2> {
        plain::rms_norm(x, weight, eps, DType::F64)
    }

    fn losses(model: &Decoder<Self>, adapter: Option<&Adapter<Self>>, batch: &MicroBatch) -> Option<Tensor<Self, 1>> {
        cpu::losses(model, adapter, batch)
    }

    fn gradient(
        model: &Decoder<Self>,
        adapter: &Adapter<Self>,
        batch: &MicroBatch,
        weight: f64,
        dropout: Option<Seed>,
        recompute: bool,
    ) -> Option<Gradient<Self>> {
        cpu::gradient(model, adapter, batch, weight, dropout, recompute)
    }
}

/// A backend that can train: it differentiates, and it and its inner backend compute decoders.
pub trait Training: AutodiffBackend<InnerBackend: Kernels> + Kernels {}

impl<A: AutodiffBackend<InnerBackend: Kernels> + Kernels> Training for A {}

#[cfg(feature = "cuda")]
impl Kernels for burn_cuda::Cuda {}

#[cfg(feature = "wgpu")]
impl Kernels for burn_wgpu::Wgpu {}

impl<B: Kernels> Kernels for Autodiff<B> {}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use rand::RngExt;

    use super::*;

    #[test]
    fn cpu_norms_round_only_the_result() {
        const ROWS: usize = 64;
        const WIDTH: usize = 4096;
        const EPS: f64 = 1e-5;
        let mut rng = Seed(0).stream("norm", 0);
        let x: Vec<f32> = (0..ROWS * WIDTH).map(|_| rng.random_range(0.5..1.5)).collect();
        let tensor = Tensor::<Flex, 2>::from_data(TensorData::new(x.clone(), [ROWS, WIDTH]), &Default::default());
        let ones = Tensor::<Flex, 1>::ones([WIDTH], &Default::default());
        let found: Vec<f32> = Flex::rms_norm(tensor, ones, EPS).into_data().to_vec().unwrap();
        let mut worst = 0.0f64;
        for (x, y) in x.chunks_exact(WIDTH).zip(found.chunks_exact(WIDTH)) {
            let square = x.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / WIDTH as f64;
            let exact = x.iter().map(|&v| f64::from(v) / (square + EPS).sqrt());
            worst = exact.zip(y).fold(worst, |w, (exact, &y)| w.max((f64::from(y) / exact - 1.0).abs()));
        }
        // two roundings to f32: of the scale, and of the product
        assert!(worst <= f64::from(f32::EPSILON), "{worst:.2e}");
    }
}
