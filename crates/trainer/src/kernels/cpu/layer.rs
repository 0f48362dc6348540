//! Forward pass of one decoder layer, and what its backward pass needs.

use super::attention::{Attended, Heads, attend};
use super::elementwise::{geglu, norm, rotate, swiglu};
use super::linear::Kept;
use super::matrix::split;
use super::weights::{LayerValues, Norms, Values};
use crate::model::{Activation, Module};

/// What all layers of one micro-batch share.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) heads: Heads,
    pub(super) eps: f32,
    /// Cosines and sines, each [N or T, D / 2].
    pub(super) turns: [&'a [f32]; 2],
    /// Those of layers with a window, where they are others.
    pub(super) local_turns: Option<[&'a [f32]; 2]>,
    /// Factor of what attention and MLP add to the residual stream.
    pub(super) residual: f32,
    /// Segments of every row, or empty.
    pub(super) segments: &'a [Vec<u32>],
}

impl<'a> Shape<'a> {
    /// Sizes of attention in a layer.
    pub(super) fn heads(&self, w: &LayerValues) -> Heads {
        Heads { window: w.window, ..self.heads }
    }

    /// The rotations of a layer.
    pub(super) fn turns(&self, w: &LayerValues) -> [&'a [f32]; 2] {
        self.local_turns.filter(|_| w.windowed).unwrap_or(self.turns)
    }

    /// The input of attention or MLP, where it is not the residual stream itself.
    fn normed(&self, stream: &[f32], norms: &Norms) -> Option<Normed> {
        norms.before.as_ref().map(|norm| Normed::of(stream, norm.get(), self.eps))
    }

    /// Turns the output of attention or MLP into the residual stream after it; gives what a norm replaced.
    fn join(&self, y: &mut Vec<f32>, norms: &Norms, stream: &[f32]) -> Option<Before> {
        let before = Normed::replace(y, norms.after.as_ref(), self.eps);
        add(y, self.residual, stream);
        before
    }
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

    /// Norms in place where there is a norm; gives the values before, and the norm's factors.
    fn replace(x: &mut Vec<f32>, weight: Option<&Values>, eps: f32) -> Option<Before> {
        let Self { y, inverse } = Self::of(x, weight?.get(), eps);
        Some((std::mem::replace(x, y), inverse))
    }
}

/// The input of a norm, and the factor of each of its rows.
pub(super) type Before = (Vec<f32>, Vec<f32>);

/// What a layer's backward pass needs, besides the layer's input.
pub(super) struct Trace {
    /// `None`: the input itself.
    pub(super) attention_norm: Option<Normed>,
    /// Outputs of attention and MLP before their norms, where the family has such norms.
    pub(super) before_after: [Option<Before>; 2],
    /// Queries and keys before their head norms, and the norms' factors, where the family has head norms.
    pub(super) before_norms: Option<[Before; 2]>,
    pub(super) q: Vec<f32>,
    pub(super) k: Vec<f32>,
    pub(super) v: Vec<f32>,
    /// Output of attention before its projection.
    pub(super) mixed: Vec<f32>,
    pub(super) log_sums: Vec<f32>,
    /// Residual stream between attention and MLP.
    pub(super) middle: Vec<f32>,
    /// `None`: the residual stream itself.
    pub(super) mlp_norm: Option<Normed>,
    pub(super) gate: Vec<f32>,
    pub(super) up: Vec<f32>,
    /// activation(gate) up.
    pub(super) active: Vec<f32>,
    /// In the order of [`Module::ALL`].
    pub(super) kept: [Option<Kept>; Module::ALL.len()],
}

/// The layer's output for its input, both [N, H], and the trace.
pub(super) fn forward(
    layer: usize,
    w: &LayerValues,
    shape: &Shape<'_>,
    x: &[f32],
    mask: Option<&Mask<'_>>,
) -> (Vec<f32>, Trace) {
    let mut kept = Module::ALL.map(|_| None);
    let mut project = |module: Module, x: &[f32]| {
        let y;
        (y, kept[module as usize]) = projected(w, (layer, module), x, mask);
        y
    };
    let attention_norm = shape.normed(x, &w.attention_norms);
    let input = attention_norm.as_ref().map_or(x, |normed| &normed.y);
    let [mut q, mut k, v] = match w.fused {
        Some((widths, _)) => split(&project(Module::Q, input), widths),
        None => [Module::Q, Module::K, Module::V].map(|module| project(module, input)),
    };
    let before_norms = head_norms(w, shape, &mut q, &mut k);
    turn(w, shape, &mut q, &mut k, 1.0);
    let (mixed, log_sums) = attend(Attended { q: &q, k: &k, v: &v }, shape.heads(w), shape.segments);
    let mut middle = project(Module::O, &mixed);
    let before_first = shape.join(&mut middle, &w.attention_norms, x);
    let mlp_norm = shape.normed(&middle, &w.mlp_norms);
    let input = mlp_norm.as_ref().map_or(&middle, |normed| &normed.y);
    let [gate, up] = match w.fused {
        Some((_, widths)) => split(&project(Module::Gate, input), widths),
        None => [Module::Gate, Module::Up].map(|module| project(module, input)),
    };
    let active = activated(w, &gate, &up);
    let mut y = project(Module::Down, &active);
    let before_after = [before_first, shape.join(&mut y, &w.mlp_norms, &middle)];
    let trace = Trace {
        attention_norm,
        before_after,
        before_norms,
        q,
        k,
        v,
        mixed,
        log_sums,
        middle,
        mlp_norm,
        gate,
        up,
        active,
        kept,
    };
    (y, trace)
}

/// The output of a projection, and what its backward pass needs.
fn projected(
    w: &LayerValues,
    (layer, module): (usize, Module),
    x: &[f32],
    mask: Option<&Mask<'_>>,
) -> (Vec<f32>, Option<Kept>) {
    let own = mask.map(|mask| move |n| mask(layer, module, n));
    w.projection(module).forward(x, own.as_ref().map(|mask| mask as &dyn Fn(usize) -> Vec<f32>))
}

/// activation(gate) up.
fn activated(w: &LayerValues, gate: &[f32], up: &[f32]) -> Vec<f32> {
    let mut active = vec![0.0; gate.len()];
    match w.activation {
        Activation::Silu => swiglu(gate, up, &mut active),
        Activation::Gelu => geglu(gate, up, &mut active),
    }
    active
}

/// Rotates queries and keys in place, where the layer has rotary embeddings; back with a `sign` of -1.
pub(super) fn turn(w: &LayerValues, shape: &Shape<'_>, q: &mut [f32], k: &mut [f32], sign: f32) {
    let (Heads { heads, kv_heads, dim, .. }, [cos, sin]) = (shape.heads, shape.turns(w));
    if w.rotary {
        rotate(q, heads, dim / 2, cos, sin, sign);
        rotate(k, kv_heads, dim / 2, cos, sin, sign);
    }
}

/// Norms the heads of q and k in place; gives the values before, and the norms' factors.
fn head_norms(w: &LayerValues, shape: &Shape<'_>, q: &mut Vec<f32>, k: &mut Vec<f32>) -> Option<[Before; 2]> {
    let [q_weight, k_weight] = w.head_norms.as_ref()?;
    let normed = |x: &mut Vec<f32>, weight| Normed::replace(x, Some(weight), shape.eps);
    Some([normed(q, q_weight)?, normed(k, k_weight)?])
}

/// branch = factor branch + stream.
fn add(branch: &mut [f32], factor: f32, stream: &[f32]) {
    branch.iter_mut().zip(stream).for_each(|(b, x)| *b = factor * *b + x);
}
