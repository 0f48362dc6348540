//! Rotary embedding in place: the halves (a, b) of a head become (a cos - b sin, b cos + a sin).

use super::simd::vectorised;

vectorised! {
    /// x: [N, heads * 2 half]; cos, sin: [N or a divisor of it, half], repeated from the start. `sign` -1 turns back.
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
