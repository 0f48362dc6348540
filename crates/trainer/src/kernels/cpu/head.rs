//! The last norm, the output head and the cross-entropy, at the positions with a target only.

use super::elementwise::{bound, bound_back, norm, norm_back};
use super::matrix::{add_product, product, rows, rows_mut};
use super::simd::{exp, largest, sum, vectorised};

/// Most logits held at once: positions are processed in groups, which bounds memory for large vocabularies.
const LOGITS: usize = 1 << 21;

/// The output head.
pub(super) struct Head<'a> {
    /// `[H]`.
    pub(super) norm: &'a [f32],
    /// [V, H].
    pub(super) weight: &'a [f32],
    pub(super) eps: f32,
    /// Factor of the logits.
    pub(super) scale: f32,
    /// Bound of the logits.
    pub(super) cap: Option<f32>,
}

impl Head<'_> {
    /// Losses in nats at the rows `at` of `hidden` [N, H]. `back` is a weight and the gradient with respect to `hidden`, to which that
    /// of weight * sum(losses) is added.
    pub(super) fn losses(
        &self,
        hidden: &[f32],
        at: &[u32],
        targets: &[u32],
        back: Option<(f32, &mut [f32])>,
    ) -> Vec<f32> {
        let vocabulary = self.weight.len() / self.norm.len();
        self.losses_by((LOGITS / vocabulary).max(1), hidden, at, targets, back)
    }

    /// The same, `group` positions at a time.
    fn losses_by(
        &self,
        group: usize,
        hidden: &[f32],
        at: &[u32],
        targets: &[u32],
        mut back: Option<(f32, &mut [f32])>,
    ) -> Vec<f32> {
        let width = self.norm.len();
        let vocabulary = self.weight.len() / width;
        let mut losses = vec![0.0; at.len()];
        for ((at, targets), losses) in at.chunks(group).zip(targets.chunks(group)).zip(losses.chunks_mut(group)) {
            let x: Vec<f32> = at.iter().flat_map(|&i| &hidden[i as usize * width..][..width]).copied().collect();
            let (mut normed, mut inverse) = (vec![0.0; x.len()], vec![0.0; at.len()]);
            norm(&x, self.norm, self.eps, &mut normed, &mut inverse);
            let mut logits = vec![0.0; at.len() * vocabulary];
            let head = rows(self.weight, width);
            product(rows_mut(&mut logits, vocabulary), rows(&normed, width), head.transpose(), self.scale);
            let capped = self.cap.map(|cap| {
                bound(&mut logits, cap);
                (cap, logits.clone())
            });
            let weight = back.as_ref().map_or(0.0, |(weight, _)| *weight);
            cross_entropy(&mut logits, vocabulary, targets, weight, losses);
            if let Some((_, d_hidden)) = &mut back {
                if let Some((cap, capped)) = &capped {
                    bound_back(capped, *cap, &mut logits);
                }
                normed.fill(0.0);
                add_product(rows_mut(&mut normed, width), rows(&logits, vocabulary), head, self.scale);
                let mut dx = vec![0.0; x.len()];
                norm_back(&x, self.norm, &inverse, &mut normed, &mut dx);
                for (&i, dx) in at.iter().zip(dx.chunks_exact(width)) {
                    d_hidden[i as usize * width..][..width].iter_mut().zip(dx).for_each(|(d, g)| *d += g);
                }
            }
        }
        losses
    }
}

vectorised! {
    /// -log softmax at the target of every row; replaces the logits by the gradient of `weight` * sum(losses).
    fn cross_entropy<'a>(
        logits: &'a mut [f32], vocabulary: usize, targets: &'a [u32], weight: f32, losses: &'a mut [f32],
    ) {
        for ((row, &target), loss) in logits.chunks_exact_mut(vocabulary).zip(targets).zip(losses) {
            let top = largest(row);
            let own = row[target as usize];
            for z in row.iter_mut() {
                *z = exp(*z - top);
            }
            let total = sum(row);
            *loss = total.ln() + top - own;
            let share = weight / total;
            for z in row.iter_mut() {
                *z *= share;
            }
            row[target as usize] -= weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_change_nothing() {
        let wave = |n: usize, step: f32| (0..n).map(|i| ((i + 1) as f32 * step).sin()).collect::<Vec<f32>>();
        let (norm, weight, hidden) = (wave(4, 1.3), wave(4 * 9, 0.7), wave(4 * 6, 0.9));
        let head = Head { norm: &norm, weight: &weight, eps: 1e-5, scale: 0.5, cap: Some(2.0) };
        // a position may have two targets
        let (at, targets) = ([0, 2, 3, 3, 5, 4, 1], [8, 0, 1, 2, 3, 4, 5]);
        let by = |group| {
            let mut d_hidden = vec![0.0; hidden.len()];
            let losses = head.losses_by(group, &hidden, &at, &targets, Some((0.3, &mut d_hidden)));
            losses.into_iter().chain(d_hidden).collect::<Vec<f32>>()
        };
        let whole = by(7);
        assert!(whole.iter().all(|v| v.is_finite() && *v != 0.0));
        for group in [1, 2, 3, 6] {
            assert!(
                whole.iter().zip(by(group)).all(|(a, b)| (a - b).abs() < 1e-6),
                "{group}: {whole:?} {:?}",
                by(group)
            );
        }
    }
}
