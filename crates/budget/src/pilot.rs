use numerics::{Cholesky, InOrder};

use crate::error::{at_least, indefinite};
use crate::{Estimate, TheoryError};

/// Standard deviation R0 of training noise from runs repeated with other seeds: groups of final values of one
/// configuration each, pooled over groups,
///
/// `R0^2 = sum_g sum_i (y_gi - mean_g)^2 / dof`, `dof = sum_g (n_g - 1)`, standard error `R0 / sqrt(2 dof)`.
///
/// In units of the objective. Groups of one carry no information and are skipped.
///
/// # Errors
/// No group of two or more, or a value that is not finite.
pub fn noise_from_replicates<G: AsRef<[f64]>>(groups: &[G]) -> Result<Estimate, TheoryError> {
    let (mut squares, mut dof) = (0.0, 0usize);
    for group in groups.iter().map(AsRef::as_ref).filter(|g| g.len() > 1) {
        let mean = mean(group)?;
        squares += group.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
        dof += group.len() - 1;
    }
    if dof == 0 {
        return Err(TheoryError::TooFew { what: "repeated runs of one configuration", needed: 2, found: 1 });
    }
    let value = (squares / dof as f64).sqrt();
    Ok(Estimate { value, standard_error: value / (2.0 * dof as f64).sqrt() })
}

/// RKHS norm B of the centred objective from pilot values y at points with kernel matrix K (unit amplitude): the norm of
/// the kernel ridge regressor,
///
/// `B^2 = alpha^T K alpha`, `alpha = (K + (R0^2 / var y) I)^{-1} (y - mean y)`,
///
/// in units of the objective, with the jackknife's standard error. The interpolant has the least norm of all functions
/// through the data: the estimate is low while points are few, and keeps growing with them if the objective is rougher
/// than the kernel allows.
///
/// # Errors
/// Fewer than three values, values or kernel entries that are not finite, a kernel that is not positive semidefinite.
pub fn norm_from_pilot(
    kernel: impl Fn(usize, usize) -> f64,
    values: &[f64],
    noise_sd: f64,
) -> Result<Estimate, TheoryError> {
    let n = values.len();
    if n < 3 {
        return Err(TheoryError::TooFew { what: "pilot runs for the norm of the objective", needed: 3, found: n });
    }
    at_least("the training noise R0", noise_sd, 0.0, "a finite number, not negative")?;
    let centre = mean(values)?;
    let variance = values.iter().map(|y| (y - centre).powi(2)).sum::<f64>() / (n - 1) as f64;
    if variance == 0.0 {
        return Ok(Estimate::exact(0.0));
    }
    // a ridge of zero would make repeated points singular
    let ridge = (noise_sd * noise_sd / variance).max(1e-8);
    let all: Vec<usize> = (0..n).collect();
    let value = regressor_norm(&kernel, values, &all, ridge)?;
    let mut left_out = Vec::with_capacity(n);
    for i in 0..n {
        let rest: Vec<usize> = all.iter().copied().filter(|&j| j != i).collect();
        left_out.push(regressor_norm(&kernel, values, &rest, ridge)?);
    }
    let centre = left_out.iter().sum::<f64>() / n as f64;
    let scatter: f64 = left_out.iter().map(|v| (v - centre).powi(2)).sum();
    Ok(Estimate { value, standard_error: (scatter * (n - 1) as f64 / n as f64).sqrt() })
}

fn regressor_norm(
    kernel: &impl Fn(usize, usize) -> f64,
    values: &[f64],
    set: &[usize],
    ridge: f64,
) -> Result<f64, TheoryError> {
    let mut factor = Cholesky::<InOrder>::default();
    for (n, &i) in set.iter().enumerate() {
        let mut row: Vec<f64> = set[..=n].iter().map(|&j| kernel(i, j)).collect();
        if let Some(column) = row.iter().position(|k| !k.is_finite()) {
            return Err(TheoryError::Kernel { row: i, column: set[column], value: row[column] });
        }
        let diagonal = row.pop().unwrap_or_default() + ridge;
        factor.append(&mut row, diagonal).map_err(indefinite)?;
    }
    let centre = set.iter().map(|&i| values[i]).sum::<f64>() / set.len() as f64;
    let y: Vec<f64> = set.iter().map(|&i| values[i] - centre).collect();
    let mut alpha = y.clone();
    factor.solve(&mut alpha);
    // K alpha = y - ridge alpha
    let squared: f64 = alpha.iter().zip(&y).map(|(a, y)| a * (y - ridge * a)).sum();
    Ok(squared.max(0.0).sqrt())
}

fn mean(values: &[f64]) -> Result<f64, TheoryError> {
    for &value in values {
        if !value.is_finite() {
            return Err(TheoryError::OutOfRange { what: "a pilot value", value, expected: "a finite number" });
        }
    }
    Ok(values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn replicates_by_hand() {
        let estimate = noise_from_replicates(&[vec![1.0, 3.0], vec![5.0], vec![0.0, 1.0, 2.0]]).unwrap();
        assert_relative_eq!(estimate.value, (4.0f64 / 3.0).sqrt());
        assert_relative_eq!(estimate.standard_error, (4.0f64 / 18.0).sqrt());
        assert!(matches!(noise_from_replicates(&[vec![1.0], vec![]]), Err(TheoryError::TooFew { .. })));
        assert!(noise_from_replicates(&[vec![1.0, f64::NAN]]).is_err());
    }

    #[test]
    fn the_norm_by_hand() {
        // K = I, var y = 1, ridge 1: alpha = (y - mean)/2, B^2 = 1/4 + 1/4
        let estimate = norm_from_pilot(|i, j| f64::from(u8::from(i == j)), &[4.0, 5.0, 6.0], 1.0).unwrap();
        assert_relative_eq!(estimate.value, 0.5f64.sqrt(), max_relative = 1e-14);
    }

    #[test]
    fn the_norm_of_a_known_function_is_recovered() {
        // f = sum_j c_j k(z_j, .) with z among dense points: the interpolant of its values is f less its mean
        let kernel = |i: usize, j: usize| (-0.5 * ((i as f64 - j as f64) * 0.1).powi(2)).exp();
        let coefficients = [(3, 1.0), (20, -2.0), (31, 1.0)];
        let f: Vec<f64> = (0..40).map(|i| coefficients.iter().map(|&(j, c)| c * kernel(i, j)).sum()).collect();
        let square: f64 =
            coefficients.iter().flat_map(|&(i, a)| coefficients.iter().map(move |&(j, b)| a * b * kernel(i, j))).sum();
        let estimate = norm_from_pilot(kernel, &f, 0.0).unwrap();
        assert_relative_eq!(estimate.value, square.sqrt(), max_relative = 0.1);
        let scaled: Vec<f64> = f.iter().map(|v| 3.0 * v + 7.0).collect();
        assert_relative_eq!(
            norm_from_pilot(kernel, &scaled, 0.0).unwrap().value,
            3.0 * estimate.value,
            max_relative = 1e-6
        );
        assert_eq!(norm_from_pilot(kernel, &[2.0; 5], 0.1).unwrap(), Estimate::exact(0.0));
        assert!(norm_from_pilot(kernel, &[1.0, 2.0], 0.1).is_err());
        assert!(norm_from_pilot(|_, _| f64::NAN, &f, 0.1).is_err());
    }
}
