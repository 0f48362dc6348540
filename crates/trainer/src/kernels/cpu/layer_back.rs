//! Backward pass of one decoder layer, only as far down as an adapter needs it.

use std::borrow::Cow;

use super::attention::{Attended, attend_back};
use super::elementwise::{geglu_back, norm_back, swiglu_back};
use super::layer::{Before, Normed, Shape, Trace, turn};
use super::matrix::join;
use super::weights::{LayerValues, Norms};
use crate::model::{Activation, Module};

/// The backward pass of a layer.
pub(super) struct LayerBack<'a> {
    pub(super) w: &'a LayerValues,
    pub(super) shape: Shape<'a>,
    /// Input of the layer, [N, H].
    pub(super) x: &'a [f32],
    pub(super) trace: &'a Trace,
    /// Whether this is the lowest layer with an adapter, whose input needs no gradient.
    pub(super) lowest: bool,
    /// Gradients with respect to the adapters' parameters, added to.
    pub(super) gradients: &'a mut [Vec<f32>],
}

impl LayerBack<'_> {
    /// Turns the gradient with respect to the layer's output, [N, H], into that with respect to its input; an empty list if the
    /// pass ends in this layer.
    pub(super) fn run(mut self, mut g: Vec<f32>) -> Vec<f32> {
        if !self.mlp(&mut g) {
            return vec![];
        }
        match self.heads(&g) {
            Some(gradients) => self.queries_keys_values(gradients, g),
            None => vec![],
        }
    }

    fn project(&mut self, module: Module, x: &[f32], dy: &[f32], dx: Option<&mut [f32]>) {
        self.w.projection(module).back(x, self.trace.kept[module as usize].as_ref(), dy, dx, self.gradients);
    }

    /// The gradient with respect to the output of attention or MLP, from that with respect to the residual stream after it.
    fn branch<'g>(&self, g: &'g [f32], norms: &Norms, before: Option<&Before>) -> Cow<'g, [f32]> {
        let g = match self.shape.residual {
            1.0 => Cow::Borrowed(g),
            factor => g.iter().map(|g| factor * g).collect(),
        };
        let (Some(norm), Some((x, inverse))) = (&norms.after, before) else { return g };
        let mut d = vec![0.0; x.len()];
        norm_back(x, norm.get(), inverse, &mut g.into_owned(), &mut d);
        d.into()
    }

    /// Adds to `g`, the gradient with respect to the residual stream, what comes through the norm of this input of attention or MLP.
    fn through(x: &[f32], norms: &Norms, normed: Option<&Normed>, mut d_normed: Vec<f32>, g: &mut [f32]) {
        match (&norms.before, normed) {
            (Some(norm), Some(normed)) => norm_back(x, norm.get(), &normed.inverse, &mut d_normed, g),
            _ => g.iter_mut().zip(&d_normed).for_each(|(g, d)| *g += d),
        }
    }

    /// From the layer's output to the residual stream after attention, in place; `false` if nothing below needs a gradient.
    fn mlp(&mut self, g: &mut [f32]) -> bool {
        use Module::{Down, Gate, K, O, Q, Up, V};
        let (trace, w) = (self.trace, self.w);
        let mut d_gate = vec![0.0; trace.gate.len()];
        let dy = self.branch(g, &w.mlp_norms, trace.before_after[1].as_ref());
        self.project(Down, &trace.active, &dy, Some(&mut d_gate));
        let mut d_up = vec![0.0; d_gate.len()];
        match w.activation {
            Activation::Silu => swiglu_back(&trace.gate, &trace.up, &mut d_gate, &mut d_up),
            Activation::Gelu => geglu_back(&trace.gate, &trace.up, &mut d_gate, &mut d_up),
        }
        let into_attention = !self.lowest || self.w.adapts(&[Q, K, V, O]);
        let mut d_normed = vec![0.0; self.x.len()];
        let input = trace.mlp_norm.as_ref().map_or(&trace.middle, |normed| &normed.y);
        let mut back =
            |module, dy: &[f32]| self.project(module, input, dy, into_attention.then_some(&mut d_normed[..]));
        match w.fused {
            Some((_, widths)) => back(Gate, &join([&d_gate, &d_up], widths)),
            None => [(Gate, &d_gate), (Up, &d_up)].into_iter().for_each(|(module, dy)| back(module, dy)),
        }
        if into_attention {
            Self::through(&trace.middle, &w.mlp_norms, trace.mlp_norm.as_ref(), d_normed, g);
        }
        into_attention
    }

    /// From the output of attention to queries, keys and values before norms and rotation; `None` if nothing below needs a gradient.
    fn heads(&mut self, g: &[f32]) -> Option<[Vec<f32>; 3]> {
        let (trace, shape) = (self.trace, self.shape);
        let into_heads = !self.lowest || self.w.adapts(&[Module::Q, Module::K, Module::V]);
        let mut d_mixed = vec![0.0; trace.mixed.len()];
        let dy = self.branch(g, &self.w.attention_norms, trace.before_after[0].as_ref());
        self.project(Module::O, &trace.mixed, &dy, into_heads.then_some(&mut d_mixed[..]));
        if !into_heads {
            return None;
        }
        let attended = Attended { q: &trace.q, k: &trace.k, v: &trace.v };
        let outcome = (&trace.mixed[..], &trace.log_sums[..]);
        let [mut dq, mut dk, dv] = attend_back(attended, shape.heads(self.w), shape.segments, outcome, &d_mixed);
        turn(self.w, &shape, &mut dq, &mut dk, -1.0);
        if let (Some([q_norm, k_norm]), Some([q, k])) = (&self.w.head_norms, &trace.before_norms) {
            for (d, weight, (before, inverse)) in [(&mut dq, q_norm, q), (&mut dk, k_norm, k)] {
                let mut dy = std::mem::replace(d, vec![0.0; before.len()]);
                norm_back(before, weight.get(), inverse, &mut dy, d);
            }
        }
        Some([dq, dk, dv])
    }

    /// From queries, keys and values to the layer's input.
    fn queries_keys_values(&mut self, [dq, dk, dv]: [Vec<f32>; 3], mut g: Vec<f32>) -> Vec<f32> {
        let (trace, lowest) = (self.trace, self.lowest);
        let mut d_normed = vec![0.0; self.x.len()];
        let input = trace.attention_norm.as_ref().map_or(self.x, |normed| &normed.y);
        let fused = self.w.fused;
        let mut back = |module, dy: &[f32]| self.project(module, input, dy, (!lowest).then_some(&mut d_normed[..]));
        match fused {
            Some((widths, _)) => back(Module::Q, &join([&dq, &dk, &dv], widths)),
            None => [(Module::Q, &dq), (Module::K, &dk), (Module::V, &dv)].into_iter().for_each(|(m, dy)| back(m, dy)),
        }
        if lowest {
            return vec![];
        }
        Self::through(self.x, &self.w.attention_norms, trace.attention_norm.as_ref(), d_normed, &mut g);
        g
    }
}
