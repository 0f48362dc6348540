use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};
use numerics::sums::dot_in_order as dot;
use numerics::{Cholesky, InOrder};

use crate::features::FeatureMap;
use crate::relevance_prior::RelevancePrior;
use crate::shift_baseline::{ShiftBaseline, student_inflation};
use crate::standardise::moments;

/// Fewest examples a regression is fitted to; below, the mean shift answers.
const FEWEST: usize = 4;
/// Penalties tried: 10^-2 .. 10^3, four per decade.
const PENALTIES: std::ops::RangeInclusive<i32> = -8..=12;

/// Ridge regression of the residual on the early curve's features, the adapter's and the mixture's one number:
///
/// beta = (X^T X + lambda I)^-1 X^T r,  on standardised columns and centred residuals r.
///
/// lambda minimises the leave-one-out error in closed form, e_i = (r_i - x_i beta - mean) / (1 - h_i) with
/// h_i = 1/N + x_i^T (X^T X + lambda I)^-1 x_i (Allen 1974). The variance at x is the mean squared e_i, times
/// 1 + x^T (X^T X + lambda I)^-1 x.
#[derive(Clone, Debug, Default)]
pub struct RidgeResidual {
    baseline: ShiftBaseline,
    model: Option<Model>,
}

#[derive(Clone, Debug)]
struct Model {
    map: FeatureMap,
    columns: usize,
    beta: Vec<f64>,
    centre: f64,
    factor: Cholesky<InOrder>,
    error: f64,
}

impl Model {
    fn fit(map: FeatureMap, rows: &[Vec<f64>], residuals: &[f64]) -> Option<Self> {
        let columns = map.alone();
        let x: Vec<&[f64]> = rows.iter().map(|r| &r[..columns]).collect();
        let n = x.len() as f64;
        let (centre, spread) = moments(residuals);
        let mut gram = vec![0.0; columns * columns];
        let mut right = vec![0.0; columns];
        for (row, r) in x.iter().zip(residuals) {
            for i in 0..columns {
                right[i] += row[i] * (r - centre);
                for j in 0..columns {
                    gram[i * columns + j] += row[i] * row[j];
                }
            }
        }
        let attempt = |exponent: i32| {
            let mut a = gram.clone();
            for i in 0..columns {
                a[i * columns + i] += 10.0_f64.powf(f64::from(exponent) / 4.0);
            }
            let factor = Cholesky::from_rows(&a, columns).ok()?;
            let mut beta = right.clone();
            factor.solve(&mut beta);
            let error = x.iter().zip(residuals).map(|(row, r)| {
                let leverage = 1.0 / n + leverage(&factor, row);
                ((r - centre - dot(row, &beta)) / (1.0 - leverage).max(1e-6)).powi(2)
            });
            let error = error.sum::<f64>() / n;
            Some((error, beta, factor))
        };
        let best = PENALTIES.filter_map(attempt).min_by(|a, b| a.0.total_cmp(&b.0));
        let (error, beta, factor) = best.filter(|_| spread > 0.0)?;
        Some(Self { map, columns, beta, centre, factor, error: error * student_inflation(rows.len() - 1) })
    }
}

/// x^T A^-1 x.
fn leverage(factor: &Cholesky<InOrder>, x: &[f64]) -> f64 {
    let mut z = x.to_vec();
    factor.solve_lower(&mut z);
    dot(&z, &z)
}

impl Predictor for RidgeResidual {
    fn name(&self) -> &str {
        "ridge residual"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        self.model = None;
        if examples.len() >= FEWEST {
            let (map, features, residuals) = FeatureMap::fit(space, examples, early, RelevancePrior::Weak)?;
            let rows: Vec<Vec<f64>> = features.into_iter().map(|f| f.row).collect();
            self.model = Model::fit(map, &rows, &residuals);
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let Some(model) = &self.model else {
            return self.baseline.predict(curve);
        };
        let features = model.map.of(point, curve)?;
        let x = &features.row[..model.columns];
        Ok(Gaussian {
            mean: features.last + model.centre + dot(x, &model.beta),
            variance: model.error * (1.0 + leverage(&model.factor, x)) + features.continuation_variance,
        })
    }
}
