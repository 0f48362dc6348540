use std::num::NonZeroUsize;

use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};
use rand::RngExt;
use randomforest::criterion::Mse;
use randomforest::table::TableBuilder;
use randomforest::{RandomForestRegressor, RandomForestRegressorOptions};

use crate::features::FeatureMap;
use crate::relevance_prior::RelevancePrior;
use crate::shift_baseline::{ShiftBaseline, student_inflation};
use crate::standardise::moments;

/// Fewest examples a forest is grown from; below, the mean shift answers.
const FEWEST: usize = 4;
/// Trees of the forest, and of those grown for the error.
const TREES: usize = 200;
const TREES_FOR_ERROR: usize = 50;
/// Grid of the inputs of trees. Ties between equally good splits are decided by the last bit, and a change of the loss's unit
/// changes that; on a grid it does not.
const GRID: f64 = (1_u64 << 24) as f64;
/// Parts of the cross-validation behind the variance.
const FOLDS: usize = 5;

/// Random forest (Breiman 2001, by the crate `randomforest`) on the residual and the features of the default predictor: 200
/// trees on bootstrap samples, a third of the columns tried at each split. The variance is the mean squared error of
/// five-fold cross-validation plus the variance of the trees.
#[derive(Debug, Default)]
pub struct ForestResidual {
    baseline: ShiftBaseline,
    model: Option<Model>,
}

#[derive(Debug)]
struct Model {
    map: FeatureMap,
    forest: RandomForestRegressor,
    /// Mean and standard deviation of the examples' residuals.
    centre: f64,
    spread: f64,
    /// Mean squared error of the standardised residuals.
    error: f64,
}

fn on_grid(v: f64) -> f64 {
    (v * GRID).round() / GRID
}

/// A forest grown from rows and targets; `None` where there is nothing to grow from.
fn grow(rows: &[&[f64]], targets: &[f64], trees: usize, seed: u64) -> Option<RandomForestRegressor> {
    let mut table = TableBuilder::new();
    for (row, target) in rows.iter().zip(targets) {
        table.add_row(row, *target).ok()?;
    }
    let columns = rows.first().map_or(0, |r| r.len());
    let mut options = RandomForestRegressorOptions::new();
    options.seed(seed).trees(NonZeroUsize::new(trees)?).max_features(NonZeroUsize::new(columns.div_ceil(3))?);
    Some(options.fit(Mse, table.build().ok()?))
}

impl Model {
    fn fit(map: FeatureMap, rows: &[Vec<f64>], residuals: &[f64], seed: Seed) -> Option<Self> {
        let mut rng = seed.stream("forest", 0);
        let (centre, spread) = moments(residuals);
        let residuals: Vec<f64> = residuals.iter().map(|r| on_grid((r - centre) / spread)).collect();
        let rows: Vec<Vec<f64>> = rows.iter().map(|r| r.iter().copied().map(on_grid).collect()).collect();
        let all: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let forest = grow(&all, &residuals, TREES, rng.random())?;
        let mut squares = 0.0;
        for fold in 0..FOLDS {
            let kept = |i: &usize| i % FOLDS != fold;
            let (some, targets): (Vec<&[f64]>, Vec<f64>) =
                (0..all.len()).filter(kept).map(|i| (all[i], residuals[i])).unzip();
            let part = grow(&some, &targets, TREES_FOR_ERROR, rng.random())?;
            let left_out = (0..all.len()).filter(|i| !kept(i));
            squares += left_out.map(|i| (part.predict(all[i]) - residuals[i]).powi(2)).sum::<f64>();
        }
        let error = squares / rows.len() as f64 * student_inflation(rows.len() - 1);
        (error.is_finite() && error > 0.0).then_some(Self { map, forest, centre, spread, error })
    }
}

impl Predictor for ForestResidual {
    fn name(&self) -> &str {
        "random forest on the residual"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.baseline = ShiftBaseline::fit(space, examples, early)?;
        self.model = None;
        if examples.len() >= FEWEST {
            let (map, features, residuals) = FeatureMap::fit(space, examples, early, RelevancePrior::Weak)?;
            let rows: Vec<Vec<f64>> = features.into_iter().map(|f| f.row).collect();
            self.model = Model::fit(map, &rows, &residuals, seed);
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let Some(model) = &self.model else {
            return self.baseline.predict(curve);
        };
        let features = model.map.of(point, curve)?;
        let row: Vec<f64> = features.row.iter().copied().map(on_grid).collect();
        let answers: Vec<f64> = model.forest.predict_individuals(&row).collect();
        let (mean, sd) = moments(&answers);
        Ok(Gaussian {
            mean: features.last + model.centre + model.spread * mean,
            variance: model.spread.powi(2) * (model.error + sd * sd) + features.continuation_variance,
        })
    }
}
