//! Products of row-major matrices with faer, on the calling thread.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// The values as rows of `columns`.
pub(super) fn rows(values: &[f32], columns: usize) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(values, values.len() / columns, columns)
}

/// The values as mutable rows of `columns`.
pub(super) fn rows_mut(values: &mut [f32], columns: usize) -> MatMut<'_, f32> {
    MatMut::from_row_major_slice_mut(values, values.len() / columns, columns)
}

/// to = scale a b.
pub(super) fn product(to: MatMut<'_, f32>, a: MatRef<'_, f32>, b: MatRef<'_, f32>, scale: f32) {
    matmul(to, Accum::Replace, a, b, scale, Par::Seq);
}

/// to += scale a b.
pub(super) fn add_product(to: MatMut<'_, f32>, a: MatRef<'_, f32>, b: MatRef<'_, f32>, scale: f32) {
    matmul(to, Accum::Add, a, b, scale, Par::Seq);
}
