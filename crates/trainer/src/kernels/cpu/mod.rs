//! The decoder on the CPU in f32, there and back, written by hand over slices: what [`super::Kernels::gradient`] is on `Flex`.
//!
//! The base is frozen, so only gradients by adapters and by activations are ever computed, no lower than the lowest adapter; heads
//! are read where they lie (no transposed copies, no repeated keys); what is element-wise runs in vectors, and products are faer's.
//! Everything is checked against Burn's autodiff in `tests/llm/hand_written.rs`. One thread: micro-batches are what runs side by side.

mod attention;
mod block;
mod head;
mod linear;
mod matrix;
mod norm;
mod rotary;
mod simd;
mod swiglu;
mod weights;

use burn::backend::Flex;
use burn::tensor::{DType, Tensor, TensorData};
use jobs_core::Seed;

use self::attention::Heads;
use self::block::{Mask, Shape, back, forward};
use self::head::Head;
use self::weights::{Values, layers};
use super::plain::dropout_factors;
use crate::lora::{Adapter, Module};
use crate::model::Decoder;
use crate::train::{Gradient, MicroBatch};

/// Rotary turns, embeddings and head of a model for one micro-batch.
struct Setting<'a> {
    cos: Values,
    sin: Values,
    norm: Values,
    head: Values,
    eps: f32,
    heads: Heads,
    segments: &'a [Vec<u32>],
}

impl<'a> Setting<'a> {
    fn new(model: &Decoder<Flex>, batch: &'a MicroBatch) -> Self {
        let c = &model.config;
        let turns = model.rotary.turns::<Flex>(&batch.rows.positions, DType::F32, &model.embedding.device());
        let (rows, length) = (batch.rows.tokens.len(), batch.rows.tokens.first().map_or(0, Vec::len));
        Self {
            cos: Values::of(&turns.cos),
            sin: Values::of(&turns.sin),
            norm: Values::of(&model.norm),
            head: Values::of(&model.head),
            eps: c.norm_eps as f32,
            heads: Heads { rows, length, heads: c.heads, kv_heads: c.kv_heads, dim: c.head_dim },
            segments: &batch.rows.segments,
        }
    }

    fn shape(&self) -> Shape<'_> {
        let (cos, sin) = (self.cos.get(), self.sin.get());
        Shape { heads: self.heads, eps: self.eps, cos, sin, segments: self.segments }
    }

    fn head(&self) -> Head<'_> {
        Head { norm: self.norm.get(), weight: self.head.get(), eps: self.eps }
    }
}

/// Embeddings of all tokens, [N, H].
fn embed(model: &Decoder<Flex>, batch: &MicroBatch) -> Vec<f32> {
    let (embedding, width) = (Values::of(&model.embedding), model.config.hidden);
    let tokens = batch.rows.tokens.iter().flatten();
    tokens.flat_map(|&t| &embedding.get()[t as usize * width..][..width]).copied().collect()
}

/// Losses in nats of every target; `None` where the model is not in f32.
pub(super) fn losses(
    model: &Decoder<Flex>,
    adapter: Option<&Adapter<Flex>>,
    batch: &MicroBatch,
) -> Option<Tensor<Flex, 1>> {
    let layers = layers(model, adapter)?;
    let setting = Setting::new(model, batch);
    let mut x = embed(model, batch);
    for (l, w) in layers.iter().enumerate() {
        x = forward(l, w, &setting.shape(), &x, None).0;
    }
    let losses = setting.head().losses(&x, &batch.at, &batch.targets, None);
    Some(Tensor::from_data(TensorData::new(losses, [batch.at.len()]), &model.embedding.device()))
}

/// The gradient of `weight` times the summed loss by the adapter; `None` where model or adapter are not in f32.
pub(super) fn gradient(
    model: &Decoder<Flex>,
    adapter: &Adapter<Flex>,
    batch: &MicroBatch,
    weight: f64,
    dropout: Option<Seed>,
    recompute: bool,
) -> Option<Gradient<Flex>> {
    let layers = layers(model, Some(adapter))?;
    let setting = Setting::new(model, batch);
    let shape = setting.shape();
    let draw = |layer: usize, module: Module, n: usize| {
        let seed = dropout.unwrap_or(Seed(0)).derive("dropout", module.site(layer));
        dropout_factors(n, adapter.config.dropout, seed)
    };
    let mask: Option<&Mask<'_>> = (dropout.is_some() && adapter.config.dropout > 0.0).then_some(&draw);
    let lowest = adapter.config.layers.first().copied().unwrap_or(0);
    // input and, unless it is to be computed again, trace of each layer from the lowest with an adapter
    let mut passed = vec![];
    let mut x = embed(model, batch);
    for (l, w) in layers.iter().enumerate() {
        let (y, trace) = forward(l, w, &shape, &x, mask);
        let input = std::mem::replace(&mut x, y);
        if l >= lowest {
            passed.push((l, input, (!recompute).then_some(trace)));
        }
    }
    let mut g = vec![0.0; x.len()];
    let losses = setting.head().losses(&x, &batch.at, &batch.targets, Some((weight as f32, &mut g)));
    drop(x);
    let mut gradients: Vec<Vec<f32>> =
        adapter.pairs.iter().flat_map(|p| [&p.a, &p.b]).map(|t| vec![0.0; t.dims().iter().product()]).collect();
    while let Some((l, input, trace)) = passed.pop() {
        let trace = trace.unwrap_or_else(|| forward(l, &layers[l], &shape, &input, mask).1);
        g = back(&layers[l], &shape, &input, &trace, g, l == lowest, &mut gradients);
    }
    let device = model.embedding.device();
    let loss = losses.iter().map(|&l| f64::from(l)).sum::<f64>() * weight;
    let parameters = adapter.pairs.iter().flat_map(|p| [p.a.dims(), p.b.dims()]);
    Some(Gradient {
        loss: Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device),
        by_parameter: gradients
            .into_iter()
            .zip(parameters)
            .map(|(g, dims)| Tensor::from_data(TensorData::new(g, dims), &device))
            .collect(),
    })
}
