//! Forward pass of one decoder layer, and what its backward pass needs.

use super::attention::{Attended, Heads, attend};
use super::elementwise::{norm, rotate, swiglu};
use super::linear::Kept;
use super::weights::LayerValues;
use crate::model::Module;

/// What all layers of one micro-batch share.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) heads: Heads,
    pub(super) eps: f32,
    /// [N or T, D / 2].
    pub(super) cos: &'a [f32],
    /// [N or T, D / 2].
    pub(super) sin: &'a [f32],
    /// Factor of what attention and MLP add to the residual stream.
    pub(super) residual: f32,
    /// Segments of every row, or empty.
    pub(super) segments: &'a [Vec<u32>],
}

/// Dropout factors for the inputs of a module of a layer; the last argument is their number.
pub(super) type Mask<'a> = dyn Fn(usize, Module, usize) -> Vec<f32> + 'a;

/// Normed rows, and the factor of each row.
pub(super) struct Normed {
    pub(super) y: Vec<f32>,
    pub(super) inverse: Vec<f32>,
}

impl Normed {
    fn of(x: &[f32], weight: &[f32], eps: f32) -> Self {
        let mut normed = Self { y: vec![0.0; x.len()], inverse: vec![0.0; x.len() / weight.len()] };
        norm(x, weight, eps, &mut normed.y, &mut normed.inverse);
        normed
    }
}

/// What a layer's backward pass needs, besides the layer's input.
pub(super) struct Trace {
    pub(super) attention_norm: Normed,
    /// Queries and keys before their head norms, and the norms' factors, where the family has head norms.
    pub(super) before_norms: Option<[(Vec<f32>, Vec<f32>); 2]>,
    pub(super) q: Vec<f32>,
    pub(super) k: Vec<f32>,
    pub(super) v: Vec<f32>,
    /// Output of attention before its projection.
    pub(super) mixed: Vec<f32>,
    pub(super) log_sums: Vec<f32>,
    /// Residual stream between attention and MLP.
    pub(super) middle: Vec<f32>,
    pub(super) mlp_norm: Normed,
    pub(super) gate: Vec<f32>,
    pub(super) up: Vec<f32>,
    /// silu(gate) up.
    pub(super) active: Vec<f32>,
    /// In the order of [`Module::ALL`].
    pub(super) kept: Vec<Option<Kept>>,
}

/// The layer's output for its input, both [N, H], and the trace.
pub(super) fn forward(
    layer: usize,
    w: &LayerValues,
    shape: &Shape<'_>,
    x: &[f32],
    mask: Option<&Mask<'_>>,
) -> (Vec<f32>, Trace) {
    let mut kept = vec![];
    let mut project = |module: Module, x: &[f32]| {
        let own = mask.map(|mask| move |n| mask(layer, module, n));
        let (y, k) = w.projection(module).forward(x, own.as_ref().map(|m| m as &dyn Fn(usize) -> Vec<f32>));
        kept.push(k);
        y
    };
    let attention_norm = Normed::of(x, w.attention_norm.get(), shape.eps);
    let (mut q, mut k) = (project(Module::Q, &attention_norm.y), project(Module::K, &attention_norm.y));
    let v = project(Module::V, &attention_norm.y);
    let before_norms = head_norms(w, shape, &mut q, &mut k);
    let Heads { heads, kv_heads, dim, .. } = shape.heads;
    if w.rotary {
        rotate(&mut q, heads, dim / 2, shape.cos, shape.sin, 1.0);
        rotate(&mut k, kv_heads, dim / 2, shape.cos, shape.sin, 1.0);
    }
    let (mixed, log_sums) = attend(Attended { q: &q, k: &k, v: &v }, shape.heads, shape.segments);
    let mut middle = project(Module::O, &mixed);
    add(&mut middle, shape.residual, x);
    let mlp_norm = Normed::of(&middle, w.mlp_norm.get(), shape.eps);
    let (gate, up) = (project(Module::Gate, &mlp_norm.y), project(Module::Up, &mlp_norm.y));
    let mut active = vec![0.0; gate.len()];
    swiglu(&gate, &up, &mut active);
    let mut y = project(Module::Down, &active);
    add(&mut y, shape.residual, &middle);
    let trace =
        Trace { attention_norm, before_norms, q, k, v, mixed, log_sums, middle, mlp_norm, gate, up, active, kept };
    (y, trace)
}

/// Norms the heads of q and k in place; gives the values before, and the norms' factors.
fn head_norms(
    w: &LayerValues,
    shape: &Shape<'_>,
    q: &mut Vec<f32>,
    k: &mut Vec<f32>,
) -> Option<[(Vec<f32>, Vec<f32>); 2]> {
    let [q_weight, k_weight] = w.head_norms.as_ref()?;
    let normed = |x: &mut Vec<f32>, weight: &[f32]| {
        let Normed { y, inverse } = Normed::of(x, weight, shape.eps);
        (std::mem::replace(x, y), inverse)
    };
    Some([normed(q, q_weight.get()), normed(k, k_weight.get())])
}

/// branch = factor branch + stream.
fn add(branch: &mut [f32], factor: f32, stream: &[f32]) {
    branch.iter_mut().zip(stream).for_each(|(b, x)| *b = factor * *b + x);
}
