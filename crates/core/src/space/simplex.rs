/// How far from 1 the shares of a point may sum: recorded mixtures are rounded to six decimals. They are kept as they are
/// written; nothing is renormalised.
pub const SHARE_TOLERANCE: f64 = 1e-4;

/// How far from 1 shares written by hand may sum: three thirds written as 0.33 sum to 0.99.
pub const ROUNDED_SHARE_TOLERANCE: f64 = 0.01;

/// Shares as a file has them. Where they sum to 1 only within [`ROUNDED_SHARE_TOLERANCE`], they were rounded, and are divided by their sum.
pub(crate) fn written_shares(mut shares: Vec<f64>) -> Vec<f64> {
    let sum: f64 = shares.iter().sum();
    let off = (sum - 1.0).abs();
    // the sum itself is rounded
    if off > SHARE_TOLERANCE && off <= ROUNDED_SHARE_TOLERANCE + 1e-9 {
        shares.iter_mut().for_each(|s| *s /= sum);
    }
    shares
}

/// What shares that do not sum to 1 were to be, for messages.
pub(super) fn expected_sum(parts: &[String], shares: &[f64]) -> String {
    let sum: f64 = shares.iter().sum();
    let expected = format!("shares that sum to 1 (within {ROUNDED_SHARE_TOLERANCE})");
    if !(sum.is_finite() && sum > 0.0) {
        return expected;
    }
    let share = |(part, share): (&String, &f64)| format!("{part} {}", (share / sum * 1e4).round() / 1e4);
    let shares: Vec<String> = parts.iter().zip(shares).map(share).collect();
    format!("{expected}; divided by their sum they are {}", shares.join(", "))
}

/// Euclidean projection onto the probability simplex, in place.
///
/// `argmin ||w - v||` over `w >= 0`, `sum w = 1`, in O(k log k) by the threshold of Duchi, Shalev-Shwartz, Singer and
/// Chandra (ICML 2008): `w_i = max(v_i - theta, 0)`.
pub fn project_onto_simplex(v: &mut [f64]) {
    let mut sorted = v.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let mut theta = 0.0;
    for (i, &u) in sorted.iter().enumerate() {
        sum += u;
        let candidate = (sum - 1.0) / (i + 1) as f64;
        if u > candidate {
            theta = candidate;
        }
    }
    for w in v {
        *w = (*w - theta).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The projection is on the simplex, and no simplex vertex direction comes closer (first-order optimality:
        /// (v - w) . (e_j - w) <= 0 for every vertex e_j).
        #[test]
        fn projection_is_the_nearest_point(v in prop::collection::vec(-5.0..5.0f64, 1..12)) {
            let mut w = v.clone();
            project_onto_simplex(&mut w);
            prop_assert!(w.iter().all(|&x| x >= 0.0));
            prop_assert!((w.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let inner: f64 = v.iter().zip(&w).map(|(a, b)| (a - b) * b).sum();
            for j in 0..v.len() {
                prop_assert!((v[j] - w[j]) - inner <= 1e-9);
            }
        }
    }

    #[test]
    fn points_of_the_simplex_stay() {
        let mut w = [0.2, 0.0, 0.8];
        project_onto_simplex(&mut w);
        assert!((w[0] - 0.2).abs() < 1e-15 && w[1] == 0.0 && (w[2] - 0.8).abs() < 1e-15);
    }
}
