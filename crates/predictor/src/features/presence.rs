use numerics::sums::dot_in_order as dot;
use numerics::{Cholesky, InOrder};

use crate::standardise::Standardiser;

/// Share at which a domain counts as half present (in variance): a hundredth of the data.
const HALF: f64 = 0.01;
/// Power that turns correlations into weights: high, so that one clear domain takes nearly all.
const SHARPNESS: i32 = 8;
/// Least deviation of a presence.
pub(super) const FLOOR: f64 = 0.1;
/// Weights of the three correlations: with the residual, the last early loss, and the final value.
const WEIGHTS: [f64; 3] = [1.0, 0.5, 1.0];
/// Ridge of the partial regressions, per example-independent unit of the standardised inputs.
const RIDGE: f64 = 0.1;

/// Presence of a domain in a mixture, sqrt(m / (m + 0.01)): whether a domain is there at all matters more to a task's
/// loss than whether it has a fifth or a third of the data.
pub(crate) fn presence(share: f64) -> f64 {
    let share = share.max(0.0);
    (share / (share + HALF)).sqrt()
}

/// Entropy of a mixture in nats: -sum_j m_j ln m_j. Runs on few domains over-fit them and forget the rest.
pub(crate) fn diversity(shares: &[f64]) -> f64 {
    -shares.iter().filter(|m| **m > 0.0).map(|m| m * m.ln()).sum::<f64>()
}

/// One number for the mixture: the presence of the domains the losses depend on.
///
/// Which domain is the task's own is unknown, and with twenty runs a model cannot weigh a dozen domains one by one. So
/// they are screened (Fan & Lv 2008): with c_jk the correlation of domain j's presence with outcome k (residual, last
/// early loss, final value), both after regression on the adapter's features, the weights are
/// w_j = sign(sum_k c_jk) sum_k a_k |c_jk|^8 / sum_jk, and the feature is sum_j w_j z_j of the standardised presences.
#[derive(Clone, Debug)]
pub(crate) struct OwnDomain {
    standardiser: Standardiser,
    weights: Vec<f64>,
}

impl OwnDomain {
    /// `presences`, `adapters`: one row per run; `outcomes`: three columns of one value per run.
    pub(crate) fn fit(presences: &[Vec<f64>], adapters: &[Vec<f64>], outcomes: &[Vec<f64>; 3]) -> Self {
        let standardiser = Standardiser::fit_with_floors(presences, |_| FLOOR);
        let z: Vec<Vec<f64>> = presences.iter().map(|r| standardiser.apply(r)).collect();
        let n = presences.len();
        let partial = Partial::new(adapters);
        let outcomes: Vec<Vec<f64>> = outcomes.iter().map(|y| unit(partial.out_of(y))).collect();
        let width = presences.first().map_or(0, Vec::len);
        let mut weights = vec![0.0; width];
        for (j, w) in weights.iter_mut().enumerate() {
            let column = unit(partial.out_of(&z.iter().map(|r| r[j]).collect::<Vec<_>>()));
            let c: Vec<f64> = outcomes.iter().map(|y| dot(y, &column)).collect();
            let strength: f64 = c.iter().zip(WEIGHTS).map(|(c, a)| a * c.abs().powi(SHARPNESS)).sum();
            *w = strength.copysign(c.iter().sum());
        }
        let total: f64 = weights.iter().map(|w| w.abs()).sum();
        // nothing to screen by: every domain alike
        let usable = total > 0.0 && n > 2;
        weights.iter_mut().for_each(|w| *w = if usable { *w / total } else { 0.0 });
        Self { standardiser, weights }
    }

    pub(crate) fn value(&self, presences: &[f64]) -> f64 {
        dot(&self.standardiser.apply(presences), &self.weights)
    }

    /// sum_j w_j sqrt(m_j): how much there is of the same domains.
    pub(crate) fn amount(&self, shares: &[f64]) -> f64 {
        shares.iter().zip(&self.weights).map(|(m, w)| w * m.max(0.0).sqrt()).sum()
    }
}

/// Takes out of a column what a ridge regression on some others (and a constant) explains.
struct Partial {
    rows: Vec<Vec<f64>>,
    gram: Option<Cholesky<InOrder>>,
}

impl Partial {
    fn new(inputs: &[Vec<f64>]) -> Self {
        let s = Standardiser::fit(inputs);
        let rows: Vec<Vec<f64>> = inputs.iter().map(|r| [&[1.0], s.apply(r).as_slice()].concat()).collect();
        let k = rows.first().map_or(0, Vec::len);
        let mut gram = vec![0.0; k * k];
        for r in &rows {
            for i in 0..k {
                for j in 0..k {
                    gram[i * k + j] += r[i] * r[j];
                }
            }
        }
        for i in 0..k {
            gram[i * k + i] += RIDGE;
        }
        Self { rows, gram: Cholesky::from_rows(&gram, k).ok() }
    }

    fn out_of(&self, y: &[f64]) -> Vec<f64> {
        let k = self.rows.first().map_or(0, Vec::len);
        let mut right = vec![0.0; k];
        for (r, y) in self.rows.iter().zip(y) {
            right.iter_mut().zip(r).for_each(|(b, v)| *b += v * y);
        }
        match &self.gram {
            Some(gram) => gram.solve(&mut right),
            None => right.fill(0.0),
        }
        self.rows.iter().zip(y).map(|(r, y)| y - dot(r, &right)).collect()
    }
}

/// Centred and of unit length; zero where it does not vary.
fn unit(mut y: Vec<f64>) -> Vec<f64> {
    let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
    let size = y.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    y.iter_mut().for_each(|v| *v -= mean);
    let norm = dot(&y, &y).sqrt();
    let scale = if norm > 1e-9 * size { 1.0 / norm } else { 0.0 };
    y.iter_mut().for_each(|v| *v *= scale);
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_domain_that_matters() {
        // 24 runs over four domains; the third one's presence lowers every outcome, adapters move it too
        let runs = 24;
        let presences: Vec<Vec<f64>> =
            (0..runs).map(|i| (0..4).map(|j| f64::from((i * (j + 3) + i / (j + 2)) % 5) / 5.0).collect()).collect();
        let adapters: Vec<Vec<f64>> = (0..runs).map(|i| vec![f64::from((i * 7) % 11)]).collect();
        let y: Vec<f64> = presences.iter().zip(&adapters).map(|(p, a)| -2.0 * p[2] + 0.5 * a[0]).collect();
        let own = OwnDomain::fit(&presences, &adapters, &[y.clone(), y.clone(), y]);
        assert!(own.weights[2] < -0.8, "{:?}", own.weights);
        assert!(own.value(&[0.0, 0.0, 1.0, 0.0]) < own.value(&[0.0, 0.0, 0.0, 0.0]));
    }

    #[test]
    fn presence_saturates() {
        assert_eq!(presence(0.0), 0.0);
        assert!((presence(0.01).powi(2) - 0.5).abs() < 1e-12);
        assert!(presence(0.3) - presence(0.1) < 0.1);
    }

    #[test]
    fn says_nothing_without_variation() {
        let same = vec![vec![0.5, 0.5]; 5];
        let own = OwnDomain::fit(&same, &vec![vec![]; 5], &[vec![1.0; 5], vec![2.0; 5], vec![3.0; 5]]);
        assert_eq!(own.value(&[1.0, 0.0]), 0.0);
    }
}
