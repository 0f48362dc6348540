use super::mean;

/// Ranks from 1, the lowest first; equal values share the mean of their ranks. NaN ranks last.
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let before = order.iter().position(|i| *i == tied[0]).unwrap_or(0);
        let shared = before as f64 + (tied.len() + 1) as f64 / 2.0;
        for &i in tied {
            ranks[i] = shared;
        }
    }
    ranks
}

/// Spearman's rank correlation: Pearson's of the average ranks. `None` where the lengths differ, where there are fewer than
/// two pairs, or where one side is constant.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (a, b) = (average_ranks(a), average_ranks(b));
    let (mean_a, mean_b) = (mean(&a)?, mean(&b)?);
    let moment =
        |u: &[f64], mu: f64, v: &[f64], mv: f64| -> f64 { u.iter().zip(v).map(|(x, y)| (x - mu) * (y - mv)).sum() };
    let spread = (moment(&a, mean_a, &a, mean_a) * moment(&b, mean_b, &b, mean_b)).sqrt();
    (spread > 0.0).then(|| moment(&a, mean_a, &b, mean_b) / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_a_rank() {
        // scipy.stats.rankdata
        assert_eq!(average_ranks(&[0.3, 0.1, 0.3, 0.2, 0.3]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(average_ranks(&[0.0, -0.0, -1.0]), [2.5, 2.5, 1.0]);
        assert_eq!(average_ranks(&[f64::NAN, 1.0, f64::INFINITY]), [3.0, 1.0, 2.0]);
        assert_eq!(average_ranks(&[]), Vec::<f64>::new());
    }

    #[test]
    fn spearman_agrees_with_scipy() {
        // scipy 1.17: scipy.stats.spearmanr(a, b).statistic
        let a = [1.2, 0.4, 0.9, 0.9, 3.1, 2.2, 0.1];
        let b = [0.8, 0.5, 0.7, 0.6, 2.0, 2.5, 0.5];
        assert!((spearman(&a, &b).unwrap() - 0.945_454_545_454_545_4).abs() < 1e-14);
    }

    #[test]
    fn spearman_of_nothing_to_order_is_none() {
        assert_eq!(spearman(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[5.0, 5.0, 5.0]), None);
    }
}
