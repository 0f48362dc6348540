//! The kernels as tensor operations, for any backend.

use std::f64::consts::FRAC_2_PI;

use burn::tensor::backend::Backend;
use burn::tensor::{Bool, DType, Int, Tensor, TensorData, activation};
use jobs_core::Seed;
use rand::Rng;

/// `sums` is the precision of the mean square. Where the weights are more precise than x, the product is rounded after them.
pub(crate) fn rms_norm<B: Backend>(x: Tensor<B, 2>, weight: Tensor<B, 1>, eps: f64, sums: DType) -> Tensor<B, 2> {
    let dtype = x.dtype();
    let x = in_f32(x);
    let wide = back(x.clone(), sums);
    let scale = ((wide.clone() * wide).mean_dim(1) + eps).sqrt().recip();
    let normed = x * in_f32(scale);
    if weight.dtype() == dtype {
        back(normed, dtype) * weight.unsqueeze()
    } else {
        back(normed * weight.unsqueeze(), dtype)
    }
}

pub(crate) fn swiglu<B: Backend>(gate: Tensor<B, 2>, up: Tensor<B, 2>) -> Tensor<B, 2> {
    activation::silu(gate) * up
}

pub(crate) fn geglu<B: Backend>(gate: Tensor<B, 2>, up: Tensor<B, 2>) -> Tensor<B, 2> {
    let inner = (gate.clone() + gate.clone().powi_scalar(3) * 0.044_715) * FRAC_2_PI.sqrt();
    (inner.tanh() + 1.0) * gate * 0.5 * up
}

/// c tanh(x / c); x without a bound c.
pub(crate) fn capped<B: Backend, const D: usize>(x: Tensor<B, D>, cap: Option<f64>) -> Tensor<B, D> {
    match cap {
        Some(cap) => (x / cap).tanh() * cap,
        None => x,
    }
}

pub(crate) fn rotate<B: Backend>(x: Tensor<B, 4>, cos: Tensor<B, 4>, sin: Tensor<B, 4>) -> Tensor<B, 4> {
    let half = x.dims()[3] / 2;
    let (a, b) = (x.clone().narrow(3, 0, half), x.narrow(3, half, half));
    let first = a.clone() * cos.clone() - b.clone() * sin.clone();
    Tensor::cat(vec![first, b * cos + a * sin], 3)
}

pub(crate) fn masked_softmax<B: Backend>(scores: Tensor<B, 4>, hidden: Tensor<B, 4, Bool>, scale: f64) -> Tensor<B, 4> {
    let dtype = scores.dtype();
    let scores = in_f32(scores) * scale;
    let hidden = hidden.expand(scores.dims());
    back(activation::softmax(scores.mask_fill(hidden, -1e30), 3), dtype)
}

pub(crate) fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, targets: Tensor<B, 1, Int>) -> Tensor<B, 1> {
    let log_p = activation::log_softmax(in_f32(logits), 1);
    log_p.gather(1, targets.unsqueeze_dim(1)).neg().squeeze_dim(1)
}

pub(crate) fn dropout_mask<B: Backend>(shape: [usize; 2], p: f64, seed: Seed, like: &Tensor<B, 2>) -> Tensor<B, 2> {
    let mask = dropout_factors(shape[0] * shape[1], p, seed);
    Tensor::from_data(TensorData::new(mask, shape), (&like.device(), like.dtype()))
}

/// The factors of inverted dropout, row-major: 0 with probability `p`, otherwise 1 / (1 - p).
pub(crate) fn dropout_factors(count: usize, p: f64, seed: Seed) -> Vec<f32> {
    let mut rng = seed.stream("mask", 0);
    let (limit, kept) = ((p * 4_294_967_296.0) as u32, (1.0 / (1.0 - p)) as f32);
    (0..count).map(|_| if rng.next_u32() < limit { 0.0 } else { kept }).collect()
}

fn in_f32<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    if x.dtype() == DType::F32 { x } else { x.cast(DType::F32) }
}

fn back<B: Backend, const D: usize>(x: Tensor<B, D>, dtype: DType) -> Tensor<B, D> {
    if x.dtype() == dtype { x } else { x.cast(dtype) }
}
