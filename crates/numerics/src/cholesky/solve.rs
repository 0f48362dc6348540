//! Triangular solves with one right-hand side, in the two orders of summation.

use std::fmt::Debug;

use super::Rows;
use crate::sums::{axpy, dot, dot_in_order, dots};
use crate::vectorised;

/// The order in which a [`Cholesky`](super::Cholesky) adds products. Results of different orders differ by rounding only.
///
/// Implemented by [`Lanes`] and [`InOrder`] and by nothing outside this crate.
pub trait Summation: Copy + Debug + private::Sealed {
    /// `a . b`.
    fn dot(a: &[f64], b: &[f64]) -> f64;
    /// `b <- L^{-1} b`.
    fn forward(rows: Rows<'_>, b: &mut [f64]);
    /// `b <- L^{-T} b`.
    fn backward(rows: Rows<'_>, b: &mut [f64]);
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Lanes {}
    impl Sealed for super::InOrder {}
}

/// Eight lanes, four rows at a time: fast for hundreds of rows.
#[derive(Clone, Copy, Debug)]
pub struct Lanes;

/// From left to right, row by row: the textbook's order.
#[derive(Clone, Copy, Debug)]
pub struct InOrder;

impl Summation for Lanes {
    #[inline(always)]
    fn dot(a: &[f64], b: &[f64]) -> f64 {
        dot(a, b)
    }

    fn forward(rows: Rows<'_>, b: &mut [f64]) {
        forward_in_lanes(rows, b);
    }

    fn backward(rows: Rows<'_>, b: &mut [f64]) {
        backward_in_lanes(rows, b);
    }
}

impl Summation for InOrder {
    #[inline(always)]
    fn dot(a: &[f64], b: &[f64]) -> f64 {
        dot_in_order(a, b)
    }

    fn forward(rows: Rows<'_>, b: &mut [f64]) {
        for i in 0..rows.n {
            let row = rows.row(i);
            b[i] = (b[i] - dot_in_order(&row[..i], &b[..i])) / row[i];
        }
    }

    fn backward(rows: Rows<'_>, b: &mut [f64]) {
        for i in (0..rows.n).rev() {
            let row = rows.row(i);
            b[i] /= row[i];
            axpy(-b[i], &row[..i], &mut b[..i]);
        }
    }
}

/// Rows taken together, so that each load of `b` serves all of them.
const ROWS: usize = 4;

vectorised! {
    /// `b <- L^{-1} b`.
    fn forward_in_lanes<'a>(factor: Rows<'a>, b: &'a mut [f64]) {
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
    fn backward_in_lanes<'a>(factor: Rows<'a>, b: &'a mut [f64]) {
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
