use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Critical difference of Nemenyi's test at 5 %: two of `methods` whose mean ranks over `blocks` differ by more are significantly different,
/// `q sqrt(k (k + 1) / (6 N))` (Demsar 2006), q the upper 5 % point of the range of k standard normals over sqrt 2. `None` for fewer
/// than 2 methods, or without blocks.
pub fn critical_difference(methods: usize, blocks: usize) -> Option<f64> {
    let k = methods as f64;
    let q = || upper_point(methods, 0.05) / std::f64::consts::SQRT_2;
    (methods >= 2 && blocks > 0).then(|| q() * (k * (k + 1.0) / (6.0 * blocks as f64)).sqrt())
}

/// The value that the range of `k` standard normals exceeds with this probability, by bisection.
fn upper_point(k: usize, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if 1.0 - range_below(k, middle) > probability { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// P(range of `k` standard normals < w) = k int phi(z) (Phi(z) - Phi(z - w))^(k-1) dz, z the largest of them. The trapezium rule over a
/// smooth function that vanishes at both ends is exact to far more digits than are shown.
fn range_below(k: usize, w: f64) -> f64 {
    const STEP: f64 = 0.02;
    const REACH: i32 = 450;
    let normal = Normal::standard();
    let power = i32::try_from(k).unwrap_or(i32::MAX) - 1;
    let inside = |z: f64| normal.pdf(z) * (normal.cdf(z) - normal.cdf(z - w)).powi(power);
    k as f64 * STEP * (-REACH..=REACH).map(|i| inside(f64::from(i) * STEP)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_published_tables() {
        // scipy.stats.studentized_range; Demsar 2006, table 5, has three digits of the first
        for (k, q) in
            [(2, 1.959_964), (3, 2.343_701), (10, 3.163_684), (20, 3.543_799), (21, 3.569_040), (25, 3.657_861)]
        {
            let found = upper_point(k, 0.05) / std::f64::consts::SQRT_2;
            assert!((found - q).abs() < 1e-6, "{k}: {found}");
        }
    }

    #[test]
    fn agrees_with_the_paper_s_example() {
        // Demsar 2006, section 3.2.2: four classifiers on 14 data sets, 2.569 sqrt(4 * 5 / (6 * 14)) = 1.25
        assert!((critical_difference(4, 14).unwrap() - 1.25).abs() < 0.005);
        assert!(critical_difference(21, 14).is_some());
        assert_eq!(critical_difference(1, 14), None);
        assert_eq!(critical_difference(4, 0), None);
    }
}
