//! How bounds and optima move with their constants, and under which conditions.

use budget::{BoundModel, ErrorLaw, ErrorRole, InformationGain, RegretBound};
use jobs_core::{Budget, Steps};
use proptest::prelude::*;

/// Rounding in a bound, relative.
const ROUNDING: f64 = 1e-12;

fn models() -> impl Strategy<Value = BoundModel> {
    let gain = prop_oneof![
        (0.1f64..2.0, 0.5f64..4.0).prop_map(|(constant, dimension)| InformationGain::Rbf { constant, dimension }),
        (0.1f64..2.0, 0.5f64..8.0, prop_oneof![Just(1.5), Just(2.5)])
            .prop_map(|(constant, dimension, smoothness)| InformationGain::Matern { constant, dimension, smoothness }),
    ];
    (0.1f64..10.0, 0.0f64..0.5, 0.01f64..0.5, 0.0f64..0.1, 0.01f64..1.0, 0.3f64..1.0, gain).prop_map(
        |(norm_bound, noise_sd, delta, floor, scale, exponent, gain)| BoundModel {
            norm_bound,
            noise_sd,
            delta,
            error: ErrorLaw::power(floor, scale, exponent),
            gain,
            role: ErrorRole::Noise,
        },
    )
}

/// Does the bound never rise in T <= `rounds`, at the R of every N in 1..=`full_runs`?
fn falls_in_rounds(model: &BoundModel, full_runs: u64, rounds: u64) -> bool {
    (1..=full_runs).all(|n| (1..rounds).all(|t| model.at(n, t + 1) <= model.at(n, t)))
}

/// Is ln bound convex in T <= `rounds`, at the R of every N in 1..=`full_runs`?
fn log_convex_in_rounds(model: &BoundModel, full_runs: u64, rounds: u64) -> bool {
    (1..=full_runs).all(|n| {
        let g: Vec<f64> = (1..=rounds).map(|t| model.at(n, t).ln()).collect();
        g.windows(3).all(|w| w[0] + w[2] >= 2.0 * w[1])
    })
}

fn optimum(model: &BoundModel, total: u64, full: u64, early: u64) -> (u64, f64) {
    let allocator = RegretBound { model: model.clone(), verification_runs: 0 };
    let budget = Budget { total: Steps(total), full: Steps(full), early: Steps(early) };
    let point = allocator.optimum(&budget).unwrap();
    (point.full_runs, point.bound)
}

proptest! {
    #![proptest_config(crate::fixed_cases())]

    /// Everywhere, in both roles: worse constants, larger bound.
    #[test]
    fn bounds_rise_with_noise_norm_and_confidence(
        model in models(), n in 1u64..200, t in 1u64..2000, factor in 1.0f64..5.0, misspecified: bool,
    ) {
        let role = if misspecified { ErrorRole::Misspecification } else { ErrorRole::Noise };
        let model = BoundModel { role, ..model };
        let base = model.at(n, t) * (1.0 - ROUNDING);
        let with = |change: &dyn Fn(&mut BoundModel)| {
            let mut changed = model.clone();
            change(&mut changed);
            changed.at(n, t)
        };
        prop_assert!(with(&|m| m.norm_bound *= factor) >= base);
        prop_assert!(with(&|m| m.noise_sd *= factor) >= base);
        prop_assert!(with(&|m| m.error.scale *= factor) >= base);
        prop_assert!(with(&|m| m.error.floor *= factor) >= base);
        prop_assert!(with(&|m| m.delta /= factor) >= base);
        prop_assert!(model.at(n + 1, t) <= model.at(n, t) * (1.0 + ROUNDING));
    }

    /// The best bound falls with C, if the bound falls in T at fixed N ...
    #[test]
    fn the_best_bound_falls_with_the_budget(model in models(), total in 10u64..150, more in 1u64..50) {
        prop_assume!(falls_in_rounds(&model, 15, 200));
        let (_, small) = optimum(&model, total * 10, 100, 10);
        let (_, large) = optimum(&model, (total + more) * 10, 100, 10);
        prop_assert!(large <= small * (1.0 + ROUNDING));
    }

    /// ... and it does wherever T gamma'/gamma <= 1/2: Matern with nu >= d/2 (and its log), seen at any N.
    #[test]
    fn slow_gain_makes_the_bound_fall_in_rounds(model in models(), n in 1u64..100, t in 1u64..5000) {
        let gain = &model.gain;
        let elasticity = (t..t + 2).map(|t| (gain.at(t + 1) / gain.at(t)).ln() / (1.0 + 1.0 / t as f64).ln()).fold(0.0, f64::max);
        prop_assume!(elasticity <= 0.5);
        prop_assert!(model.at(n, t + 1) <= model.at(n, t) * (1.0 + ROUNDING));
    }

    /// The best N never falls as k grows: no condition but an exhaustive search.
    #[test]
    fn the_best_n_rises_with_k(model in models(), runs in 2u64..60, ratio in 1u64..20, factor in 1.0f64..10.0) {
        let worse = BoundModel { error: ErrorLaw { scale: model.error.scale * factor, ..model.error }, ..model.clone() };
        let early = 10;
        let (low, _) = optimum(&model, runs * ratio * early, ratio * early, early);
        let (high, bound) = optimum(&worse, runs * ratio * early, ratio * early, early);
        let at_low = worse.at(low, (runs - low) * ratio);
        prop_assert!(high >= low || at_low <= bound * (1.0 + ROUNDING));
    }

    /// The best N never falls as C grows, where ln bound is convex in T (C and B whole numbers of early runs).
    #[test]
    fn the_best_n_rises_with_the_budget(model in models(), rounds in 20u64..120, more in 1u64..60, ratio in 2u64..20) {
        let most = rounds + more;
        prop_assume!(log_convex_in_rounds(&model, most / ratio, most));
        let (low, _) = optimum(&model, rounds, ratio, 1);
        let (high, bound) = optimum(&model, most, ratio, 1);
        let at_low = model.at(low, most - low * ratio);
        prop_assert!(high >= low || at_low <= bound * (1.0 + ROUNDING));
    }

    /// The best N never rises with B/B_small at fixed C/B_small, where ln bound falls and is convex in T.
    #[test]
    fn the_best_n_falls_with_the_price_of_a_full_run(model in models(), rounds in 40u64..180, ratio in 1u64..10, more in 1u64..10) {
        prop_assume!(log_convex_in_rounds(&model, rounds / ratio, rounds) && falls_in_rounds(&model, rounds / ratio, rounds));
        let (cheap, bound) = optimum(&model, rounds, ratio, 1);
        let (dear, _) = optimum(&model, rounds, ratio + more, 1);
        let at_dear = model.at(dear, rounds - dear * ratio);
        prop_assert!(dear <= cheap || at_dear <= bound * (1.0 + ROUNDING));
    }
}

/// At fixed C and B a smaller B_small buys more rounds for every N alike: the best N then rises, it does not fall.
#[test]
fn cheaper_early_runs_alone_do_not_lower_the_best_n() {
    let model = BoundModel::default();
    let (fewer, _) = optimum(&model, 50 * 600, 600, 200);
    let (more, _) = optimum(&model, 50 * 600, 600, 25);
    assert!(more >= fewer, "{more} {fewer}");
}

/// Under a gain that grows faster than sqrt(T), more rounds make the bound worse once noise outweighs the norm: the
/// average regret of the paper's bound does not vanish (Matern with nu < d/2).
#[test]
fn a_fast_gain_makes_more_rounds_worse() {
    let gain = InformationGain::Matern { constant: 0.5, dimension: 19.0, smoothness: 2.5 };
    let model = BoundModel { norm_bound: 0.1, noise_sd: 0.5, gain, ..BoundModel::default() };
    assert!(model.at(10, 2000) > model.at(10, 200));
}
