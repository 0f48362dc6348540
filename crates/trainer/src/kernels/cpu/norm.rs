//! RMS norm of rows: y = x inv w with inv = 1 / sqrt(mean(x^2) + eps).

use super::simd::{dot, vectorised};

vectorised! {
    /// y of every row, and inv.
    pub(super) fn norm<'a>(x: &'a [f32], weight: &'a [f32], eps: f32, y: &'a mut [f32], inverse: &'a mut [f32]) {
        let width = weight.len();
        for ((x, y), inverse) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)).zip(inverse) {
            *inverse = 1.0 / (dot(x, x) / width as f32 + eps).sqrt();
            let inv = *inverse;
            for ((y, x), w) in y.iter_mut().zip(x).zip(weight) {
                *y = x * inv * w;
            }
        }
    }
}

vectorised! {
    /// dx += inv (dy w) - x inv^3 / width sum(dy w x). `dy` is spent as scratch.
    pub(super) fn norm_back<'a>(
        x: &'a [f32], weight: &'a [f32], inverse: &'a [f32], dy: &'a mut [f32], dx: &'a mut [f32],
    ) {
        let width = weight.len();
        let rows = x.chunks_exact(width).zip(dy.chunks_exact_mut(width)).zip(dx.chunks_exact_mut(width));
        for (((x, dy), dx), &inv) in rows.zip(inverse) {
            for (dy, w) in dy.iter_mut().zip(weight) {
                *dy *= w;
            }
            let pull = dot(dy, x) * inv * inv * inv / width as f32;
            for ((dx, dy), x) in dx.iter_mut().zip(dy.iter()).zip(x) {
                *dx += inv * dy - pull * x;
            }
        }
    }
}
