use crate::{Example, Gaussian, LearningCurve, Target};

/// The scale on which losses are predicted and modelled: `u = ln((y - floor) / unit)`, or `u = y` where there is no floor.
///
/// Losses are bounded below and stretch far above: on such a scale a Gaussian process need not bend as much near the optimum as
/// it does among bad runs, and a predictor's errors are alike at all losses (Snelson, Rasmussen and Ghahramani 2004, warped
/// Gaussian processes; Cowen-Rivers et al. 2022 warp outcomes for the same reason). The floor is below all that has been seen,
///
/// ```text
/// unit = headroom (median - least),   floor = least - unit
/// ```
///
/// over the runs' values so far, finished or not: the smaller the headroom, the more the map bends. The least value is at 0 whatever
/// losses are measured in: a study does not depend on their units, nor on where their zero is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossScale {
    above: Option<Above>,
}

/// Where a logarithmic scale begins, and the distance from there that it measures in.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Above {
    floor: f64,
    unit: f64,
}

impl LossScale {
    /// Losses as they are.
    pub const IDENTITY: Self = Self { above: None };

    /// The scale for these values; as they are where fewer than two differ.
    pub fn of(values: &[f64], headroom: f64) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(&least), Some(&median)) = (sorted.first(), sorted.get(sorted.len() / 2)) else {
            return Self::IDENTITY;
        };
        let unit = headroom * (median - least);
        let floor = least - unit;
        Self { above: (floor.is_finite() && floor < least).then_some(Above { floor, unit }) }
    }

    /// The scale for the values of these curves under a target; for all their losses where one of them is at or below that floor. Where
    /// the target is the last loss, an earlier one can be far below all values.
    pub fn of_curves<'a>(
        curves: impl Iterator<Item = &'a LearningCurve> + Clone,
        target: Target,
        headroom: f64,
    ) -> Self {
        let losses = || curves.clone().flat_map(LearningCurve::losses).copied();
        let scale = Self::of(&curves.clone().filter_map(|c| target.of(c)).collect::<Vec<_>>(), headroom);
        if losses().all(|loss| scale.holds(loss)) { scale } else { Self::of(&losses().collect::<Vec<_>>(), headroom) }
    }

    /// Whether a loss is above the floor.
    pub fn holds(self, loss: f64) -> bool {
        self.above.is_none_or(|s| loss > s.floor)
    }

    /// A loss on this scale. Losses at or below the floor have none: [`Self::holds`] must be asked first, of all values.
    pub fn forward(self, loss: f64) -> f64 {
        self.above.map_or(loss, |s| ((loss - s.floor) / s.unit).ln())
    }

    /// The loss that stands at `u`; of a belief's mean, its median.
    pub fn inverse(self, u: f64) -> f64 {
        self.above.map_or(u, |s| s.floor + s.unit * u.exp())
    }

    /// A known loss as a belief.
    pub fn certain(self, loss: f64) -> Gaussian {
        Gaussian { mean: self.forward(loss), variance: 0.0 }
    }

    /// A curve on this scale.
    pub fn curve(self, curve: &LearningCurve) -> LearningCurve {
        curve.map(|loss| self.forward(loss))
    }

    /// A full run on this scale.
    pub fn example(self, example: Example) -> Example {
        Example { curve: self.curve(&example.curve), value: self.forward(example.value), ..example }
    }
}

#[cfg(test)]
mod tests {
    use crate::Steps;

    use super::*;

    #[test]
    fn the_floor_is_below_all_values_and_the_map_is_undone() {
        let values = [3.0, 0.5, 1.5, 0.7, 40.0];
        let scale = LossScale::of(&values, 1.0);
        assert_eq!(scale, LossScale { above: Some(Above { floor: 0.5 - (1.5 - 0.5), unit: 1.0 }) });
        for y in values {
            assert!(scale.holds(y));
            assert!((scale.inverse(scale.forward(y)) - y).abs() < 1e-12 * y);
        }
        assert!(!scale.holds(-0.5) && scale.holds(-0.49));
        assert!(scale.forward(3.0) < scale.forward(3.1));
    }

    #[test]
    fn without_differences_losses_stay_as_they_are() {
        for values in [&[][..], &[2.0], &[2.0, 2.0], &[2.0, 2.0, 3.0], &[1.0, f64::INFINITY]] {
            assert_eq!(LossScale::of(values, 0.5), LossScale::IDENTITY, "{values:?}");
        }
        assert_eq!((LossScale::IDENTITY.forward(-3.0), LossScale::IDENTITY.inverse(-3.0)), (-3.0, -3.0));
    }

    #[test]
    fn a_curve_keeps_its_steps_and_its_divergence() {
        let curve = LearningCurve::from_pairs([(Steps(5), 2.0), (Steps(10), 1.5), (Steps(15), f64::NAN)]).unwrap();
        let scale = LossScale { above: Some(Above { floor: 1.0, unit: 0.5 }) };
        let seen = scale.curve(&curve);
        assert_eq!((seen.steps(), seen.diverged_at()), (curve.steps(), Some(Steps(15))));
        assert_eq!(seen.losses(), [2f64.ln(), 0.0]);
    }
}
