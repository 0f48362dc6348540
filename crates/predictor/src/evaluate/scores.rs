use jobs_core::Gaussian;

/// Half-widths, in standard deviations, of central intervals of a normal distribution.
const HALF_WIDTH_50: f64 = 0.674_489_750_196_082;
const HALF_WIDTH_90: f64 = 1.644_853_626_951_472;

/// Mean over the splits and its standard error (0 for a single split). Splits overlap, so the error is that of the split,
/// not of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Scores of a predictor. Errors are in units of the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Root of the mean squared error.
    pub rmse: Estimate,
    /// Mean absolute error.
    pub mae: Estimate,
    /// Spearman's rank correlation of prediction and truth; 0 where either does not vary.
    pub spearman: Estimate,
    /// Negative log predictive density, in nats.
    pub nlpd: Estimate,
    /// Share of the truths in the central 50 % interval.
    pub cover50: Estimate,
    /// Share of the truths in the central 90 % interval.
    pub cover90: Estimate,
}

pub(super) fn of_split(answers: &[(Gaussian, f64)]) -> [f64; 6] {
    let mean = |f: &dyn Fn(&Gaussian, f64) -> f64| {
        answers.iter().map(|(g, y)| f(g, *y)).sum::<f64>() / answers.len().max(1) as f64
    };
    let within = |width: f64| mean(&|g, y| f64::from(u8::from((y - g.mean).abs() <= width * g.sd())));
    let predicted: Vec<f64> = answers.iter().map(|(g, _)| g.mean).collect();
    let true_values: Vec<f64> = answers.iter().map(|(_, y)| *y).collect();
    [
        mean(&|g, y| (y - g.mean).powi(2)).sqrt(),
        mean(&|g, y| (y - g.mean).abs()),
        spearman(&predicted, &true_values),
        mean(&|g, y| 0.5 * ((std::f64::consts::TAU * g.variance).ln() + (y - g.mean).powi(2) / g.variance)),
        within(HALF_WIDTH_50),
        within(HALF_WIDTH_90),
    ]
}

impl Scores {
    pub(super) fn over(splits: &[[f64; 6]]) -> Self {
        let n = splits.len() as f64;
        let estimate = |k: usize| {
            let mean = splits.iter().map(|s| s[k]).sum::<f64>() / n;
            let squares: f64 = splits.iter().map(|s| (s[k] - mean).powi(2)).sum();
            let standard_error = if splits.len() < 2 { 0.0 } else { (squares / (n - 1.0) / n).sqrt() };
            Estimate { mean, standard_error }
        };
        Self {
            rmse: estimate(0),
            mae: estimate(1),
            spearman: estimate(2),
            nlpd: estimate(3),
            cover50: estimate(4),
            cover90: estimate(5),
        }
    }
}

/// Pearson's correlation of the ranks, ties sharing theirs.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    if scale > 0.0 { product(&a, &b) / scale } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let tied = order[start..].iter().take_while(|&&i| values[i] == values[order[start]]).count().max(1);
        for &i in &order[start..start + tied] {
            ranks[i] = start as f64 + (tied as f64 - 1.0) / 2.0;
        }
        start += tied;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_scores() {
        let answer = |mean, variance, y| (Gaussian { mean, variance }, y);
        let s = of_split(&[answer(0.0, 1.0, 1.0), answer(2.0, 4.0, 2.0), answer(5.0, 1.0, 8.0)]);
        assert!((s[0] - (10.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((s[1] - 4.0 / 3.0).abs() < 1e-12);
        assert!((s[2] - 1.0).abs() < 1e-12);
        let ln_tau = std::f64::consts::TAU.ln();
        assert!((s[3] - (ln_tau / 2.0 + (0.5 + 2.0_f64.ln() + 4.5) / 3.0)).abs() < 1e-12);
        assert!((s[4] - 1.0 / 3.0).abs() < 1e-12 && (s[5] - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn ranks_share_ties() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), vec![2.5, 0.0, 2.5, 1.0]);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        assert!((spearman(&[1.0, 2.0, 3.0], &[9.0, 5.0, 1.0]) + 1.0).abs() < 1e-12);
    }
}
