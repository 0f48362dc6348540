use jobs_core::{Observation, PriorMean};

/// Prior mean of the sum of the weights, in standard deviations of the outcomes per standard deviation of a prior mean.
const EXPECTED: f64 = 0.5;
/// Prior standard deviation of the sum of the weights.
const SPREAD: f64 = 0.5;
/// Variance of the standardised outcomes that no prior mean explains.
const UNEXPLAINED: f64 = 0.5;
/// Rounds of the descent. Nearly parallel prior means take some dozens.
const ROUNDS: usize = 200;
/// The descent ends with a round that moves no weight by more than this.
const STILL: f64 = 1e-9;

/// Weights of prior means by ridge regression towards equal weights, none below 0. With `z` the standardised outcomes and both `z` and
/// the prior means centred (precisions `p_i = 1 / (1/2 + v_i)`, `v_i` the known noise variance, standardised), they minimise over `w >= 0`
///
/// ```text
/// sum_i p_i (z_i - sum_j w_j t_j(x_i))^2 + sum_j (w_j - 1/(2 J))^2 J / (1/2)^2
/// ```
///
/// for J prior means, by coordinate descent: J is small and the problem convex. The weights have the units of the outcomes. They are 0
/// before two outcomes differ, as the scale of the outcomes is then unknown.
pub(super) fn weigh(means: &[impl AsRef<dyn PriorMean>], data: &[Observation]) -> Vec<f64> {
    let count = means.len() as f64;
    let n = data.len() as f64;
    let mean = data.iter().map(|o| o.y).sum::<f64>() / n;
    let deviation = (data.iter().map(|o| (o.y - mean).powi(2)).sum::<f64>() / n).sqrt();
    if deviation.is_nan() || deviation <= 0.0 {
        return vec![0.0; means.len()];
    }
    let precisions: Vec<f64> =
        data.iter().map(|o| 1.0 / (UNEXPLAINED + o.noise_variance / deviation.powi(2))).collect();
    let outcomes = centred(data.iter().map(|o| o.y / deviation), &precisions);
    let columns: Vec<Vec<f64>> =
        means.iter().map(|t| centred(data.iter().map(|o| t.as_ref().value(&o.x)), &precisions)).collect();
    let expected = EXPECTED / count;
    let stiffness = count / SPREAD.powi(2);
    let mut weights = vec![expected; means.len()];
    let mut rest: Vec<f64> = outcomes;
    for (column, w) in columns.iter().zip(&weights) {
        rest.iter_mut().zip(column).for_each(|(r, t)| *r -= w * t);
    }
    for _ in 0..ROUNDS {
        let mut moved: f64 = 0.0;
        for (column, w) in columns.iter().zip(&mut weights) {
            let (mut slope, mut curvature) = (stiffness * (expected - *w), stiffness);
            for ((t, r), p) in column.iter().zip(&rest).zip(&precisions) {
                slope += p * t * r;
                curvature += p * t * t;
            }
            let to = (*w + slope / curvature).max(0.0);
            rest.iter_mut().zip(column).for_each(|(r, t)| *r -= (to - *w) * t);
            moved = moved.max((to - *w).abs());
            *w = to;
        }
        if moved <= STILL {
            break;
        }
    }
    weights.iter().map(|w| w * deviation).collect()
}

/// Values less their mean by precision.
fn centred(values: impl Iterator<Item = f64>, precisions: &[f64]) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let sum: f64 = values.iter().zip(precisions).map(|(v, p)| v * p).sum();
    let mean = sum / precisions.iter().sum::<f64>();
    values.into_iter().map(|v| v - mean).collect()
}
