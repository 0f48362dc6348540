use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::fallback::Fallback;

/// Fewest examples a floor is read from; below, the mean shift answers.
const FEWEST: usize = 4;
/// How far the floor lies below the best, in distances from there to the median. At 2 and 4 errors are smaller for the
/// logarithms alone, but larger in the mixture with plain losses.
const FLOOR: f64 = 1.0;
/// Losses nearer to the floor than this share of the best's distance (or below it) are taken to be this far from it.
const NEAREST: f64 = 0.05;
/// Largest standard deviation in logarithms that is believed: a factor of about 20 either way.
const WIDEST: f64 = 3.0;

/// Another predictor, working on the logarithm of the loss above a floor,
///
/// `z = ln(y - floor)`, `floor = min - (median - min)` of the examples' values,
///
/// so that errors multiply: runs far above the best are foreseen with wide intervals and runs near it with narrow ones. A
/// belief N(m, s^2) about z is told as one about y with mean `floor + e^m` (its median) and variance
/// `e^(2 m) sinh(s)^2 + d^2 / 3`: half the distance between its points at one s above and below, and an error within +-d, a
/// twentieth of the distance from floor to best. Losses nearer to the floor than d are taken to be that near: what is finer the scale
/// cannot tell.
#[derive(Clone, Debug, Default)]
pub struct LogLoss<P> {
    inner: P,
    fallback: Fallback,
    scale: Option<Scale>,
}

/// The floor, and the least distance to it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    floor: f64,
    nearest: f64,
}

impl Scale {
    /// `None` where the values leave no distance between the best and the middle.
    fn of(examples: &[Example]) -> Option<Self> {
        if examples.len() < FEWEST {
            return None;
        }
        let mut values: Vec<f64> = examples.iter().map(|e| e.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (least, middle) = (values[0], values[values.len() / 2]);
        let distance = FLOOR * (middle - least);
        (distance > 1e-9 * middle.abs()).then_some(Self { floor: least - distance, nearest: NEAREST * distance })
    }

    fn log(&self, loss: f64) -> f64 {
        (loss - self.floor).max(self.nearest).ln()
    }

    fn curve(&self, curve: &LearningCurve) -> LearningCurve {
        let logs = curve.iter().map(|(step, loss)| (step, self.log(loss)));
        // steps rise as they did
        LearningCurve::from_pairs(logs).unwrap_or_default()
    }

    fn loss(&self, z: Gaussian) -> Gaussian {
        let middle = z.mean.exp();
        Gaussian {
            mean: self.floor + middle,
            variance: (middle * z.sd().min(WIDEST).sinh()).powi(2) + self.nearest.powi(2) / 3.0,
        }
    }
}

impl<P: Predictor> LogLoss<P> {
    /// `inner` on logarithms.
    pub fn new(inner: P) -> Self {
        Self { inner, fallback: Fallback::default(), scale: None }
    }
}

impl<P: Predictor> Predictor for LogLoss<P> {
    fn name(&self) -> &str {
        "on log losses"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.fallback = Fallback::fit(space, examples, early)?;
        self.scale = Scale::of(examples);
        if let Some(scale) = self.scale {
            let in_logs = |e: &Example| Example {
                point: e.point.clone(),
                curve: scale.curve(&e.curve),
                value: scale.log(e.value),
            };
            self.inner.fit(space, &examples.iter().map(in_logs).collect::<Vec<_>>(), early, seed)?;
        }
        Ok(())
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        match &self.scale {
            Some(scale) => Ok(scale.loss(self.inner.predict(point, &scale.curve(curve))?)),
            None => self.fallback.predict(curve),
        }
    }
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;

    use super::*;

    fn scale() -> Scale {
        let space =
            SearchSpace::from_toml_str("[[dimension]]\nname = \"a\"\nkind = \"real\"\nlow = 0.0\nhigh = 1.0").unwrap();
        let example = |(point, value): (Point, f64)| Example { point, curve: LearningCurve::new(), value };
        let examples: Vec<Example> =
            space.design(5, Seed(0)).into_iter().zip([1.5, 1.0, 9.0, 1.2, 2.0]).map(example).collect();
        assert_eq!(Scale::of(&examples[..3]), None, "too few");
        assert_eq!(Scale::of(&vec![examples[0].clone(); 6]), None, "all the same");
        Scale::of(&examples).unwrap()
    }

    #[test]
    fn the_floor_lies_below_the_best() {
        // the best is 1, the median 1.5
        let scale = scale();
        assert_eq!((scale.floor, scale.nearest), (0.5, 0.025));
        assert_eq!(scale.log(-3.0), 0.025_f64.ln(), "below the floor");
    }

    #[test]
    fn beliefs_come_back_as_losses() {
        let belief = scale().loss(Gaussian { mean: 2.0_f64.ln(), variance: 0.25 });
        assert!((belief.mean - 2.5).abs() < 1e-12);
        let half_distance = (2.0 * 0.5_f64.exp() - 2.0 * (-0.5_f64).exp()) / 2.0;
        assert!((belief.variance - half_distance.powi(2) - 0.025_f64.powi(2) / 3.0).abs() < 1e-12);
        assert!(scale().loss(Gaussian { mean: 0.0, variance: 1e9 }).variance.is_finite());
        // below all that can be told apart nothing is certain
        assert!(scale().loss(Gaussian { mean: -90.0, variance: 1e-9 }).sd() > 0.01);
    }
}
