//! The Cholesky factor of a symmetric matrix that grows and shrinks by rows.

mod solve;

use std::marker::PhantomData;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{MatMut, MatRef, Par};
use thiserror::Error;

pub use self::solve::{InOrder, Lanes, Summation};
use crate::sums::dot;

/// Jitter tried in turn, relative to the mean of the diagonal.
const JITTER_LADDER: [f64; 8] = [0.0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];
/// Right-hand sides that [`Cholesky::solve_lower_many`] should be given together: enough to be a matrix product, few enough to
/// stay in cache.
pub const CHUNK: usize = 64;

/// Why a matrix has no factor.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum CholeskyError {
    /// The slice has the wrong length.
    #[error("a matrix with {expected} entries expected, found {found}")]
    Shape {
        /// Entries given.
        found: usize,
        /// Entries expected, `n * n`.
        expected: usize,
    },
    /// Even the largest jitter does not make the matrix positive definite.
    #[error("the matrix of {n} rows is not positive definite, even with {jitter:e} of its mean diagonal added")]
    NotPositiveDefinite {
        /// Rows.
        n: usize,
        /// The largest jitter tried, relative to the mean of the diagonal.
        jitter: f64,
    },
    /// An appended row makes the matrix singular or indefinite.
    #[error("row {row} makes the matrix indefinite: its squared pivot is {pivot:e}")]
    Pivot {
        /// Its index.
        row: usize,
        /// Its squared pivot, `a_nn - l . l`: the conditional variance where the matrix is a covariance.
        pivot: f64,
    },
}

/// Lower triangular `L` with `L L^T = A + jitter I`.
///
/// `L` is stored by rows, so that appending a row `(a, d)` of `A` is one triangular solve, `L l = a` with last pivot
/// `sqrt(d + jitter - l . l)`, and O(n) of new memory. faer factorises and solves many right-hand sides, but appends no rows.
///
/// `S` is the order of [`Summation`]: [`Lanes`] (the default) for large matrices, [`InOrder`] for small ones, whose factors then
/// are those of the textbook algorithm to the last bit.
///
/// | to do | with | cost |
/// | --- | --- | --- |
/// | factorise, with jitter where needed | [`Cholesky::new`] | O(n^3) |
/// | factorise without jitter | [`Cholesky::from_rows`] | O(n^3) |
/// | append or remove a row and column | [`Cholesky::append`], [`Cholesky::remove`] | O(n^2) |
/// | solve | [`Cholesky::solve`], [`Cholesky::solve_lower`], [`Cholesky::solve_upper`] | O(n^2) |
/// | invert | [`Cholesky::inverse`], [`Cholesky::inverse_diagonal`] | O(n^3) |
///
/// ```
/// use numerics::Cholesky;
///
/// let mut factor = Cholesky::new(&[4.0], 1)?;
/// factor.append(&mut [2.0], 3.0)?; // now of [[4, 2], [2, 3]]
/// let mut x = [1.0, 2.0];
/// factor.solve(&mut x);
/// assert!((4.0 * x[0] + 2.0 * x[1] - 1.0).abs() < 1e-12);
/// # Ok::<(), numerics::CholeskyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cholesky<S: Summation = Lanes> {
    n: usize,
    stride: usize,
    rows: Vec<f64>,
    jitter: f64,
    summation: PhantomData<S>,
}

/// The factor of a matrix without rows.
impl<S: Summation> Default for Cholesky<S> {
    fn default() -> Self {
        Self { n: 0, stride: 0, rows: vec![], jitter: 0.0, summation: PhantomData }
    }
}

impl Cholesky {
    /// Factorises a symmetric matrix given by the lower triangle of its columns (`matrix[j * n + i]`, `i >= j`) with the smallest
    /// jitter that makes it positive definite: none, else 1e-10 to 1e-4 times the mean of its diagonal.
    ///
    /// # Errors
    /// [`CholeskyError::Shape`] where `matrix` does not hold `n * n` numbers, [`CholeskyError::NotPositiveDefinite`] where even the
    /// largest jitter is not enough.
    pub fn new(matrix: &[f64], n: usize) -> Result<Self, CholeskyError> {
        if matrix.len() != n * n {
            return Err(CholeskyError::Shape { found: matrix.len(), expected: n * n });
        }
        let mean_diagonal = (0..n).map(|i| matrix[i * n + i]).sum::<f64>() / n.max(1) as f64;
        let mut work = vec![0.0; n * n];
        for relative in JITTER_LADDER {
            let jitter = relative * mean_diagonal;
            work.copy_from_slice(matrix);
            (0..n).for_each(|i| work[i * n + i] += jitter);
            if factorise_in_place(&mut work, n) {
                let stride = capacity_for(n);
                let mut rows = vec![0.0; stride * stride];
                for i in 0..n {
                    for j in 0..=i {
                        rows[i * stride + j] = work[j * n + i];
                    }
                }
                return Ok(Self { n, stride, rows, jitter, summation: PhantomData });
            }
        }
        let largest = JITTER_LADDER[JITTER_LADDER.len() - 1];
        Err(CholeskyError::NotPositiveDefinite { n, jitter: largest })
    }

    /// `B <- L^{-1} B`, with the right-hand sides one after another.
    pub fn solve_lower_many(&self, b: &mut [f64]) {
        let (n, many) = (self.n, b.len() / self.n.max(1));
        let factor = MatRef::from_row_major_slice_with_stride(&self.rows, n, n, self.stride);
        let b = MatMut::from_column_major_slice_mut(b, n, many);
        solve_lower_triangular_in_place(factor, b, Par::Seq);
    }

    /// The diagonal of `A^{-1}`: the squared column norms of `L^{-1}`.
    pub fn inverse_diagonal(&self) -> Vec<f64> {
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

impl<S: Summation> Cholesky<S> {
    /// Factorises a symmetric matrix given by the lower triangle of its rows (`matrix[i * n + j]`, `j <= i`), without jitter.
    ///
    /// # Errors
    /// [`CholeskyError::Shape`] where `matrix` does not hold `n * n` numbers, [`CholeskyError::Pivot`] where it is not safely
    /// positive definite.
    pub fn from_rows(matrix: &[f64], n: usize) -> Result<Self, CholeskyError> {
        if matrix.len() != n * n {
            return Err(CholeskyError::Shape { found: matrix.len(), expected: n * n });
        }
        let mut factor = Self { stride: n, rows: matrix.to_vec(), ..Self::default() };
        for i in 0..n {
            let (above, rest) = factor.rows.split_at_mut(i * n);
            let (row, diagonal) = rest[..=i].split_at_mut(i);
            S::forward(Rows { data: above, n: i, stride: n }, row);
            diagonal[0] = pivot::<S>(row, diagonal[0])?.sqrt();
        }
        factor.n = n;
        Ok(factor)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// What was added to the diagonal, in units of the matrix.
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Row `i` of `L`, up to and with its diagonal entry.
    #[inline(always)]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.rows[i * self.stride..=i * self.stride + i]
    }

    fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.rows[i * self.stride..=i * self.stride + i]
    }

    fn view(&self) -> Rows<'_> {
        Rows { data: &self.rows, n: self.n, stride: self.stride }
    }

    /// `ln |A + jitter I|`.
    pub fn log_determinant(&self) -> f64 {
        2.0 * (0..self.n).map(|i| self.row(i)[i].ln()).sum::<f64>()
    }

    /// Appends the row `(a, diagonal)` of `A` in O(n^2) and returns its squared pivot: the conditional variance of the new entry
    /// where `A` is a covariance. `a` becomes `L^{-1} a`.
    ///
    /// # Errors
    /// [`CholeskyError::Pivot`], and no change of the factor, where the pivot is not safely positive.
    pub fn append(&mut self, a: &mut [f64], diagonal: f64) -> Result<f64, CholeskyError> {
        self.solve_lower(a);
        let pivot = pivot::<S>(a, diagonal + self.jitter)?;
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
        Ok(pivot)
    }

    /// Keeps the leading `n` rows and columns of `A`: their factor is the leading part of `L`.
    pub fn truncate(&mut self, n: usize) {
        self.n = self.n.min(n);
    }

    /// Removes row and column `index` of `A` in O(n^2): rows below lose a column `v`, and their triangle `T` becomes that of
    /// `T T^T + v v^T`, by plane rotations (Gill, Golub, Murray and Saunders 1974).
    pub fn remove(&mut self, index: usize) {
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
    pub fn solve_lower(&self, b: &mut [f64]) {
        S::forward(self.view(), b);
    }

    /// `b <- L^{-T} b`.
    pub fn solve_upper(&self, b: &mut [f64]) {
        S::backward(self.view(), b);
    }

    /// `b <- A^{-1} b`.
    pub fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        self.solve_upper(b);
    }

    /// `A^{-1}`, all of it: `n * n` numbers.
    pub fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        // Columns of L^{-1} as rows: row j holds L^{-1}[j.., j].
        let mut inverse_lower = vec![0.0; n * n];
        for j in 0..n {
            inverse_lower[j * n + j] = 1.0 / self.row(j)[j];
            for i in j + 1..n {
                let s = S::dot(&self.row(i)[j..i], &inverse_lower[j * n + j..j * n + i]);
                inverse_lower[j * n + i] = -s / self.row(i)[i];
            }
        }
        let mut inverse = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let v = S::dot(&inverse_lower[i * n + i..i * n + n], &inverse_lower[j * n + i..j * n + n]);
                inverse[i * n + j] = v;
                inverse[j * n + i] = v;
            }
        }
        inverse
    }
}

/// The rows of a factor.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    data: &'a [f64],
    n: usize,
    stride: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn row(self, i: usize) -> &'a [f64] {
        &self.data[i * self.stride..=i * self.stride + i]
    }
}

/// `diagonal - l . l`, refused where it is not larger than the rounding error of the subtraction.
fn pivot<S: Summation>(l: &[f64], diagonal: f64) -> Result<f64, CholeskyError> {
    let pivot = diagonal - S::dot(l, l);
    let safe = 4.0 * f64::EPSILON * (l.len() + 1) as f64 * diagonal;
    if pivot.is_nan() || pivot <= safe { Err(CholeskyError::Pivot { row: l.len(), pivot }) } else { Ok(pivot) }
}

fn capacity_for(n: usize) -> usize {
    (n + n / 4 + 8).next_multiple_of(8)
}

/// Replaces the lower triangle of `n` columns by its factor; `false` where the matrix is not positive definite.
pub fn factorise_in_place(lower: &mut [f64], n: usize) -> bool {
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default()));
    let matrix = MatMut::from_column_major_slice_mut(lower, n, n);
    let none = LltRegularization::default();
    let done = cholesky_in_place(matrix, none, Par::Seq, MemStack::new(&mut memory), Default::default());
    // faer accepts NaN
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
            let mut grown = Cholesky::new(&leading(&a, n, &keep), m).unwrap();
            for i in m..n {
                let mut row: Vec<f64> = (0..i).map(|j| a[j * n + i]).collect();
                grown.append(&mut row, a[i * n + i]).unwrap();
            }
            assert_same(&grown, &Cholesky::new(&a, n).unwrap());
        }

        #[test]
        fn removing_is_refactorising(n in 2usize..40, values in prop::collection::vec(-1.0..1.0f64, 61), which in 0.0..1.0f64) {
            let a = matrix(n, &values);
            let index = (n as f64 * which) as usize;
            let mut shrunk = Cholesky::new(&a, n).unwrap();
            shrunk.remove(index);
            let keep: Vec<usize> = (0..n).filter(|&i| i != index).collect();
            assert_same(&shrunk, &Cholesky::new(&leading(&a, n, &keep), n - 1).unwrap());
        }

        #[test]
        fn solves_agree(n in 1usize..40, values in prop::collection::vec(-1.0..1.0f64, 61)) {
            let a = matrix(n, &values);
            let l = Cholesky::new(&a, n).unwrap();
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
        let l = Cholesky::new(&ones, 3).unwrap();
        assert!(l.jitter() > 0.0 && l.jitter() <= 1e-4);
        let indefinite = [1.0, 2.0, 2.0, 1.0];
        assert_eq!(
            Cholesky::new(&indefinite, 2).unwrap_err(),
            CholeskyError::NotPositiveDefinite { n: 2, jitter: 1e-4 }
        );
        assert!(Cholesky::new(&[f64::NAN], 1).is_err());
    }

    #[test]
    fn both_orders_of_summation_agree() {
        let values: Vec<f64> = (0..61).map(|i| f64::from(i * 7 % 19) / 9.0 - 1.0).collect();
        for n in [1, 3, 8, 21] {
            let a = matrix(n, &values);
            let rows: Vec<f64> = (0..n * n).map(|k| a[(k % n) * n + k / n]).collect();
            let (lanes, in_order) = (Cholesky::new(&a, n).unwrap(), Cholesky::<InOrder>::from_rows(&rows, n).unwrap());
            assert!((lanes.log_determinant() - in_order.log_determinant()).abs() < 1e-9);
            let (mut x, mut y) = (values[..n].to_vec(), values[..n].to_vec());
            lanes.solve(&mut x);
            in_order.solve(&mut y);
            let inverse = in_order.inverse();
            for i in 0..n {
                let product = crate::sums::dot_in_order(&inverse[i * n..(i + 1) * n], &values[..n]);
                assert!(
                    (x[i] - y[i]).abs() < 1e-8 && (x[i] - product).abs() < 1e-8,
                    "{n}: {} {} {product}",
                    x[i],
                    y[i]
                );
            }
            let mut grown = Cholesky::<InOrder>::default();
            for i in 0..n {
                grown.append(&mut rows[i * n..i * n + i].to_vec(), rows[i * n + i]).unwrap();
                assert_eq!(grown.row(i), in_order.row(i), "from_rows appends");
            }
        }
    }

    #[test]
    fn a_negative_direction_is_refused() {
        let mut factor = Cholesky::<InOrder>::default();
        assert_eq!(factor.append(&mut [], 1.0), Ok(1.0));
        assert_eq!(factor.append(&mut [2.0], 1.0), Err(CholeskyError::Pivot { row: 1, pivot: -3.0 }));
        assert_eq!(factor.len(), 1);
        assert!(Cholesky::<InOrder>::from_rows(&[1.0, 0.0, 2.0, 1.0], 2).is_err());
    }
}
