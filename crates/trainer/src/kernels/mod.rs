//! The few element-wise pieces of a decoder that are worth fusing, each a function of tensors; and the whole decoder there and back,
//! where a backend has it by hand.
//!
//! [`Kernels`] is what a backend must offer; every method has a plain version made of tensor operations, which serves any backend and
//! is what the fused and hand-written versions are tested against.

mod cpu;
mod plain;

use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Bool, DType, Int, Tensor};
use jobs_core::Seed;

use super::lora::Adapter;
use super::model::Decoder;
use super::train::{Gradient, MicroBatch};

/// A backend with the decoder's element-wise pieces.
pub trait Kernels: Backend {
    /// RMS norm over the last dimension: x / sqrt(mean(x^2) + eps) * weight, in f32 inside (Zhang & Sennrich 2019). x: `[N, H]`, weight: `[H]`.
    fn rms_norm(x: Tensor<Self, 2>, weight: Tensor<Self, 1>, eps: f64) -> Tensor<Self, 2> {
        plain::rms_norm(x, weight, eps, DType::F32)
    }

    /// silu(gate) * up, silu(z) = z / (1 + exp(-z)) (Shazeer 2020). Both [N, F].
    fn swiglu(gate: Tensor<Self, 2>, up: Tensor<Self, 2>) -> Tensor<Self, 2> {
        plain::swiglu(gate, up)
    }

    /// Rotary embedding of x [R, heads, T, D] by cos, sin [R or 1, 1, T, D/2]: halves (a, b) become (a cos - b sin, b cos + a sin).
    fn rotate(x: Tensor<Self, 4>, cos: Tensor<Self, 4>, sin: Tensor<Self, 4>) -> Tensor<Self, 4> {
        plain::rotate(x, cos, sin)
    }

    /// softmax(scale * scores) over the last dimension, zero where `hidden`. scores: [R, K, Q, T], hidden: [R or 1, 1, Q, T].
    fn masked_softmax(scores: Tensor<Self, 4>, hidden: Tensor<Self, 4, Bool>, scale: f64) -> Tensor<Self, 4> {
        plain::masked_softmax(scores, hidden, scale)
    }

    /// -log softmax(logits) at the target of every row, in f32. logits: `[N, V]`, targets: `[N]`; gives `[N]`.
    fn cross_entropy(logits: Tensor<Self, 2>, targets: Tensor<Self, 1, Int>) -> Tensor<Self, 1> {
        plain::cross_entropy(logits, targets)
    }

    /// 0 with chance `p`, else 1 / (1 - p): the factors of inverted dropout, drawn from `seed` alone; in precision and place of `like`.
    fn dropout_mask(shape: [usize; 2], p: f64, seed: Seed, like: &Tensor<Self, 2>) -> Tensor<Self, 2> {
        plain::dropout_mask(shape, p, seed, like)
    }

    /// [`super::train::losses`] written by hand; `None` where this backend has none for such a model.
    fn losses(_: &Decoder<Self>, _: Option<&Adapter<Self>>, _: &MicroBatch) -> Option<Tensor<Self, 1>> {
        None
    }

    /// [`super::train::gradient`] written by hand; `None` where this backend has none for such a model.
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
    /// Sums in f64, which a processor has for little: of all roundings of a forward pass these are the ones easily spared.
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

/// A backend to train on: autodiff, with the decoder's pieces in it and below it.
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
    fn norms_on_the_processor_lose_nothing_to_their_sums() {
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
