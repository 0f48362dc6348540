//! The Cholesky factor of a covariance matrix that grows and shrinks by rows.

mod solve;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{MatMut, MatRef, Par};
use jobs_core::SurrogateError;

use self::solve::{backward, forward};
use crate::GpError;
use crate::lanes::dot;

/// Jitter tried in turn, relative to the mean of the diagonal.
const JITTER_LADDER: [f64; 8] = [0.0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];
/// Right-hand sides solved together: enough to be a matrix product, few enough to stay in cache.
pub(crate) const CHUNK: usize = 64;

/// Lower triangular `L` with `L L^T = A + jitter I`. Stored by rows, so that appending a row of `A` is one triangular solve
/// (`L l = a`, last pivot `sqrt(a_nn - l.l)`) and O(n) of new memory; faer factorises, but appends no rows.
#[derive(Clone, Debug, Default)]
pub struct Cholesky {
    n: usize,
    stride: usize,
    rows: Vec<f64>,
    jitter: f64,
}

impl Cholesky {
    /// Factorises a symmetric matrix of `n` rows given column by column, of which only the lower triangle is read, with the smallest
    /// jitter that makes it positive definite: none, else 1e-10 to 1e-4 times the mean of its diagonal.
    ///
    /// # Errors
    /// Where `matrix` does not hold `n * n` numbers, and where even the largest jitter is not enough.
    pub fn new(matrix: &[f64], n: usize) -> Result<Self, GpError> {
        if matrix.len() != n * n {
            return Err(GpError::Parameters { found: matrix.len(), expected: n * n });
        }
        Ok(Self::factorise(matrix, n)?)
    }

    /// Factorises `A`, given by the lower triangle of columns (`lower[j * n + i]`, `i >= j`), with the smallest jitter of the
    /// ladder that makes it positive definite.
    pub(crate) fn factorise(lower: &[f64], n: usize) -> Result<Self, SurrogateError> {
        let mean_diagonal = (0..n).map(|i| lower[i * n + i]).sum::<f64>() / n.max(1) as f64;
        let mut work = vec![0.0; n * n];
        for relative in JITTER_LADDER {
            let jitter = relative * mean_diagonal;
            work.copy_from_slice(lower);
            (0..n).for_each(|i| work[i * n + i] += jitter);
            if factorise_in_place(&mut work, n) {
                let stride = capacity_for(n);
                let mut rows = vec![0.0; stride * stride];
                for i in 0..n {
                    for j in 0..=i {
                        rows[i * stride + j] = work[j * n + i];
                    }
                }
                return Ok(Self { n, stride, rows, jitter });
            }
        }
        let largest = JITTER_LADDER[JITTER_LADDER.len() - 1];
        Err(SurrogateError::NotPositiveDefinite { n, jitter: largest })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// What was added to the diagonal.
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    #[inline(always)]
    pub(crate) fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.stride..=i * self.stride + i]
    }

    fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.rows[i * self.stride..=i * self.stride + i]
    }

    /// `ln |A + jitter I|`.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.n).map(|i| self.row(i)[i].ln()).sum::<f64>()
    }

    /// Appends the row `(a, diagonal)` of `A` in O(n^2). `false`, and no change, where the new pivot is not safely positive.
    pub(crate) fn append(&mut self, a: &mut [f64], diagonal: f64) -> bool {
        self.solve_lower(a);
        let diagonal = diagonal + self.jitter;
        let pivot = diagonal - dot(a, a);
        // below this the pivot is rounding error of the subtraction
        let safe = 4.0 * f64::EPSILON * (self.n + 1) as f64 * diagonal;
        if pivot.is_nan() || pivot <= safe {
            return false;
        }
        if self.n == self.stride {
            let stride = capacity_for(self.n + 1);
            let mut rows = vec![0.0; stride * stride];
            for i in 0..self.n {
                rows[i * stride..=i * stride + i].copy_from_slice(self.row(i));
            }
            (self.rows, self.stride) = (rows, stride);
        }
        self.n += 1;
        let row = self.row_mut(self.n - 1);
        let (last, head) = (row.len() - 1, a.len());
        row[..head].copy_from_slice(a);
        row[last] = pivot.sqrt();
        true
    }

    /// Keeps the leading `n` rows and columns of `A`: their factor is the leading part of `L`.
    pub(crate) fn truncate(&mut self, n: usize) {
        self.n = self.n.min(n);
    }

    /// Removes row and column `index` of `A` in O(n^2): rows below lose a column `v`, and their triangle `T` becomes that of
    /// `T T^T + v v^T`, by plane rotations (Gill, Golub, Murray and Saunders 1974).
    pub(crate) fn remove(&mut self, index: usize) {
        let mut rotations: Vec<(f64, f64)> = Vec::with_capacity(self.n - index - 1);
        for i in index + 1..self.n {
            let row = self.row_mut(i);
            let mut v = row[index];
            row.copy_within(index + 1.., index);
            for (t, &(c, s)) in row[index..].iter_mut().zip(&rotations) {
                *t = (*t + s * v) / c;
                v = c * v - s * *t;
            }
            let pivot = row[i - 1];
            let grown = pivot.hypot(v);
            rotations.push((grown / pivot, v / pivot));
            row[i - 1] = grown;
            let (stride, width) = (self.stride, i);
            self.rows.copy_within(i * stride..i * stride + width, (i - 1) * stride);
        }
        self.n -= 1;
    }

    /// `b <- L^{-1} b`.
    pub(crate) fn solve_lower(&self, b: &mut [f64]) {
        forward(self, b);
    }

    /// `b <- L^{-T} b`.
    pub(crate) fn solve_upper(&self, b: &mut [f64]) {
        backward(self, b);
    }

    /// `b <- A^{-1} b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        self.solve_upper(b);
    }

    /// `B <- L^{-1} B`, the right-hand sides one after another.
    pub(crate) fn solve_lower_many(&self, b: &mut [f64]) {
        let (n, many) = (self.n, b.len() / self.n.max(1));
        let factor = MatRef::from_row_major_slice_with_stride(&self.rows, n, n, self.stride);
        let b = MatMut::from_column_major_slice_mut(b, n, many);
        solve_lower_triangular_in_place(factor, b, Par::Seq);
    }

    /// The diagonal of `A^{-1}`: the squared column norms of `L^{-1}`.
    pub(crate) fn inverse_diagonal(&self) -> Vec<f64> {
        let n = self.n;
        let mut diagonal = Vec::with_capacity(n);
        let mut units = vec![0.0; n * CHUNK.min(n)];
        for start in (0..n).step_by(CHUNK) {
            let units = &mut units[..n * CHUNK.min(n - start)];
            units.fill(0.0);
            (0..units.len() / n).for_each(|k| units[k * n + start + k] = 1.0);
            self.solve_lower_many(units);
            diagonal.extend(units.chunks_exact(n).map(|column| dot(column, column)));
        }
        diagonal
    }
}

fn capacity_for(n: usize) -> usize {
    (n + n / 4 + 8).next_multiple_of(8)
}

/// The lower triangle of columns becomes its factor; `false` where it is not positive definite.
pub(crate) fn factorise_in_place(lower: &mut [f64], n: usize) -> bool {
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default()));
    let matrix = MatMut::from_column_major_slice_mut(lower, n, n);
    let none = LltRegularization::default();
    let done = cholesky_in_place(matrix, none, Par::Seq, MemStack::new(&mut memory), Default::default());
    // faer lets NaN through
    done.is_ok() && (0..n).all(|i| lower[i * n + i] > 0.0 && lower[i * n + i].is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `B B^T + 0.1 I` of a random `B`, its lower triangle by columns.
    fn matrix(n: usize, values: &[f64]) -> Vec<f64> {
        let b = |i: usize, k: usize| values[(i * 7 + k * 13) % values.len()] * (1.0 + ((i * k) as f64).sin());
        let mut a = vec![0.0; n * n];
        for j in 0..n {
            for i in 0..n {
                a[j * n + i] = (0..4).map(|k| b(i, k) * b(j, k)).sum::<f64>() + if i == j { 0.1 } else { 0.0 };
            }
        }
        a
    }

    fn leading(a: &[f64], n: usize, keep: &[usize]) -> Vec<f64> {
        keep.iter().flat_map(|&j| keep.iter().map(move |&i| a[j * n + i])).collect()
    }

    fn assert_same(a: &Cholesky, b: &Cholesky) {
        assert_eq!(a.len(), b.len());
        for i in 0..a.len() {
            for (x, y) in a.row(i).iter().zip(b.row(i)) {
                assert!((x - y).abs() < 1e-9, "row {i}: {x} and {y}");
            }
        }
    }

    proptest! {
        #[test]
        fn appending_is_refactorising(n in 2usize..40, values in prop::collection::vec(-1.0..1.0f64, 61), start in 0.0..1.0f64) {
            let a = matrix(n, &values);
            let m = ((n as f64 * start) as usize).max(1);
            let keep: Vec<usize> = (0..m).collect();
            let mut grown = Cholesky::factorise(&leading(&a, n, &keep), m).unwrap();
            for i in m..n {
                let mut row: Vec<f64> = (0..i).map(|j| a[j * n + i]).collect();
                prop_assert!(grown.append(&mut row, a[i * n + i]));
            }
            assert_same(&grown, &Cholesky::factorise(&a, n).unwrap());
        }

        #[test]
        fn removing_is_refactorising(n in 2usize..40, values in prop::collection::vec(-1.0..1.0f64, 61), which in 0.0..1.0f64) {
            let a = matrix(n, &values);
            let index = (n as f64 * which) as usize;
            let mut shrunk = Cholesky::factorise(&a, n).unwrap();
            shrunk.remove(index);
            let keep: Vec<usize> = (0..n).filter(|&i| i != index).collect();
            assert_same(&shrunk, &Cholesky::factorise(&leading(&a, n, &keep), n - 1).unwrap());
        }

        #[test]
        fn solves_agree(n in 1usize..40, values in prop::collection::vec(-1.0..1.0f64, 61)) {
            let a = matrix(n, &values);
            let l = Cholesky::factorise(&a, n).unwrap();
            let b: Vec<f64> = (0..n).map(|i| values[i % 61]).collect();
            let mut x = b.clone();
            l.solve(&mut x);
            for i in 0..n {
                let product: f64 = (0..n).map(|j| a[j * n + i] * x[j]).sum();
                prop_assert!((product - b[i]).abs() < 1e-9);
            }
            let mut many: Vec<f64> = (0..5).flat_map(|k| b.iter().map(move |v| v * f64::from(k))).collect();
            l.solve_lower_many(&mut many);
            let mut single = b.clone();
            l.solve_lower(&mut single);
            for (v, w) in single.iter().zip(&many[3 * n..4 * n]) {
                prop_assert!((w - 3.0 * v).abs() < 1e-9);
            }
            let diagonal = l.inverse_diagonal();
            let mut unit = vec![0.0; n];
            unit[n - 1] = 1.0;
            l.solve(&mut unit);
            prop_assert!((unit[n - 1] - diagonal[n - 1]).abs() < 1e-9);
        }
    }

    #[test]
    fn jitter_is_reported_and_bounded() {
        let ones = vec![1.0; 9];
        let l = Cholesky::factorise(&ones, 3).unwrap();
        assert!(l.jitter() > 0.0 && l.jitter() <= 1e-4);
        let indefinite = [1.0, 2.0, 2.0, 1.0];
        assert_eq!(
            Cholesky::factorise(&indefinite, 2).unwrap_err(),
            SurrogateError::NotPositiveDefinite { n: 2, jitter: 1e-4 }
        );
        assert!(Cholesky::factorise(&[f64::NAN], 1).is_err());
    }
}
