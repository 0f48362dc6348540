/// Lower factor L of a symmetric positive definite matrix A = L L^T, row by row in one slice of n x n.
///
/// The matrices here have 4-250 rows and are factorised some fifty times per fit, so the plain column algorithm is enough.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// `None` where the matrix is not positive definite. Only the lower triangle is read.
    pub(crate) fn factor(mut a: Vec<f64>, n: usize) -> Option<Self> {
        for i in 0..n {
            for j in 0..=i {
                let (head, tail) = a.split_at_mut(i * n);
                let row_i = &mut tail[..n];
                let s = if i == j {
                    row_i[..j].iter().map(|v| v * v).sum::<f64>()
                } else {
                    dot(&head[j * n..j * n + j], &row_i[..j])
                };
                let rest = row_i[j] - s;
                if i == j {
                    if !(rest > 0.0 && rest.is_finite()) {
                        return None;
                    }
                    row_i[j] = rest.sqrt();
                } else {
                    row_i[j] = rest / head[j * n + j];
                }
            }
        }
        Some(Self { n, lower: a })
    }

    /// x with L x = b.
    pub(crate) fn solve_lower(&self, b: &[f64]) -> Vec<f64> {
        let mut x = b.to_vec();
        for i in 0..self.n {
            let row = &self.lower[i * self.n..i * self.n + i];
            x[i] = (x[i] - dot(row, &x[..i])) / self.lower[i * self.n + i];
        }
        x
    }

    /// x with A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.solve_lower(b);
        for i in (0..self.n).rev() {
            x[i] /= self.lower[i * self.n + i];
            let v = x[i];
            for (xj, l) in x[..i].iter_mut().zip(&self.lower[i * self.n..i * self.n + i]) {
                *xj -= l * v;
            }
        }
        x
    }

    /// A^-1, full and symmetric.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        // columns of L^-1 as rows: row j holds L^-1[j.., j]
        let mut inverse_lower = vec![0.0; n * n];
        for j in 0..n {
            inverse_lower[j * n + j] = 1.0 / self.lower[j * n + j];
            for i in j + 1..n {
                let s = dot(&self.lower[i * n + j..i * n + i], &inverse_lower[j * n + j..j * n + i]);
                inverse_lower[j * n + i] = -s / self.lower[i * n + i];
            }
        }
        let mut inverse = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let v = dot(&inverse_lower[i * n + i..i * n + n], &inverse_lower[j * n + i..j * n + n]);
                inverse[i * n + j] = v;
                inverse[j * n + i] = v;
            }
        }
        inverse
    }

    /// ln det A / 2.
    pub(crate) fn half_log_determinant(&self) -> f64 {
        (0..self.n).map(|i| self.lower[i * self.n + i].ln()).sum()
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_inverts_and_measures() {
        let n = 5;
        let b: Vec<f64> = (0..n * n).map(|i| ((i * 7 + 3) % 11) as f64 - 5.0).collect();
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = dot(&b[i * n..(i + 1) * n], &b[j * n..(j + 1) * n]) + f64::from(u8::from(i == j));
            }
        }
        let c = Cholesky::factor(a.clone(), n).unwrap();
        let y = [1.0, -2.0, 0.5, 3.0, 4.0];
        let x = c.solve(&y);
        let inverse = c.inverse();
        for i in 0..n {
            assert!((dot(&a[i * n..(i + 1) * n], &x) - y[i]).abs() < 1e-9);
            assert!((dot(&inverse[i * n..(i + 1) * n], &y) - x[i]).abs() < 1e-9);
        }
        let two = Cholesky::factor(vec![4.0, 0.0, 2.0, 3.0], 2).unwrap();
        assert!((2.0 * two.half_log_determinant() - 8.0_f64.ln()).abs() < 1e-12);
        assert!(Cholesky::factor(vec![1.0, 0.0, 2.0, 1.0], 2).is_none());
    }
}
