//! A frozen projection with its adapter, forward and backward: y = x W^T + b + s (x mask) A^T B^T.

use super::matrix::{add_product, product, rows, rows_mut};

/// A projection's weights.
pub(super) struct Projection<'a> {
    /// W, [out, in].
    pub(super) weight: &'a [f32],
    /// b, `[out]`.
    pub(super) bias: Option<&'a [f32]>,
    /// Input width.
    pub(super) input: usize,
    /// Adapter.
    pub(super) pair: Option<LowRank<'a>>,
}

/// An adapter's factors.
#[derive(Clone, Copy)]
pub(super) struct LowRank<'a> {
    /// A, [r, in].
    pub(super) a: &'a [f32],
    /// B, [out, r].
    pub(super) b: &'a [f32],
    /// Factor of B A.
    pub(super) scale: f32,
    /// Index of the gradient with respect to A; that with respect to B follows.
    pub(super) slot: usize,
}

/// What the backward pass of an adapter needs.
pub(super) struct Kept {
    /// Dropout factors, and the input times them, both [N, in]; `None` without dropout.
    dropped: Option<(Vec<f32>, Vec<f32>)>,
    /// The input times A^T, [N, r].
    inner: Vec<f32>,
}

impl Projection<'_> {
    fn output(&self) -> usize {
        self.weight.len() / self.input
    }

    /// y [N, out] of x [N, in]. `mask` gives the dropout factors for a number of inputs.
    pub(super) fn forward(&self, x: &[f32], mask: Option<&dyn Fn(usize) -> Vec<f32>>) -> (Vec<f32>, Option<Kept>) {
        let (tokens, width) = (x.len() / self.input, self.output());
        let mut y = vec![0.0; tokens * width];
        product(rows_mut(&mut y, width), rows(x, self.input), rows(self.weight, self.input).transpose(), 1.0);
        if let Some(bias) = self.bias {
            for row in y.chunks_exact_mut(width) {
                row.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
            }
        }
        let kept = self.pair.map(|pair| {
            let rank = pair.a.len() / self.input;
            let dropped = mask.map(|mask| {
                let mask = mask(x.len());
                let dropped: Vec<f32> = x.iter().zip(&mask).map(|(x, m)| x * m).collect();
                (mask, dropped)
            });
            let mut inner = vec![0.0; tokens * rank];
            let seen = rows(dropped.as_ref().map_or(x, |(_, dropped)| &dropped[..]), self.input);
            product(rows_mut(&mut inner, rank), seen, rows(pair.a, self.input).transpose(), 1.0);
            add_product(rows_mut(&mut y, width), rows(&inner, rank), rows(pair.b, rank).transpose(), pair.scale);
            Kept { dropped, inner }
        });
        (y, kept)
    }

    /// Adds the gradients with respect to the adapter to `gradients`, and that with respect to x to `dx` if given.
    pub(super) fn back(
        &self,
        x: &[f32],
        kept: Option<&Kept>,
        dy: &[f32],
        dx: Option<&mut [f32]>,
        gradients: &mut [Vec<f32>],
    ) {
        let width = self.output();
        let up = rows(dy, width);
        let mut inner_gradient = None;
        if let (Some(pair), Some(kept)) = (self.pair, kept) {
            let rank = pair.a.len() / self.input;
            let mut d_inner = vec![0.0; kept.inner.len()];
            product(rows_mut(&mut d_inner, rank), up, rows(pair.b, rank), pair.scale);
            let seen = rows(kept.dropped.as_ref().map_or(x, |(_, dropped)| &dropped[..]), self.input);
            let [by_a, by_b] = [pair.slot, pair.slot + 1];
            add_product(rows_mut(&mut gradients[by_a], self.input), rows(&d_inner, rank).transpose(), seen, 1.0);
            add_product(rows_mut(&mut gradients[by_b], rank), up.transpose(), rows(&kept.inner, rank), pair.scale);
            inner_gradient = Some((pair, rank, d_inner, kept.dropped.as_ref()));
        }
        let Some(dx) = dx else { return };
        add_product(rows_mut(dx, self.input), up, rows(self.weight, self.input), 1.0);
        match inner_gradient {
            Some((pair, rank, d_inner, None)) => {
                add_product(rows_mut(dx, self.input), rows(&d_inner, rank), rows(pair.a, self.input), 1.0);
            }
            Some((pair, rank, d_inner, Some((mask, _)))) => {
                let mut through = vec![0.0; dx.len()];
                product(rows_mut(&mut through, self.input), rows(&d_inner, rank), rows(pair.a, self.input), 1.0);
                dx.iter_mut().zip(&through).zip(mask).for_each(|((dx, g), m)| *dx += g * m);
            }
            None => {}
        }
    }
}
