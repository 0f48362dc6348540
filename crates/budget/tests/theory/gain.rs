//! Information gain: monotone, submodular, greedy within 1 - 1/e of the best, and the law behind the defaults.

use crate::toy_gp::{GRID, kernel};
use approx::assert_relative_eq;
use budget::{GainCurve, InformationGain, TheoryError, information_gain};
use jobs_core::Seed;
use proptest::prelude::*;
use rand::RngExt;

proptest! {
    #![proptest_config(crate::fixed_cases())]

    /// On sets A and B with A in B and a point x: `F(A + x) - F(A) >= F(B + x) - F(B) >= 0`.
    #[test]
    fn gain_is_monotone_and_submodular(
        larger in proptest::collection::vec(0..GRID, 1..12),
        cut in 0usize..12,
        x in 0..GRID,
        lambda in 0.05f64..3.0,
    ) {
        let smaller = &larger[..cut.min(larger.len())];
        let with = |set: &[usize]| information_gain(kernel, &[set, &[x]].concat(), lambda).unwrap();
        let without = |set: &[usize]| information_gain(kernel, set, lambda).unwrap();
        let (rise_small, rise_large) = (with(smaller) - without(smaller), with(&larger) - without(&larger));
        prop_assert!(rise_large >= -1e-12);
        prop_assert!(rise_small >= rise_large - 1e-10);
    }

    /// The greedy curve is the gain of the set it stands for, at least 1 - 1/e of the best multiset and at most it.
    #[test]
    fn greedy_is_near_the_best(points in proptest::collection::vec(0..GRID, 2..7), rounds in 1usize..5, lambda in 0.05f64..3.0) {
        let local = |i: usize, j: usize| kernel(points[i], points[j]);
        let curve = GainCurve::greedy(local, points.len(), rounds, lambda).unwrap();
        let mut best = 0.0f64;
        for code in 0..points.len().pow(rounds as u32) {
            let set: Vec<usize> = (0..rounds).map(|d| code / points.len().pow(d as u32) % points.len()).collect();
            best = best.max(information_gain(local, &set, lambda).unwrap());
        }
        let greedy = curve.at(rounds as u64);
        prop_assert!(greedy <= best + 1e-10);
        prop_assert!(greedy >= (1.0 - (-1.0f64).exp()) * best);
    }

    /// Monotone and concave inside the computed range and beyond it.
    #[test]
    fn the_curve_rises_ever_more_slowly(rounds in 2usize..60, lambda in 0.05f64..3.0, far in 1u64..1_000_000) {
        let curve = GainCurve::greedy(kernel, GRID, rounds, lambda).unwrap();
        let rise = |t: u64| curve.at(t + 1) - curve.at(t);
        for t in 0..2 * rounds as u64 {
            prop_assert!(rise(t) >= 0.0);
            prop_assert!(rise(t + 1) <= rise(t) * (1.0 + 1e-6) + 1e-9);
        }
        prop_assert!(curve.at(far + 1) >= curve.at(far) && curve.at(u64::MAX).is_finite());
        prop_assert_eq!(GainCurve::new(curve.gains().to_vec()).unwrap(), curve);
    }
}

#[test]
fn greedy_by_hand() {
    // two uncorrelated points: each round asks the one asked less
    let curve = GainCurve::greedy(|i, j| f64::from(u8::from(i == j)), 2, 4, 1.0).unwrap();
    let half_ln = |v: f64| 0.5 * v.ln();
    let expected = [0.0, half_ln(2.0), 2.0 * half_ln(2.0), half_ln(2.0) + half_ln(3.0), 2.0 * half_ln(3.0)];
    for (t, e) in expected.into_iter().enumerate() {
        assert_relative_eq!(curve.at(t as u64), e, epsilon = 1e-14);
    }
}

#[test]
fn what_is_no_kernel_is_refused() {
    let no_kernel = |i: usize, j: usize| if i == j { 1.0 } else { -0.9 };
    assert!(matches!(GainCurve::greedy(no_kernel, 5, 5, 1e-3), Err(TheoryError::NotPositiveSemidefinite { .. })));
    assert!(matches!(information_gain(no_kernel, &[0, 1, 2], 1e-3), Err(TheoryError::NotPositiveSemidefinite { .. })));
    assert!(matches!(GainCurve::greedy(|_, _| f64::NAN, 5, 5, 1.0), Err(TheoryError::Kernel { .. })));
    assert!(matches!(information_gain(|_, _| f64::NAN, &[0], 1.0), Err(TheoryError::Kernel { .. })));
    assert!(matches!(GainCurve::greedy(kernel, 0, 5, 1.0), Err(TheoryError::TooFew { .. })));
    assert!(matches!(GainCurve::greedy(kernel, GRID, usize::MAX, 1.0), Err(TheoryError::TooLarge { .. })));
    assert!(matches!(GainCurve::greedy(kernel, GRID, 5, 0.0), Err(TheoryError::OutOfRange { .. })));
    assert!(GainCurve::new(vec![0.0, 1.0, 3.0]).is_err());
    assert!(GainCurve::new(vec![0.5, 1.0]).is_err());
    assert_eq!(information_gain(kernel, &[], 1.0), Ok(0.0));
}

/// Matern-5/2 with length scale 2 over random points of the recorded space: nine mixture shares, three numbers and one
/// more on [0, 1], six switches.
#[test]
fn the_default_law_follows_the_recorded_space() {
    let mut rng = Seed(1).stream("points", 0);
    let points: Vec<Vec<f64>> = (0..1500)
        .map(|_| {
            let shares: Vec<f64> = (0..9).map(|_| -(1.0 - rng.random::<f64>()).ln()).collect();
            let total: f64 = shares.iter().sum();
            let mut x: Vec<f64> = shares.iter().map(|s| s / total).collect();
            x.extend((0..4).map(|_| rng.random::<f64>()));
            x.extend((0..6).map(|_| f64::from(u8::from(rng.random::<bool>()))));
            x
        })
        .collect();
    let matern = |i: usize, j: usize| {
        let square: f64 = points[i].iter().zip(&points[j]).map(|(a, b)| (a - b).powi(2)).sum();
        let s = (5.0 * square).sqrt() / 2.0;
        (1.0 + s + s * s / 3.0) * (-s).exp()
    };
    let curve = GainCurve::greedy(matern, points.len(), 500, 1.0).unwrap();
    for (rounds, tolerance) in [(10, 0.15), (30, 0.15), (100, 0.05), (200, 0.05), (500, 0.05), (1000, 0.05)] {
        assert_relative_eq!(InformationGain::RECORDED.at(rounds), curve.at(rounds), max_relative = tolerance);
    }
}
