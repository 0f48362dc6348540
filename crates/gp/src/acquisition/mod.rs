//! Rules for what is worth trying next, for an objective where lower is better. Each sees the belief at a point, not the point;
//! only the [`KnowledgeGradient`], which asks what an observation would change elsewhere, sees the model.

mod cost_scaled;
mod excess_penalty;
mod knowledge_gradient;
mod log_ei;
mod log_pi;
mod ucb;
mod upper_envelope;

pub use self::cost_scaled::CostScaled;
pub use self::excess_penalty::ExcessPenalty;
pub use self::knowledge_gradient::KnowledgeGradient;
pub use self::log_ei::LogEi;
pub use self::log_pi::LogPi;
pub use self::ucb::{Beta, Ucb};

use jobs_core::Gaussian;

/// Variances below this, in units of the objective squared, count as this: where nothing is left to learn the rules stay
/// finite.
const SMALLEST_VARIANCE: f64 = 1e-30;

fn sd(belief: Gaussian) -> f64 {
    belief.variance.max(SMALLEST_VARIANCE).sqrt()
}

/// `(z, sd)`: how many standard deviations the incumbent lies above the mean.
fn standardise(belief: Gaussian, incumbent: f64) -> (f64, f64) {
    let sd = sd(belief);
    ((incumbent - belief.mean) / sd, sd)
}

#[cfg(test)]
mod tests {
    use jobs_core::{Acquisition, Gaussian, SearchContext, conformance};

    use super::{Beta, CostScaled, ExcessPenalty, LogEi, LogPi, Ucb};

    /// Derivatives by central differences and monotonicity, for each rule.
    macro_rules! keeps_the_laws {
        ($($name:ident: $rule:expr,)*) => {$(
            #[test]
            fn $name() {
                for incumbent in [0.0, -2.5] {
                    let context = SearchContext { observations: 12, dimension: 5, incumbent, information: Some(1.5) };
                    assert_eq!(conformance::check_acquisition(&mut $rule, &context), Ok(()));
                    // where nothing is left to learn, and far out
                    for belief in [(incumbent, 0.0), (incumbent + 1e3, 1e-8), (incumbent - 1e3, 1e-8)] {
                        let v = $rule.evaluate(Gaussian { mean: belief.0, variance: belief.1 });
                        assert!(v.value.is_finite() && v.d_mean.is_finite() && v.d_variance.is_finite(), "{v:?}");
                    }
                }
            }
        )*};
    }

    keeps_the_laws! {
        ucb_fixed: Ucb::new(Beta::Fixed(4.0)),
        ucb_practical: Ucb::new(Beta::Practical),
        ucb_srinivas: Ucb::new(Beta::Srinivas { points: 1e6, delta: 0.1 }),
        ucb_rkhs: Ucb::new(Beta::Rkhs { norm: 1.5, noise_sd: 0.1, delta: 0.1 }),
        ucb_per_cost: CostScaled::ucb(Ucb::new(Beta::Fixed(1.1)), 3.0),
        log_ei: LogEi::default(),
        log_ei_per_cost: CostScaled::log_ei(3.0),
        log_pi_per_cost: CostScaled::log_pi(0.2),
        log_pi: LogPi::default(),
        excess_penalty: ExcessPenalty { weight: 10.0, root: 1.1 },
    }
}
