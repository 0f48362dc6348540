/// Arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard error of the mean, `sqrt(sum (x - mean)^2 / (n - 1) / n)`; `None` for fewer than two values.
pub fn standard_error(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = mean(values)?;
    (values.len() >= 2).then(|| (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
}

/// The `q` quantile (0 to 1) by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, the default of
/// NumPy and R); `None` for an empty slice or a `q` outside [0, 1].
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if values.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = q * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = (below + 1).min(sorted.len() - 1);
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    // numpy 2.4, scipy 1.17: np.mean(v), scipy.stats.sem(v), np.quantile(v, [0.25, 0.9])
    const V: [f64; 6] = [0.913, 0.887, 0.951, 0.902, 0.874, 0.93];

    #[test]
    fn agrees_with_scipy() {
        assert!((mean(&V).unwrap() - 0.9095).abs() < 1e-15);
        assert!((standard_error(&V).unwrap() - 0.011_514_483_632_943_915).abs() < 1e-15);
        assert!((quantile(&V, 0.25).unwrap() - 0.890_75).abs() < 1e-15);
        assert!((quantile(&V, 0.9).unwrap() - 0.9405).abs() < 1e-15);
    }

    #[test]
    fn little_data_says_little() {
        assert_eq!((mean(&[]), standard_error(&[]), quantile(&[], 0.5)), (None, None, None));
        assert_eq!((mean(&[2.0]), standard_error(&[2.0]), quantile(&[2.0], 0.3)), (Some(2.0), None, Some(2.0)));
        assert_eq!(quantile(&[1.0], 1.5), None);
    }
}
