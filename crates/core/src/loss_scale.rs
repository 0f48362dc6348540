use crate::state::{StateReader, StateWriter};
use crate::{Example, Gaussian, LearningCurve, Target};

/// The scale on which losses are predicted and modelled: `u = ln((y - floor) / unit)`, or `u = y` where there is no floor.
///
/// Losses are bounded below and have a long upper tail. On the logarithmic scale a Gaussian process can be equally smooth near the
/// optimum and among bad runs, and a predictor's errors are alike at all losses (Snelson, Rasmussen and Ghahramani 2004, warped
/// Gaussian processes; Cowen-Rivers et al. 2022 warp outcomes for the same reason). The floor is below all recorded values,
///
/// ```text
/// unit = headroom (median - least),   floor = least - unit
/// ```
///
/// over the runs' values so far, finished or not. A smaller headroom makes a more curved map. The least value is at u = 0, so a study
/// depends neither on the units of losses nor on their zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossScale(Form);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Identity,
    Above(Above),
    Around(Around),
}

/// A value from which distances are measured, and their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Around {
    centre: f64,
    unit: f64,
}

/// A floor, the unit of distances from it, and the least resolved distance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Above {
    floor: f64,
    unit: f64,
    /// Shorter distances, and negative ones, count as this; without a limit, losses below the floor have no logarithm.
    nearest: Option<f64>,
}

/// Standard deviations on a logarithmic scale above this count as this: a factor of about 20 either way.
const WIDEST: f64 = 3.0;

impl LossScale {
    /// Losses as they are.
    pub const IDENTITY: Self = Self(Form::Identity);

    /// The scale of a metric that has a bound: `u = sign(d) ln(1 + |d|)`, `d = (y - centre) / unit`, with the median distance from the bound
    /// as the unit. It resolves values near the bound, on either side, and dampens extremes (Eriksson and Poloczek 2021, bilog).
    pub fn around(centre: f64, values: &[f64]) -> Self {
        let mut distances: Vec<f64> = values.iter().map(|v| (v - centre).abs()).filter(|d| d.is_finite()).collect();
        distances.sort_by(f64::total_cmp);
        let median = distances.get(distances.len() / 2).copied().filter(|d| *d > 0.0);
        let unit = median.or(distances.last().copied().filter(|d| *d > 0.0)).unwrap_or(1.0);
        Self(Form::Around(Around { centre, unit }))
    }

    fn above(self) -> Option<Above> {
        if let Form::Above(above) = self.0 { Some(above) } else { None }
    }

    /// The scale for these values; as they are where fewer than two differ.
    pub fn of(values: &[f64], headroom: f64) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(&least), Some(&median)) = (sorted.first(), sorted.get(sorted.len() / 2)) else {
            return Self::IDENTITY;
        };
        let unit = headroom * (median - least);
        let floor = least - unit;
        let above = Above { floor, unit, nearest: None };
        if floor.is_finite() && floor < least { Self(Form::Above(above)) } else { Self::IDENTITY }
    }

    /// A scale for values that may fall below the floor: `u = ln(max(y - floor, nearest))`.
    ///
    /// The floor is that of [`Self::of`] and the unit is 1. `nearest` is a share of the distance from the floor to the least value:
    /// finer differences the scale does not resolve. `None` where the least value and the median are too close for a floor.
    pub fn resolving(values: &[f64], headroom: f64, nearest: f64) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (least, median) = (*sorted.first()?, *sorted.get(sorted.len() / 2)?);
        let distance = headroom * (median - least);
        let above = Above { floor: least - distance, unit: 1.0, nearest: Some(nearest * distance) };
        (distance > 1e-9 * median.abs()).then_some(Self(Form::Above(above)))
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
        self.above().is_none_or(|s| loss > s.floor)
    }

    /// A loss on this scale. Losses at or below the floor have none: check all values with [`Self::holds`] first.
    pub fn forward(self, loss: f64) -> f64 {
        if let Form::Around(Around { centre, unit }) = self.0 {
            let d = (loss - centre) / unit;
            return d.abs().ln_1p().copysign(d);
        }
        self.above().map_or(loss, |s| {
            let distance = loss - s.floor;
            let distance = s.nearest.map_or(distance, |nearest| distance.max(nearest));
            let ratio = distance / s.unit;
            // a huge finite loss is a bad one, not an infinite one
            if ratio.is_finite() { ratio.ln() } else { distance.ln() - s.unit.ln() }
        })
    }

    /// The loss at `u`. Of a belief's mean it is the median loss.
    pub fn inverse(self, u: f64) -> f64 {
        if let Form::Around(Around { centre, unit }) = self.0 {
            return centre + unit * u.abs().exp_m1().copysign(u);
        }
        self.above().map_or(u, |s| s.floor + s.unit * u.exp())
    }

    /// A belief N(m, s^2) about `u` as one about the loss: its median `floor + unit e^m`, and the variance
    /// `(unit e^m sinh(s))^2 + nearest^2 / 3`: half the distance between the losses at one s above and below, and an error within
    /// the least resolved distance. s is capped at 3.
    pub fn belief(self, u: Gaussian) -> Gaussian {
        if let Form::Around(_) = self.0 {
            let sd = u.sd().min(WIDEST);
            let half = 0.5 * (self.inverse(u.mean + sd) - self.inverse(u.mean - sd));
            return Gaussian { mean: self.inverse(u.mean), variance: half.powi(2) };
        }
        let Some(s) = self.above() else { return u };
        let middle = s.unit * u.mean.exp();
        let unresolved = s.nearest.map_or(0.0, |nearest| nearest.powi(2) / 3.0);
        let variance = (middle * u.sd().min(WIDEST).sinh()).powi(2) + unresolved;
        Gaussian { mean: s.floor + middle, variance }
    }

    /// A known loss as a belief.
    pub fn certain(self, loss: f64) -> Gaussian {
        Gaussian { mean: self.forward(loss), variance: 0.0 }
    }

    /// Writes the scale.
    pub fn save(self, to: &mut StateWriter) {
        match self.0 {
            Form::Identity => to.count(0),
            Form::Above(Above { floor, unit, nearest }) => {
                to.count(1);
                to.number(floor);
                to.number(unit);
                to.optional(nearest);
            }
            Form::Around(Around { centre, unit }) => {
                to.count(2);
                to.number(centre);
                to.number(unit);
            }
        }
    }

    /// Reads what [`Self::save`] wrote; `None` where the numbers are no scale.
    pub fn restore(from: &mut StateReader<'_>) -> Option<Self> {
        Some(Self(match from.count()? {
            0 => Form::Identity,
            1 => Form::Above(Above { floor: from.number()?, unit: from.number()?, nearest: from.optional()? }),
            2 => Form::Around(Around { centre: from.number()?, unit: from.number()? }),
            _ => return None,
        }))
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
    fn a_huge_finite_loss_is_bad_and_not_infinite() {
        let scale = LossScale::of(&[1.0, 1.1, 1.2], 1.0);
        let huge = scale.forward(1e308);
        assert!(huge.is_finite() && huge > scale.forward(1e300) && scale.forward(1e300) > scale.forward(2.0));
    }

    #[test]
    fn the_floor_is_below_all_values_and_the_map_is_undone() {
        let values = [3.0, 0.5, 1.5, 0.7, 40.0];
        let scale = LossScale::of(&values, 1.0);
        assert_eq!(scale, LossScale(Form::Above(Above { floor: 0.5 - (1.5 - 0.5), unit: 1.0, nearest: None })));
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
        let scale = LossScale(Form::Above(Above { floor: 1.0, unit: 0.5, nearest: None }));
        let seen = scale.curve(&curve);
        assert_eq!((seen.steps(), seen.diverged_at()), (curve.steps(), Some(Steps(15))));
        assert_eq!(seen.losses(), [2f64.ln(), 0.0]);
    }

    #[test]
    fn a_resolving_scale_has_a_least_distance() {
        let scale = LossScale::resolving(&[1.5, 1.0, 9.0, 1.2, 2.0], 1.0, 0.05).unwrap();
        assert_eq!(scale.above(), Some(Above { floor: 0.5, unit: 1.0, nearest: Some(0.025) }));
        assert_eq!(scale.forward(-3.0), 0.025_f64.ln(), "below the floor");
        assert_eq!(LossScale::resolving(&[2.0; 6], 1.0, 0.05), None, "all the same");
        assert_eq!(LossScale::resolving(&[], 1.0, 0.05), None);
    }

    #[test]
    fn beliefs_return_as_losses() {
        let scale = LossScale::resolving(&[1.5, 1.0, 9.0, 1.2, 2.0], 1.0, 0.05).unwrap();
        let belief = scale.belief(Gaussian { mean: 2.0_f64.ln(), variance: 0.25 });
        assert!((belief.mean - 2.5).abs() < 1e-12);
        let half_distance = (2.0 * 0.5_f64.exp() - 2.0 * (-0.5_f64).exp()) / 2.0;
        assert!((belief.variance - half_distance.powi(2) - 0.025_f64.powi(2) / 3.0).abs() < 1e-12);
        assert!(scale.belief(Gaussian { mean: 0.0, variance: 1e9 }).variance.is_finite());
        // nothing is certain below the least distance
        assert!(scale.belief(Gaussian { mean: -90.0, variance: 1e-9 }).sd() > 0.01);
    }

    #[test]
    fn a_bound_is_at_zero_and_extremes_are_dampened() {
        let scale = LossScale::around(2.0, &[1.9, 2.1, 2.3, 1.7, 100.0]);
        assert_eq!(scale.forward(2.0), 0.0);
        assert!(scale.forward(1.9) < 0.0 && scale.forward(2.1) > 0.0 && scale.forward(100.0) < 7.0);
        for y in [1.7, 2.0, 2.3, 100.0] {
            assert!((scale.inverse(scale.forward(y)) - y).abs() < 1e-12 * y);
        }
        let mut to = StateWriter::default();
        scale.save(&mut to);
        assert_eq!(LossScale::restore(&mut StateReader::new(&to.into_numbers())), Some(scale));
        assert!(LossScale::around(2.0, &[2.0, 2.0]).forward(3.0).is_finite());
    }
}
