/// Holm's step-down correction (Holm 1979): the i-th smallest of m p-values, from 0, becomes
/// `max_{j <= i} min(1, (m - j) p_(j))`. Results in the order given; the chance of any false rejection at level a is at most a,
/// however the tests depend on each other.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (i, &at) in order.iter().enumerate() {
        largest = largest.max((p_values[at] * (p_values.len() - i) as f64).min(1.0));
        corrected[at] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formula_by_hand() {
        // sorted: 5 * 0.005, 4 * 0.01, 3 * 0.03, 2 * 0.04 (raised to the 0.09 before it), 1 * 0.6
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005, 0.6]);
        for (got, want) in corrected.iter().zip([0.04, 0.09, 0.09, 0.025, 0.6]) {
            assert!((got - want).abs() < 1e-15, "{corrected:?}");
        }
    }

    #[test]
    fn never_lowers_nor_leaves_the_unit_interval() {
        assert_eq!(holm(&[0.7, 0.9, 0.8]), [1.0, 1.0, 1.0]);
        assert_eq!(holm(&[0.2]), [0.2]);
        assert!(holm(&[]).is_empty());
    }
}
