use crate::TheoryError;

/// Lower Cholesky factor of a symmetric matrix that grows by one row at a time; row i holds i + 1 numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Adds the row `[a_{n0}, ..., a_{nn}]` and returns the new pivot squared (the conditional variance of the new entry).
    pub(crate) fn append(&mut self, row: &[f64]) -> Result<f64, TheoryError> {
        let n = self.rows.len();
        let mut l = Vec::with_capacity(n + 1);
        for (j, above) in self.rows.iter().enumerate() {
            let dot: f64 = above[..j].iter().zip(&l).map(|(a, b): (&f64, &f64)| a * b).sum();
            l.push((row[j] - dot) / above[j]);
        }
        let variance = row[n] - l.iter().map(|v| v * v).sum::<f64>();
        if variance.is_nan() || variance <= 0.0 {
            return Err(TheoryError::NotPositiveSemidefinite { row: n, variance });
        }
        l.push(variance.sqrt());
        self.rows.push(l);
        Ok(variance)
    }

    /// Solves `L L^T x = b` for a `b` of as many entries as rows.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.rows.len();
        let mut x = b.to_vec();
        for (i, row) in self.rows.iter().enumerate() {
            let dot: f64 = row[..i].iter().zip(&x).map(|(l, v)| l * v).sum();
            x[i] = (x[i] - dot) / row[i];
        }
        for i in (0..n).rev() {
            x[i] /= self.rows[i][i];
            for j in 0..i {
                x[j] -= self.rows[i][j] * x[i];
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn solves_what_it_factored() {
        let a = [[4.0, 2.0, 0.4], [2.0, 5.0, 1.0], [0.4, 1.0, 3.0]];
        let mut cholesky = Cholesky::default();
        for (i, row) in a.iter().enumerate() {
            cholesky.append(&row[..=i]).unwrap();
        }
        let x = cholesky.solve(&[1.0, -2.0, 0.5]);
        for (row, b) in a.iter().zip([1.0, -2.0, 0.5]) {
            assert_relative_eq!(row.iter().zip(&x).map(|(a, x)| a * x).sum::<f64>(), b, epsilon = 1e-14);
        }
    }

    #[test]
    fn refuses_a_negative_direction() {
        let mut cholesky = Cholesky::default();
        cholesky.append(&[1.0]).unwrap();
        assert!(matches!(cholesky.append(&[2.0, 1.0]), Err(TheoryError::NotPositiveSemidefinite { row: 1, .. })));
    }
}
