use gp::acquisition::{Beta, Ucb};
use jobs_core::{Acquisition, AcquisitionValue, Gaussian, SearchContext};

/// Upper confidence bound with a beta schedule: linear in the number of observations, from `first` to `last`.
///
/// ```text
/// beta(n) = first + (last - first) min(n / observations, 1)
/// ```
///
/// Explores while there is budget to use what it finds, and exploits at the end.
#[derive(Clone, Copy, Debug)]
pub struct BetaSchedule {
    first: f64,
    last: f64,
    observations: f64,
    now: Ucb,
}

impl BetaSchedule {
    /// beta is `first` without observations and `last` from `observations` on (at least 1).
    pub fn new(first: f64, last: f64, observations: f64) -> Self {
        Self { first, last, observations: observations.max(1.0), now: Ucb::new(Beta::Fixed(first)) }
    }
}

impl Acquisition for BetaSchedule {
    fn prepare(&mut self, context: &SearchContext) {
        let share = (context.observations as f64 / self.observations).min(1.0);
        self.now = Ucb::new(Beta::Fixed(self.first + (self.last - self.first) * share));
        self.now.prepare(context);
    }

    fn evaluate(&self, posterior: Gaussian) -> AcquisitionValue {
        self.now.evaluate(posterior)
    }
}

#[cfg(test)]
mod tests {
    use jobs_core::conformance;

    use super::*;

    #[test]
    fn beta_falls_linearly_and_the_conformance_tests_pass() {
        let mut rule = BetaSchedule::new(9.0, 1.0, 40.0);
        for (observations, beta) in [(0, 9.0), (20, 5.0), (40, 1.0), (400, 1.0)] {
            let context = SearchContext { observations, dimension: 5, incumbent: 0.0, information: None };
            assert_eq!(conformance::check_acquisition(&mut rule, &context), Ok(()));
            rule.prepare(&context);
            let worth = rule.now.evaluate(Gaussian { mean: 0.0, variance: 1.0 }).value;
            assert!((worth - f64::sqrt(beta)).abs() < 1e-12);
        }
    }
}
