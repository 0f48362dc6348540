//! RMS norm, rotary embedding, activations and caps over slices, forward and backward.

use super::simd::{dot, exp, tanh, vectorised};

vectorised! {
    /// RMS norm of rows, y = x inv w with inv = 1 / sqrt(mean(x^2) + eps); writes y and inv of every row.
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
    /// Gradient of the RMS norm: dx += inv (dy w) - x inv^3 / width sum(dy w x). Overwrites `dy`.
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

vectorised! {
    /// Rotary embedding in place: the halves (a, b) of a head become (a cos - b sin, b cos + a sin).
    ///
    /// x: [N, heads * 2 half]; cos, sin: [N or a divisor of it, half], repeated from the start. A `sign` of -1 rotates back.
    pub(super) fn rotate<'a>(x: &'a mut [f32], heads: usize, half: usize, cos: &'a [f32], sin: &'a [f32], sign: f32) {
        let mut place = 0;
        for token in x.chunks_exact_mut(heads * 2 * half) {
            let (cos_here, sin_here) = (&cos[place..place + half], &sin[place..place + half]);
            for head in token.chunks_exact_mut(2 * half) {
                let (a, b) = head.split_at_mut(half);
                for i in 0..half {
                    let (x, y, s) = (a[i], b[i], sign * sin_here[i]);
                    a[i] = x * cos_here[i] - y * s;
                    b[i] = y * cos_here[i] + x * s;
                }
            }
            place = if place + half == cos.len() { 0 } else { place + half };
        }
    }
}

vectorised! {
    /// y = silu(gate) up, with silu(z) = z s(z) and s(z) = 1 / (1 + exp(-z)).
    pub(super) fn swiglu<'a>(gate: &'a [f32], up: &'a [f32], y: &'a mut [f32]) {
        for ((y, z), up) in y.iter_mut().zip(gate).zip(up) {
            *y = z / (1.0 + exp(-z)) * up;
        }
    }
}

vectorised! {
    /// Gradient of SwiGLU, with silu'(z) = s (1 + z (1 - s)): replaces dy by d gate and writes d up.
    pub(super) fn swiglu_back<'a>(gate: &'a [f32], up: &'a [f32], dy: &'a mut [f32], d_up: &'a mut [f32]) {
        for (((dy, d_up), z), up) in dy.iter_mut().zip(d_up).zip(gate).zip(up) {
            let s = 1.0 / (1.0 + exp(-z));
            *d_up = *dy * z * s;
            *dy *= up * s * (1.0 + z * (1.0 - s));
        }
    }
}

/// 2 sqrt(2 / pi), and its product with the cubic coefficient of the tanh approximation of GELU.
const GELU: [f32; 2] = [1.595_769, 0.071_354_814];

vectorised! {
    /// y = gelu(gate) up, with gelu(z) = z s(v), s(v) = 1 / (1 + exp(-v)) and v = 2 sqrt(2 / pi) (z + 0.044715 z^3), which is the tanh
    /// approximation z (1 + tanh(v / 2)) / 2.
    pub(super) fn geglu<'a>(gate: &'a [f32], up: &'a [f32], y: &'a mut [f32]) {
        for ((y, z), up) in y.iter_mut().zip(gate).zip(up) {
            let v = z * (GELU[0] + GELU[1] * z * z);
            *y = z / (1.0 + exp(-v)) * up;
        }
    }
}

vectorised! {
    /// Gradient of GEGLU, with gelu'(z) = s (1 + z (1 - s) v'): replaces dy by d gate and writes d up.
    pub(super) fn geglu_back<'a>(gate: &'a [f32], up: &'a [f32], dy: &'a mut [f32], d_up: &'a mut [f32]) {
        for (((dy, d_up), z), up) in dy.iter_mut().zip(d_up).zip(gate).zip(up) {
            let square = z * z;
            let s = 1.0 / (1.0 + exp(-z * (GELU[0] + GELU[1] * square)));
            *d_up = *dy * z * s;
            *dy *= up * s * (1.0 + z * (1.0 - s) * (GELU[0] + 3.0 * GELU[1] * square));
        }
    }
}

vectorised! {
    /// x = c tanh(x / c).
    pub(super) fn bound<'a>(x: &'a mut [f32], cap: f32) {
        let inverse = 1.0 / cap;
        for x in x.iter_mut() {
            *x = cap * tanh(*x * inverse);
        }
    }
}

vectorised! {
    /// Gradient of [`bound`] from its result y: d *= 1 - (y / c)^2.
    pub(super) fn bound_back<'a>(y: &'a [f32], cap: f32, d: &'a mut [f32]) {
        let inverse = 1.0 / cap;
        for (d, y) in d.iter_mut().zip(y) {
            let t = y * inverse;
            *d *= 1.0 - t * t;
        }
    }
}
