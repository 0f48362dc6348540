//! Wilcoxon's signed-rank test for paired samples (Wilcoxon 1945).

use statrs::function::erf::erfc;

use super::average_ranks;

/// Largest number of non-zero differences for which the p-value is exact, with or without ties; above, it is the normal approximation.
pub const EXACT_UP_TO: usize = 25;

/// Result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// The smaller of the two rank sums, of positive and of negative differences.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Number of non-zero differences; the others are ignored.
    pub pairs: usize,
    /// Whether `p_value` is exact.
    pub exact: bool,
}

/// Tests whether the differences `a[i] - b[i]` are symmetric around zero, two-sided.
///
/// Zero differences are dropped (Wilcoxon's treatment, not Pratt's); equal sizes share a rank. The exact p-value is that of all
/// 2^n signs given the ranks, so it holds with ties too. The approximation corrects the variance for ties,
/// `n (n + 1) (2n + 1) / 24 - sum (t^3 - t) / 48`, and the statistic by 1/2 for continuity.
///
/// `None` where the lengths differ or a difference is not a number. Without a non-zero difference the p-value is 1.
pub fn signed_rank(a: &[f64], b: &[f64]) -> Option<SignedRank> {
    // Equal infinities are no difference, though subtracting them would give none.
    let differences: Vec<f64> = a.iter().zip(b).filter(|(x, y)| x != y).map(|(x, y)| x - y).collect();
    if a.len() != b.len() || differences.iter().any(|d| d.is_nan()) {
        return None;
    }
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let ranks = average_ranks(&sizes);
    let positive: f64 = ranks.iter().zip(&differences).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum();
    let pairs = ranks.len();
    let total = (pairs * (pairs + 1)) as f64 / 2.0;
    let statistic = positive.min(total - positive);
    let exact = pairs <= EXACT_UP_TO;
    let tail = if exact { exact_tail(&ranks, statistic) } else { normal_tail(&ranks, statistic) };
    Some(SignedRank { statistic, p_value: (2.0 * tail).min(1.0), pairs, exact })
}

/// P(W <= w) for the sum W of ranks with independent fair signs, by counting sign patterns. Ranks are multiples of 1/2, so
/// doubled they are whole.
fn exact_tail(ranks: &[f64], w: f64) -> f64 {
    let doubled: Vec<usize> = ranks.iter().map(|r| (2.0 * r).round() as usize).collect();
    let mut share = vec![0.0_f64; doubled.iter().sum::<usize>() + 1];
    share[0] = 1.0;
    for rank in doubled {
        for sum in (0..share.len()).rev() {
            share[sum] = 0.5 * (share[sum] + if sum >= rank { share[sum - rank] } else { 0.0 });
        }
    }
    share.iter().take((2.0 * w).round() as usize + 1).sum()
}

/// The same by the normal law of equal mean and variance. The variance of a sum of signed ranks is `sum r^2 / 4`, which is the
/// formula with the tie correction, written shorter.
fn normal_tail(ranks: &[f64], w: f64) -> f64 {
    let mean = ranks.iter().sum::<f64>() / 2.0;
    let variance = ranks.iter().map(|r| r * r).sum::<f64>() / 4.0;
    let z = (mean - w - 0.5).max(0.0) / variance.sqrt();
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_test(a: &[f64], b: &[f64], statistic: f64, p_value: f64, exact: bool) {
        let found = signed_rank(a, b).unwrap();
        assert_eq!((found.statistic, found.exact), (statistic, exact));
        assert!((found.p_value - p_value).abs() < 1e-9, "{found:?}, expected {p_value}");
        assert_eq!(signed_rank(b, a).unwrap(), found, "two-sided");
    }

    #[test]
    fn exact_agrees_with_scipy() {
        // scipy 1.17: scipy.stats.wilcoxon(a, b, method="exact")
        let a = [0.9063, 0.8934, 0.932, 0.9052, 0.8732, 0.9181, 0.9652, 0.9474, 0.8648];
        let b = [0.8883, 0.8947, 0.9532, 0.8554, 0.8866, 0.9007, 0.9632, 0.9511, 0.8753];
        assert_test(&a, &b, 21.0, 0.910_156_25, true);
    }

    #[test]
    fn exact_with_ties_and_zeros_agrees_with_all_permutations() {
        // scipy 1.17, zeros dropped by hand: scipy.stats.wilcoxon(d[d != 0], method=PermutationMethod(n_resamples=np.inf))
        let a = [8.0, 9.0, 0.0, 9.0, 5.0, 6.0, 7.0, 3.0, 11.0, 0.0, 3.0, 4.0];
        let b = [8.0, 6.0, 3.0, 2.0, 2.0, 2.0, 3.0, 13.0, 4.0, 9.0, 11.0, 4.0];
        assert_test(&a, &b, 26.0, 0.902_343_75, true);
        assert_eq!(signed_rank(&a, &b).unwrap().pairs, 10);
    }

    #[test]
    fn approximation_agrees_with_scipy() {
        // scipy 1.17: scipy.stats.wilcoxon(a, b, zero_method="wilcox", correction=True, method="approx")
        let a = [
            21, 17, 10, 38, 7, 35, 31, 33, 4, 15, 25, 19, 26, 27, 26, 2, 38, 22, 36, 10, 14, 35, 7, 2, 14, 27, 4, 34,
            13, 9, 21, 35, 35, 34,
        ];
        let b = [
            21, 9, 40, 37, 39, 9, 10, 29, 22, 26, 46, 17, 30, 21, 20, 41, 15, 21, 13, 14, 20, 36, 32, 26, 15, 40, 40,
            18, 11, 21, 14, 40, 29, 29,
        ];
        assert_test(&a.map(f64::from), &b.map(f64::from), 232.5, 0.395_771_979_224_070_04, false);
    }

    #[test]
    fn five_seeds_cannot_be_significant() {
        let found = signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.0; 5]).unwrap();
        assert_eq!(found.p_value, 0.0625);
    }

    #[test]
    fn no_difference_is_no_evidence() {
        let same = [0.5, 0.6, f64::INFINITY];
        let found = signed_rank(&same, &same).unwrap();
        assert_eq!((found.p_value, found.pairs), (1.0, 0));
        assert_eq!(signed_rank(&[], &[]).unwrap().p_value, 1.0);
    }

    #[test]
    fn what_cannot_be_paired_is_none() {
        assert_eq!(signed_rank(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(signed_rank(&[f64::NAN], &[1.0]), None);
    }
}
