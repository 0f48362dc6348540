/// Spearman's rank correlation (ties share their mean rank); `None` for fewer than three pairs or a constant.
pub(super) fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() < 3 {
        return None;
    }
    let (a, b) = (ranks(x), ranks(y));
    let mean = (x.len() as f64 - 1.0) / 2.0;
    let product = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| (p - mean) * (q - mean)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| product(&a, &b) / scale)
}

fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
    let mut ranks = vec![0.0; x.len()];
    let mut start = 0;
    while start < order.len() {
        let mut end = start;
        while end + 1 < order.len() && x[order[end + 1]] == x[order[start]] {
            end += 1;
        }
        for &i in &order[start..=end] {
            ranks[i] = 0.5 * (start + end) as f64;
        }
        start = end + 1;
    }
    ranks
}

/// Coefficient of determination of predictions `p` of `y`.
pub(super) fn r_squared(y: &[f64], p: &[f64]) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let left: f64 = y.iter().zip(p).map(|(y, p)| (y - p).powi(2)).sum();
    1.0 - left / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_by_hand() {
        assert_eq!(spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 20.0, 30.0, 25.0]), Some(0.8));
        assert_eq!(spearman(&[1.0, 1.0, 2.0], &[5.0, 5.0, 9.0]), Some(1.0));
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0], &[1.0, 2.0]), None);
    }
}
