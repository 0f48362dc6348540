//! Causal grouped-query attention, one block of queries at a time: scores are discarded after their block, as in Dao et al. (2022) but
//! without tiling the keys. The backward pass recomputes the weights from the logarithms of their sums.

use super::elementwise::{bound, bound_back};
use super::matrix::{add_product, product, rows, rows_mut};
use super::simd::{dot, exp, largest, sum, vectorised};

/// Queries per block; keys after the block's last query are never read.
const BLOCK: usize = 64;

/// Sizes of attention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    /// Number of rows, R.
    pub(super) rows: usize,
    /// Tokens per row, T.
    pub(super) length: usize,
    /// Query heads.
    pub(super) heads: usize,
    /// Key and value heads.
    pub(super) kv_heads: usize,
    /// Width of a head, D.
    pub(super) dim: usize,
    /// Factor s of the scores.
    pub(super) scale: f32,
    /// Bound of the scores.
    pub(super) cap: Option<f32>,
    /// How many of the last tokens a token attends to, its own included.
    pub(super) window: usize,
}

/// Location of a block of queries of one head.
#[derive(Clone, Copy)]
struct Block<'s> {
    /// First row of the block's queries in [R * T, heads * D], and of the keys.
    query: usize,
    key: usize,
    /// First column of the head, and of its key-value head.
    head: usize,
    kv: usize,
    /// Queries from..to of the row; keys 0..to.
    from: usize,
    to: usize,
    /// First element in [R, heads, T].
    log_sum: usize,
    /// Segments of the row's tokens, or empty.
    segments: &'s [u32],
}

impl Heads {
    fn blocks<'s>(self, segments: &'s [Vec<u32>]) -> impl Iterator<Item = Block<'s>> {
        let Self { rows, length, heads, kv_heads, dim, .. } = self;
        let places = (0..rows).flat_map(move |r| (0..heads).map(move |h| (r, h)));
        places.flat_map(move |(r, h)| {
            (0..length).step_by(BLOCK).map(move |from| Block {
                query: r * length + from,
                key: r * length,
                head: h * dim,
                kv: h / (heads / kv_heads) * dim,
                from,
                to: (from + BLOCK).min(length),
                log_sum: (r * heads + h) * length + from,
                segments: segments.get(r).map_or(&[], Vec::as_slice),
            })
        })
    }
}

/// Queries [R * T, heads * D], keys and values [R * T, kv_heads * D].
#[derive(Clone, Copy)]
pub(super) struct Attended<'a> {
    pub(super) q: &'a [f32],
    pub(super) k: &'a [f32],
    pub(super) v: &'a [f32],
}

/// softmax(cap(s q k^T)) v, [R * T, heads * D], and the logarithms of the softmax's sums, [R, heads, T].
pub(super) fn attend(x: Attended<'_>, sizes: Heads, segments: &[Vec<u32>]) -> (Vec<f32>, Vec<f32>) {
    let (d, wide, narrow) = (sizes.dim, sizes.heads * sizes.dim, sizes.kv_heads * sizes.dim);
    let mut mixed = vec![0.0; x.q.len()];
    let mut log_sums = vec![0.0; sizes.rows * sizes.heads * sizes.length];
    let mut buffer = vec![0.0; BLOCK * sizes.length];
    let (q, k, v) = (rows(x.q, wide), rows(x.k, narrow), rows(x.v, narrow));
    for b in sizes.blocks(segments) {
        let n = b.to - b.from;
        let scores = &mut buffer[..n * b.to];
        let keys = k.submatrix(b.key, b.kv, b.to, d).transpose();
        product(rows_mut(scores, b.to), q.submatrix(b.query, b.head, n, d), keys, sizes.scale);
        if let Some(cap) = sizes.cap {
            bound(scores, cap);
        }
        let seen = Seen { from: b.from, to: b.to, window: sizes.window, segments: b.segments };
        softmax(scores, seen, &mut log_sums[b.log_sum..b.log_sum + n]);
        let to = rows_mut(&mut mixed, wide).submatrix_mut(b.query, b.head, n, d);
        product(to, rows(scores, b.to), v.submatrix(b.key, b.kv, b.to, d), 1.0);
    }
    (mixed, log_sums)
}

/// Gradients with respect to q, k and v from that with respect to the output `mixed`.
pub(super) fn attend_back(
    x: Attended<'_>,
    sizes: Heads,
    segments: &[Vec<u32>],
    (mixed, log_sums): (&[f32], &[f32]),
    d_mixed: &[f32],
) -> [Vec<f32>; 3] {
    let (d, wide, narrow, scale) = (sizes.dim, sizes.heads * sizes.dim, sizes.kv_heads * sizes.dim, sizes.scale);
    let (mut dq, mut dk, mut dv) = (vec![0.0; x.q.len()], vec![0.0; x.k.len()], vec![0.0; x.v.len()]);
    let (mut buffer, mut other) = (vec![0.0; BLOCK * sizes.length], vec![0.0; BLOCK * sizes.length]);
    let mut capped = sizes.cap.map_or(vec![], |_| buffer.clone());
    let mut pulls = [0.0; BLOCK];
    let (q, k, v, g) = (rows(x.q, wide), rows(x.k, narrow), rows(x.v, narrow), rows(d_mixed, wide));
    for b in sizes.blocks(segments) {
        let n = b.to - b.from;
        let (weights, d_weights) = (&mut buffer[..n * b.to], &mut other[..n * b.to]);
        let (queries, up) = (q.submatrix(b.query, b.head, n, d), g.submatrix(b.query, b.head, n, d));
        let (keys, values) = (k.submatrix(b.key, b.kv, b.to, d), v.submatrix(b.key, b.kv, b.to, d));
        product(rows_mut(weights, b.to), queries, keys.transpose(), scale);
        if let Some(cap) = sizes.cap {
            bound(weights, cap);
            capped[..weights.len()].copy_from_slice(weights);
        }
        let seen = Seen { from: b.from, to: b.to, window: sizes.window, segments: b.segments };
        softmax_again(weights, seen, &log_sums[b.log_sum..b.log_sum + n]);
        let to = rows_mut(&mut dv, narrow).submatrix_mut(b.key, b.kv, b.to, d);
        add_product(to, rows(weights, b.to).transpose(), up, 1.0);
        product(rows_mut(d_weights, b.to), up, values.transpose(), 1.0);
        for (i, pull) in pulls[..n].iter_mut().enumerate() {
            let at = (b.query + i) * wide + b.head;
            *pull = dot(&d_mixed[at..at + d], &mixed[at..at + d]);
        }
        softmax_back(weights, d_weights, b.to, &pulls[..n]);
        if let Some(cap) = sizes.cap {
            bound_back(&capped[..d_weights.len()], cap, d_weights);
        }
        let to = rows_mut(&mut dq, wide).submatrix_mut(b.query, b.head, n, d);
        product(to, rows(d_weights, b.to), keys, scale);
        let to = rows_mut(&mut dk, narrow).submatrix_mut(b.key, b.kv, b.to, d);
        add_product(to, rows(d_weights, b.to).transpose(), queries, scale);
    }
    [dq, dk, dv]
}

/// Which keys a block of queries sees: those of the last `window` tokens, of the query's own segment.
#[derive(Clone, Copy)]
struct Seen<'a> {
    /// First query.
    from: usize,
    /// End of the keys.
    to: usize,
    window: usize,
    segments: &'a [u32],
}

impl Seen<'_> {
    /// The scores of the keys that query `i` of the block sees; the others become zero.
    #[inline(always)]
    fn only<'s>(&self, i: usize, row: &'s mut [f32]) -> &'s mut [f32] {
        let query = self.from + i;
        let (seen, later) = row.split_at_mut(query + 1);
        later.fill(0.0);
        let first = (query + 1).saturating_sub(self.window);
        let (earlier, seen) = seen.split_at_mut(first);
        earlier.fill(0.0);
        if let Some(own) = self.segments.get(query) {
            for (score, segment) in seen.iter_mut().zip(&self.segments[first..]) {
                *score = if segment == own { *score } else { f32::NEG_INFINITY };
            }
        }
        seen
    }
}

vectorised! {
    /// Softmax of each row over the visible keys, zero elsewhere; writes the logarithms of the sums.
    fn softmax<'a>(scores: &'a mut [f32], keys: Seen<'a>, log_sums: &'a mut [f32]) {
        for ((i, row), log_sum) in scores.chunks_exact_mut(keys.to).enumerate().zip(log_sums) {
            let seen = keys.only(i, row);
            let top = largest(seen);
            for s in seen.iter_mut() {
                *s = exp(*s - top);
            }
            let total = sum(seen);
            *log_sum = top + total.ln();
            let share = 1.0 / total;
            for s in seen.iter_mut() {
                *s *= share;
            }
        }
    }
}

vectorised! {
    /// The same softmax, recomputed from the logarithms of its sums.
    fn softmax_again<'a>(scores: &'a mut [f32], keys: Seen<'a>, log_sums: &'a [f32]) {
        for ((i, row), log_sum) in scores.chunks_exact_mut(keys.to).enumerate().zip(log_sums) {
            for s in keys.only(i, row).iter_mut() {
                *s = exp(*s - log_sum);
            }
        }
    }
}

vectorised! {
    /// Replaces dw by w (dw - pull), the gradient with respect to the scores.
    fn softmax_back<'a>(weights: &'a [f32], d_weights: &'a mut [f32], to: usize, pulls: &'a [f32]) {
        for ((w, dw), pull) in weights.chunks_exact(to).zip(d_weights.chunks_exact_mut(to)).zip(pulls) {
            for (dw, w) in dw.iter_mut().zip(w) {
                *dw = w * (*dw - pull);
            }
        }
    }
}
