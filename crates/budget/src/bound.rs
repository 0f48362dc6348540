use jobs_core::AllocationError;
use serde::Serialize;

use crate::{ErrorLaw, InformationGain, average_regret_bound, confidence_width, misspecified_average_regret_bound};

/// How the predictor's error enters the bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorRole {
    /// As in the paper: zero-mean noise, independent at every observation, `R^2 = R0^2 + e(N)^2`.
    #[default]
    Noise,
    /// A fixed error of size e(N) at every x: `R = R0`, epsilon = e(N) in the misspecified bound. More honest, as asking
    /// twice does not help, and much larger. It takes the root-mean-square error for the largest.
    Misspecification,
}

/// All that the average-regret bound depends on, but for the budget: with N full runs and T early runs
///
/// `bound(N, T) = 4 (B + R(N) sqrt(2 (gamma_{T-1} + 1 + ln(1/delta)))) sqrt((T + 2) gamma_T) / T`.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundModel {
    /// B: RKHS norm of the centred objective under a kernel of unit amplitude, in units of the objective.
    pub norm_bound: f64,
    /// R0: standard deviation of training noise (same configuration, other seed), in units of the objective.
    pub noise_sd: f64,
    /// delta: chance that the bound fails.
    pub delta: f64,
    /// e(N), in units of the objective.
    pub error: ErrorLaw,
    /// gamma_T, in nats.
    pub gain: InformationGain,
    /// Whether e(N) counts as noise or as misspecification.
    pub role: ErrorRole,
}

/// The constants of the recorded Llama-3-8B runs (`task_loss`, target `best`, loss in nats per token):
///
/// | constant | value | from |
/// | --- | --- | --- |
/// | `norm_bound` | 3 | norm of the kernel regressor of 60 runs per task (noise by maximum likelihood), kernel as for [`InformationGain::RECORDED`]: 1.4 to 5.1 over six tasks, median 2.7 |
/// | `noise_sd` | 0.015 | near-duplicate configurations: 0.005 to 0.04 |
/// | `delta` | 0.1 | convention |
/// | `error` | 0.036 + 0.231/sqrt(N) | measured on the recorded runs (see `ErrorLaw::RECORDED`) |
/// | `gain` | [`InformationGain::RECORDED`] | greedy on that space |
impl Default for BoundModel {
    fn default() -> Self {
        Self {
            norm_bound: 3.0,
            noise_sd: 0.015,
            delta: 0.1,
            error: ErrorLaw::RECORDED,
            gain: InformationGain::RECORDED,
            role: ErrorRole::Noise,
        }
    }
}

impl BoundModel {
    /// The bound for N = `full_runs` and T = `early_runs`, in units of the objective per round; infinite where nothing is
    /// learnt or nothing searched (N = 0 with an error that falls in N; T = 0).
    pub fn at(&self, full_runs: u64, early_runs: u64) -> f64 {
        if early_runs == 0 {
            return f64::INFINITY;
        }
        let gain = self.gain.at(early_runs);
        let width = |sd| confidence_width(self.norm_bound, sd, self.gain.at(early_runs - 1), self.delta);
        match self.role {
            ErrorRole::Noise => {
                let noise_sd = self.error.observation_sd(self.noise_sd, full_runs);
                average_regret_bound(width(noise_sd), gain, early_runs)
            }
            ErrorRole::Misspecification => {
                let epsilon = self.error.at(full_runs);
                misspecified_average_regret_bound(width(self.noise_sd), gain, epsilon, early_runs)
            }
        }
    }

    /// Refuses constants that are not finite or outside their ranges.
    ///
    /// # Errors
    /// [`AllocationError::Constant`] names the first.
    pub fn check(&self) -> Result<(), AllocationError> {
        let not_negative = [
            ("the norm bound B", self.norm_bound),
            ("the training noise R0", self.noise_sd),
            ("the error floor a", self.error.floor),
            ("the error scale k", self.error.scale),
        ];
        for (what, value) in not_negative {
            require(value >= 0.0 && value.is_finite(), what, value, "a finite number, not negative")?;
        }
        let mut positive = vec![("the error exponent p", self.error.exponent)];
        positive.extend(self.gain.constants());
        for (what, value) in positive {
            require(value > 0.0 && value.is_finite(), what, value, "a positive finite number")?;
        }
        require(self.delta > 0.0 && self.delta <= 1.0, "delta", self.delta, "in (0, 1]")
    }
}

fn require(right: bool, what: &'static str, value: f64, expected: &'static str) -> Result<(), AllocationError> {
    if right { Ok(()) } else { Err(AllocationError::Constant { what, value, expected }) }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn by_hand() {
        let model = BoundModel {
            norm_bound: 1.0,
            noise_sd: 0.0,
            delta: 1.0,
            error: ErrorLaw::root(1.0),
            gain: InformationGain::Matern { constant: 1.0, dimension: 5.0, smoothness: 2.5 },
            role: ErrorRole::Noise,
        };
        // R = 1/2, gamma_1 = sqrt(ln 2), gamma_2 = sqrt(2 ln 3)
        let width = 1.0 + 0.5 * (2.0 * (2f64.ln().sqrt() + 1.0)).sqrt();
        let expected = 4.0 * width * (4.0 * (2.0 * 3f64.ln()).sqrt()).sqrt() / 2.0;
        assert_relative_eq!(model.at(4, 2), expected, max_relative = 1e-14);
        let misspecified = BoundModel { role: ErrorRole::Misspecification, ..model };
        let expected = 4.0 * (1.0 + 0.5 * 2f64.sqrt()) * (4.0 * (2.0 * 3f64.ln()).sqrt()).sqrt() / 2.0 + 1.0;
        assert_relative_eq!(misspecified.at(4, 2), expected, max_relative = 1e-14);
    }

    #[test]
    fn nothing_learnt_or_searched_is_worth_nothing() {
        let model = BoundModel::default();
        assert_eq!(model.at(0, 100), f64::INFINITY);
        assert_eq!(model.at(10, 0), f64::INFINITY);
    }

    #[test]
    fn bad_constants_are_named() {
        let good = BoundModel::default;
        assert_eq!(good().check(), Ok(()));
        for (bad, name) in [
            (BoundModel { norm_bound: f64::NAN, ..good() }, "the norm bound B"),
            (BoundModel { noise_sd: -1.0, ..good() }, "the training noise R0"),
            (BoundModel { delta: 0.0, ..good() }, "delta"),
            (BoundModel { error: ErrorLaw::power(0.0, 1.0, 0.0), ..good() }, "the error exponent p"),
            (BoundModel { gain: good().gain.scaled(-1.0), ..good() }, "the constant of the information gain"),
        ] {
            assert!(matches!(bad.check(), Err(AllocationError::Constant { what, .. }) if what == name), "{name}");
        }
    }
}
