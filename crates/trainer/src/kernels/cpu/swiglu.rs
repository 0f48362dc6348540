//! silu(gate) up, with silu(z) = z s(z) and s(z) = 1 / (1 + exp(-z)).

use super::simd::{exp, vectorised};

vectorised! {
    /// y = silu(gate) up.
    pub(super) fn swiglu<'a>(gate: &'a [f32], up: &'a [f32], y: &'a mut [f32]) {
        for ((y, z), up) in y.iter_mut().zip(gate).zip(up) {
            *y = z / (1.0 + exp(-z)) * up;
        }
    }
}

vectorised! {
    /// From dy, in its place: d gate; and d up. silu'(z) = s (1 + z (1 - s)).
    pub(super) fn swiglu_back<'a>(gate: &'a [f32], up: &'a [f32], dy: &'a mut [f32], d_up: &'a mut [f32]) {
        for (((dy, d_up), z), up) in dy.iter_mut().zip(d_up).zip(gate).zip(up) {
            let s = 1.0 / (1.0 + exp(-z));
            *d_up = *dy * z * s;
            *dy *= up * s * (1.0 + z * (1.0 - s));
        }
    }
}
