//! The Cholesky factor of a symmetric matrix that grows and shrinks by rows.

mod solve;
#[cfg(test)]
mod tests;

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

    /// The factor of these rows of `L`, one after another, each up to and with its diagonal entry; `None` where they are no triangle.
    /// It is the factor that [`Self::row`] and [`Self::jitter`] read, to the last bit.
    pub fn from_factor(triangle: &[f64], jitter: f64) -> Option<Self> {
        let n = ((8.0 * triangle.len() as f64 + 1.0).sqrt() as usize).saturating_sub(1) / 2;
        if n * (n + 1) / 2 != triangle.len() {
            return None;
        }
        let stride = capacity_for(n);
        let mut rows = vec![0.0; stride * stride];
        for i in 0..n {
            rows[i * stride..=i * stride + i].copy_from_slice(&triangle[i * (i + 1) / 2..][..=i]);
        }
        Some(Self { n, stride, rows, jitter, summation: PhantomData })
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
