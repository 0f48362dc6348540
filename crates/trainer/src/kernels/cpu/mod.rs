//! The decoder on the CPU in f32, hand-written over slices: the losses and gradients behind [`super::Kernels`] for `Flex`.
//!
//! - The base is frozen: only gradients with respect to adapters and activations are computed, no lower than the lowest adapter.
//! - Heads are read in place, without transposed copies or repeated keys.
//! - Element-wise work runs in SIMD registers; matrix products are faer's.
//! - One thread: micro-batches run in parallel, not parts of one.
//!
//! `tests/llm/hand_written.rs` checks everything against Burn's autodiff.

mod attention;
mod elementwise;
mod head;
mod layer;
mod layer_back;
mod linear;
mod matrix;
mod simd;
mod weights;

use burn::backend::Flex;
use burn::tensor::{DType, Tensor, TensorData};
use jobs_core::Seed;

use self::attention::Heads;
use self::head::Head;
use self::layer::{Mask, Shape, Trace, forward};
use self::layer_back::LayerBack;
use self::weights::{LayerValues, Values, layers};
use super::Gradient;
use super::plain::dropout_factors;
use crate::lora::Adapter;
use crate::model::{Decoder, MicroBatch, Module, Rotary};

/// Rotations, last norm and head of a model for one micro-batch.
struct Setting<'a> {
    turns: [Values; 2],
    /// Those of layers with a window, where they are others.
    local_turns: Option<[Values; 2]>,
    norm: Values,
    head: Values,
    eps: f32,
    heads: Heads,
    /// Factors of the residual branches and of the logits.
    residual: f32,
    logits: f32,
    /// Bound of the logits.
    cap: Option<f32>,
    segments: &'a [Vec<u32>],
}

impl<'a> Setting<'a> {
    fn new(model: &Decoder<Flex>, batch: &'a MicroBatch) -> Self {
        let c = &model.config;
        let turns = |rotary: &Rotary| {
            let turns = rotary.turns::<Flex>(&batch.rows.positions, DType::F32, &model.device());
            [Values::of(&turns.cos), Values::of(&turns.sin)]
        };
        let (rows, length) = (batch.rows.tokens.len(), batch.rows.tokens.first().map_or(0, Vec::len));
        Self {
            turns: turns(&model.rotary),
            local_turns: model.local_rotary.as_ref().map(turns),
            norm: Values::of(&model.norm),
            head: Values::of(&model.head),
            eps: c.norm_eps as f32,
            heads: Heads {
                rows,
                length,
                heads: c.heads,
                kv_heads: c.kv_heads,
                dim: c.head_dim,
                scale: c.factors.attention as f32,
                cap: c.caps.attention.map(|cap| cap as f32),
                window: usize::MAX,
            },
            residual: c.factors.residual as f32,
            logits: c.factors.logits as f32,
            cap: c.caps.logits.map(|cap| cap as f32),
            segments: &batch.rows.segments,
        }
    }

    fn shape(&self) -> Shape<'_> {
        Shape {
            heads: self.heads,
            eps: self.eps,
            turns: slices(&self.turns),
            local_turns: self.local_turns.as_ref().map(slices),
            residual: self.residual,
            segments: self.segments,
        }
    }

    fn head(&self) -> Head<'_> {
        Head { norm: self.norm.get(), weight: self.head.get(), eps: self.eps, scale: self.logits, cap: self.cap }
    }
}

fn slices([cos, sin]: &[Values; 2]) -> [&[f32]; 2] {
    [cos.get(), sin.get()]
}

/// Embeddings of all tokens, [N, H].
fn embed(model: &Decoder<Flex>, batch: &MicroBatch) -> Vec<f32> {
    let (embedding, width) = (Values::of(&model.embedding), model.config.hidden);
    let tokens = batch.rows.tokens.iter().flatten();
    let factor = model.config.factors.embedding as f32;
    tokens.flat_map(|&t| &embedding.get()[t as usize * width..][..width]).map(|v| v * factor).collect()
}

/// Losses in nats of every target; `None` if the model or the adapter is not in f32.
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
    Some(Tensor::from_data(TensorData::new(losses, [batch.at.len()]), &model.device()))
}

/// The gradient of `weight` times the summed loss with respect to the adapter; `None` if the model or the adapter is not in f32.
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
    let draw = |layer: usize, module: Module, n: usize| {
        let seed = dropout.unwrap_or(Seed(0)).derive("dropout", module.site(layer));
        dropout_factors(n, adapter.dropout, seed)
    };
    let mask: Option<&Mask<'_>> = (dropout.is_some() && adapter.dropout > 0.0).then_some(&draw);
    let lowest = adapter.lowest_layer();
    let pass = Pass { layers: &layers, shape: setting.shape(), mask, lowest };
    let (x, inputs) = pass.forward(embed(model, batch), recompute);
    let mut g = vec![0.0; x.len()];
    let losses = setting.head().losses(&x, &batch.at, &batch.targets, Some((weight as f32, &mut g)));
    drop(x);
    let by_parameter = pass.back(inputs, g, adapter);
    let device = model.device();
    let loss = losses.iter().map(|&l| f64::from(l)).sum::<f64>() * weight;
    let dims = adapter.pairs.iter().flat_map(|p| [p.a.dims(), p.b.dims()]);
    Some(Gradient {
        loss: Tensor::from_data(TensorData::new(vec![loss as f32], [1]), &device),
        by_parameter: by_parameter
            .into_iter()
            .zip(dims)
            .map(|(g, dims)| Tensor::from_data(TensorData::new(g, dims), &device))
            .collect(),
    })
}

/// Forward and backward pass through all layers.
struct Pass<'a> {
    layers: &'a [LayerValues],
    shape: Shape<'a>,
    mask: Option<&'a Mask<'a>>,
    /// Lowest layer with an adapter.
    lowest: usize,
}

/// A layer's index and input; its trace, unless the backward pass recomputes it.
type LayerInput = (usize, Vec<f32>, Option<Trace>);

impl Pass<'_> {
    /// The residual stream after the last layer, and the inputs of all layers from the lowest with an adapter.
    fn forward(&self, mut x: Vec<f32>, recompute: bool) -> (Vec<f32>, Vec<LayerInput>) {
        let mut inputs = vec![];
        for (l, w) in self.layers.iter().enumerate() {
            let (y, trace) = forward(l, w, &self.shape, &x, self.mask);
            let input = std::mem::replace(&mut x, y);
            if l >= self.lowest {
                inputs.push((l, input, (!recompute).then_some(trace)));
            }
        }
        (x, inputs)
    }

    /// Gradients with respect to the adapter's parameters, from that with respect to the residual stream after the last layer.
    fn back(&self, mut inputs: Vec<LayerInput>, mut g: Vec<f32>, adapter: &Adapter<Flex>) -> Vec<Vec<f32>> {
        let parameters = adapter.pairs.iter().flat_map(|p| [&p.a, &p.b]);
        let mut gradients: Vec<Vec<f32>> = parameters.map(|t| vec![0.0; t.dims().iter().product()]).collect();
        while let Some((l, x, trace)) = inputs.pop() {
            let w = &self.layers[l];
            let trace = trace.unwrap_or_else(|| forward(l, w, &self.shape, &x, self.mask).1);
            let (lowest, gradients) = (l == self.lowest, &mut gradients[..]);
            g = LayerBack { w, shape: self.shape, x: &x, trace: &trace, lowest, gradients }.run(g);
        }
        gradients
    }
}
