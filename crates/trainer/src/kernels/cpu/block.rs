//! One decoder layer, there and back.

use super::attention::{Attended, Heads, attend, attend_back};
use super::linear::Kept;
use super::norm::{norm, norm_back};
use super::rotary::rotate;
use super::swiglu::{swiglu, swiglu_back};
use super::weights::LayerValues;
use crate::lora::Module;

/// What all layers of one micro-batch share.
pub(super) struct Shape<'a> {
    pub(super) heads: Heads,
    pub(super) eps: f32,
    /// [N or T, D / 2].
    pub(super) cos: &'a [f32],
    /// [N or T, D / 2].
    pub(super) sin: &'a [f32],
    /// Segments of every row, or none.
    pub(super) segments: &'a [Vec<u32>],
}

/// Factors of dropout for so many inputs of a module of a layer.
pub(super) type Mask<'a> = dyn Fn(usize, Module, usize) -> Vec<f32> + 'a;

/// Rows normed, and the factor of each row.
struct Normed {
    y: Vec<f32>,
    inverse: Vec<f32>,
}

impl Normed {
    fn of(x: &[f32], weight: &[f32], eps: f32) -> Self {
        let mut normed = Self { y: vec![0.0; x.len()], inverse: vec![0.0; x.len() / weight.len()] };
        norm(x, weight, eps, &mut normed.y, &mut normed.inverse);
        normed
    }
}

/// What a layer's way back needs, besides its input.
pub(super) struct Trace {
    attention_norm: Normed,
    /// Queries and keys before their norms, and the norms' factors (Qwen3).
    before_norms: Option<[(Vec<f32>, Vec<f32>); 2]>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    mixed: Vec<f32>,
    log_sums: Vec<f32>,
    middle: Vec<f32>,
    mlp_norm: Normed,
    gate: Vec<f32>,
    up: Vec<f32>,
    active: Vec<f32>,
    /// In the order of [`Module::ALL`].
    kept: Vec<Option<Kept>>,
}

/// The layer's output [N, H] for its input.
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
    let Heads { heads, kv_heads, dim, .. } = shape.heads;
    let attention_norm = Normed::of(x, w.attention_norm.get(), shape.eps);
    let (mut q, mut k) = (project(Module::Q, &attention_norm.y), project(Module::K, &attention_norm.y));
    let v = project(Module::V, &attention_norm.y);
    let before_norms = w.head_norms.as_ref().map(|[q_weight, k_weight]| {
        let (q_normed, k_normed) =
            (Normed::of(&q, q_weight.get(), shape.eps), Normed::of(&k, k_weight.get(), shape.eps));
        let before = [(std::mem::take(&mut q), q_normed.inverse), (std::mem::take(&mut k), k_normed.inverse)];
        (q, k) = (q_normed.y, k_normed.y);
        before
    });
    rotate(&mut q, heads, dim / 2, shape.cos, shape.sin, 1.0);
    rotate(&mut k, kv_heads, dim / 2, shape.cos, shape.sin, 1.0);
    let (mixed, log_sums) = attend(Attended { q: &q, k: &k, v: &v }, shape.heads, shape.segments);
    let mut middle = project(Module::O, &mixed);
    add(&mut middle, x);
    let mlp_norm = Normed::of(&middle, w.mlp_norm.get(), shape.eps);
    let (gate, up) = (project(Module::Gate, &mlp_norm.y), project(Module::Up, &mlp_norm.y));
    let mut active = vec![0.0; gate.len()];
    swiglu(&gate, &up, &mut active);
    let mut y = project(Module::Down, &active);
    add(&mut y, &middle);
    let trace =
        Trace { attention_norm, before_norms, q, k, v, mixed, log_sums, middle, mlp_norm, gate, up, active, kept };
    (y, trace)
}

/// Takes the gradient by the layer's output; adds those by its adapters to `gradients` and gives that by its input `x`, or an empty
/// list where `lowest` says that nobody asks for it.
pub(super) fn back(
    w: &LayerValues,
    shape: &Shape<'_>,
    x: &[f32],
    trace: &Trace,
    mut g: Vec<f32>,
    lowest: bool,
    gradients: &mut [Vec<f32>],
) -> Vec<f32> {
    use Module::{Down, Gate, K, O, Q, Up, V};
    let mut through = |module: Module, x: &[f32], dy: &[f32], dx: Option<&mut [f32]>| {
        w.projection(module).back(x, trace.kept[module as usize].as_ref(), dy, dx, gradients);
    };
    let mut d_gate = vec![0.0; trace.gate.len()];
    through(Down, &trace.active, &g, Some(&mut d_gate));
    let mut d_up = vec![0.0; d_gate.len()];
    swiglu_back(&trace.gate, &trace.up, &mut d_gate, &mut d_up);
    let into_attention = !lowest || w.adapts(&[Q, K, V, O]);
    let mut d_normed = vec![0.0; x.len()];
    for (module, dy) in [(Gate, &d_gate), (Up, &d_up)] {
        through(module, &trace.mlp_norm.y, dy, into_attention.then_some(&mut d_normed[..]));
    }
    if !into_attention {
        return vec![];
    }
    norm_back(&trace.middle, w.mlp_norm.get(), &trace.mlp_norm.inverse, &mut d_normed, &mut g);

    let into_heads = !lowest || w.adapts(&[Q, K, V]);
    let mut d_mixed = vec![0.0; trace.mixed.len()];
    through(O, &trace.mixed, &g, into_heads.then_some(&mut d_mixed[..]));
    if !into_heads {
        return vec![];
    }
    let attended = Attended { q: &trace.q, k: &trace.k, v: &trace.v };
    let outcome = (&trace.mixed[..], &trace.log_sums[..]);
    let [mut dq, mut dk, dv] = attend_back(attended, shape.heads, shape.segments, outcome, &d_mixed);
    let Heads { heads, kv_heads, dim, .. } = shape.heads;
    rotate(&mut dq, heads, dim / 2, shape.cos, shape.sin, -1.0);
    rotate(&mut dk, kv_heads, dim / 2, shape.cos, shape.sin, -1.0);
    if let (Some([q_norm, k_norm]), Some([q, k])) = (&w.head_norms, &trace.before_norms) {
        for (d, weight, (before, inverse)) in [(&mut dq, q_norm, q), (&mut dk, k_norm, k)] {
            let mut dy = std::mem::replace(d, vec![0.0; before.len()]);
            norm_back(before, weight.get(), inverse, &mut dy, d);
        }
    }
    d_normed.fill(0.0);
    for (module, dy) in [(Q, &dq), (K, &dk), (V, &dv)] {
        through(module, &trace.attention_norm.y, dy, (!lowest).then_some(&mut d_normed[..]));
    }
    if lowest {
        return vec![];
    }
    norm_back(x, w.attention_norm.get(), &trace.attention_norm.inverse, &mut d_normed, &mut g);
    g
}

fn add(to: &mut [f32], what: &[f32]) {
    to.iter_mut().zip(what).for_each(|(to, w)| *to += w);
}
