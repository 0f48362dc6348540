//! Triangular solves with one right-hand side. Rows go four at a time, so that each load of `b` serves four of them.

use super::Cholesky;
use crate::lanes::{axpy, dot, dots};
use crate::simd::vectorised;

const ROWS: usize = 4;

vectorised! {
    /// `b <- L^{-1} b`.
    pub(super) fn forward<'a>(factor: &'a Cholesky, b: &'a mut [f64]) {
        let whole = factor.n - factor.n % ROWS;
        let mut i = 0;
        while i < whole {
            let (done, rest) = b.split_at_mut(i);
            let rows = [factor.row(i), factor.row(i + 1), factor.row(i + 2), factor.row(i + 3)];
            let sums = dots(rows, done);
            for r in 0..ROWS {
                let row = &rows[r][i..];
                let mut left = rest[r] - sums[r];
                for k in 0..r {
                    left -= row[k] * rest[k];
                }
                rest[r] = left / row[r];
            }
            i += ROWS;
        }
        for i in whole..factor.n {
            let row = factor.row(i);
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
    }
}

vectorised! {
    /// `b <- L^{-T} b`.
    pub(super) fn backward<'a>(factor: &'a Cholesky, b: &'a mut [f64]) {
        let whole = factor.n - factor.n % ROWS;
        for i in (whole..factor.n).rev() {
            let row = factor.row(i);
            b[i] /= row[i];
            axpy(-b[i], &row[..i], &mut b[..i]);
        }
        let mut i = whole;
        while i > 0 {
            i -= ROWS;
            let (above, rest) = b.split_at_mut(i);
            let rows = [factor.row(i), factor.row(i + 1), factor.row(i + 2), factor.row(i + 3)];
            for r in (0..ROWS).rev() {
                let mut left = rest[r];
                for k in r + 1..ROWS {
                    left -= rows[k][i + r] * rest[k];
                }
                rest[r] = left / rows[r][i + r];
            }
            let (x, y, z, w) = (rest[0], rest[1], rest[2], rest[3]);
            let (p, q, s, t) = (&rows[0][..i], &rows[1][..i], &rows[2][..i], &rows[3][..i]);
            for j in 0..i {
                above[j] -= (x * p[j] + y * q[j]) + (z * s[j] + w * t[j]);
            }
        }
    }
}
