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

/// The columns of rows, in parts of these widths.
pub(super) fn split<const N: usize>(rows: &[f32], widths: [usize; N]) -> [Vec<f32>; N] {
    let total: usize = widths.iter().sum();
    let mut from = 0;
    widths.map(|width| {
        let part = rows.chunks_exact(total).flat_map(|row| &row[from..from + width]).copied().collect();
        from += width;
        part
    })
}

/// Parts of rows as the columns of one matrix; undoes [`split`].
pub(super) fn join<const N: usize>(parts: [&[f32]; N], widths: [usize; N]) -> Vec<f32> {
    let count = parts[0].len() / widths[0];
    let row = |i: usize| parts.into_iter().zip(widths).flat_map(move |(part, width)| &part[i * width..(i + 1) * width]);
    (0..count).flat_map(row).copied().collect()
}

/// to = scale a b.
pub(super) fn product(to: MatMut<'_, f32>, a: MatRef<'_, f32>, b: MatRef<'_, f32>, scale: f32) {
    matmul(to, Accum::Replace, a, b, scale, Par::Seq);
}

/// to += scale a b.
pub(super) fn add_product(to: MatMut<'_, f32>, a: MatRef<'_, f32>, b: MatRef<'_, f32>, scale: f32) {
    matmul(to, Accum::Add, a, b, scale, Par::Seq);
}
