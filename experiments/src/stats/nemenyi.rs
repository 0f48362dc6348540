/// Upper 5 % points of the studentized range over infinitely many degrees of freedom, divided by sqrt 2, for k = 2, 3, ..., 20
/// methods (Demsar 2006, table 5; computed with scipy.stats.studentized_range for k > 10).
const Q_05: [f64; 19] = [
    1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164, 3.219, 3.268, 3.313, 3.354, 3.391, 3.426, 3.458,
    3.489, 3.517, 3.544,
];

/// Critical difference of Nemenyi's test at 5 %: two of `methods` whose mean ranks over `blocks` differ by more are told apart,
/// `q sqrt(k (k + 1) / (6 N))` (Demsar 2006). `None` for fewer than 2 or more than 20 methods, or without blocks.
pub fn critical_difference(methods: usize, blocks: usize) -> Option<f64> {
    let q = *Q_05.get(methods.checked_sub(2)?)?;
    let k = methods as f64;
    (blocks > 0).then(|| q * (k * (k + 1.0) / (6.0 * blocks as f64)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_paper_s_example() {
        // Demsar 2006, section 3.2.2: four classifiers on 14 data sets, 2.569 sqrt(4 * 5 / (6 * 14)) = 1.25
        assert!((critical_difference(4, 14).unwrap() - 1.25).abs() < 0.005);
        assert_eq!(critical_difference(1, 14), None);
        assert_eq!(critical_difference(21, 14), None);
        assert_eq!(critical_difference(4, 0), None);
    }
}
