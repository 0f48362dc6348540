//! Surrogates with transferred prior means.

use std::sync::Arc;

use gp::{Gp, KernelSpec, WithPriorMeans};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Fantasy, Observation, Posterior, PriorMean, SearchSpace, Seed, Surrogate, SurrogateError};

/// A slope along one coordinate, standardised over the unit interval.
#[derive(Debug)]
struct Slope {
    along: usize,
    steepness: f64,
}

impl PriorMean for Slope {
    fn value(&self, x: &[f64]) -> f64 {
        self.steepness * (x[self.along] - 0.5)
    }
    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        gradient[self.along] += weight * self.steepness;
        self.value(x)
    }
    fn depends_on(&self, coordinate: usize) -> bool {
        coordinate == self.along
    }
}

fn space() -> SearchSpace {
    TestSpace::simplex(2).real("rank", 0.0, 1.0).build()
}

fn slope(along: usize, sign: f64) -> Arc<dyn PriorMean> {
    Arc::new(Slope { along, steepness: sign * 12f64.sqrt() })
}

fn with(means: &[Arc<dyn PriorMean>]) -> WithPriorMeans {
    WithPriorMeans::new(Box::new(Gp::for_space(&space(), KernelSpec::default())), means.to_vec())
}

/// `n` outcomes of a function of the rank, the mixture's first part and a bend.
fn data(n: usize, rank: f64, share: f64) -> Vec<Observation> {
    let points = space().design(n, Seed(3));
    let xs = points.iter().map(|p| space().encode(p));
    xs.map(|x| Observation { y: 5.0 + rank * x[2] + share * (x[0] - 0.4).powi(2), x, noise_variance: 0.0 }).collect()
}

#[test]
fn without_prior_means_it_is_the_surrogate_itself() {
    let data = data(12, 1.0, 2.0);
    let (mut plain, mut wrapped) = (Gp::for_space(&space(), KernelSpec::default()), with(&[]));
    plain.fit(&data, Seed(0)).unwrap();
    wrapped.fit(&data, Seed(0)).unwrap();
    let x = [0.3, 0.7, 0.9];
    assert_eq!(plain.predict(&x), wrapped.predict(&x));
    assert_eq!(plain.information_gain(), wrapped.information_gain().unwrap());
}

#[test]
fn a_prior_mean_is_weighted_by_the_outcomes() {
    let weights = |n: usize, rank: f64| {
        let mut model = with(&[slope(2, 1.0)]);
        model.fit(&data(n, rank, 0.2), Seed(0)).unwrap();
        model.weights()[0]
    };
    // in units of outcomes: a rank that matters by 3 over its range is 3 / sqrt(12) standardised slopes
    let exact = 3.0 / 12f64.sqrt();
    assert!((weights(40, 3.0) - exact).abs() < 0.05 * exact, "{}", weights(40, 3.0));
    assert!(weights(40, -3.0) == 0.0, "a contradicted prior mean has no weight");
    // of twice what it is, so much is taken back by forty outcomes and little by three
    assert!(
        weights(3, 0.0) > 0.0 && weights(40, 0.0) < 0.2 * weights(3, 0.0),
        "{} {}",
        weights(3, 0.0),
        weights(40, 0.0)
    );
}

#[test]
fn equal_prior_means_share_a_weight_and_the_right_one_of_two_has_it() {
    let mut twins = with(&[slope(2, 1.0), slope(2, 1.0)]);
    let mut two = with(&[slope(0, 1.0), slope(2, 1.0)]);
    for model in [&mut twins, &mut two] {
        model.fit(&data(40, 3.0, 0.2), Seed(0)).unwrap();
    }
    assert!((twins.weights()[0] - twins.weights()[1]).abs() < 1e-6);
    assert!(two.weights()[1] > 10.0 * two.weights()[0], "{:?}", two.weights());
}

#[test]
fn far_from_the_data_the_mean_follows_the_prior_mean() {
    // outcomes at low ranks only
    let low: Vec<Observation> = data(60, 3.0, 0.2).into_iter().filter(|o| o.x[2] < 0.4).collect();
    let (mut plain, mut transferred) = (with(&[]), with(&[slope(2, 1.0)]));
    plain.fit(&low, Seed(0)).unwrap();
    transferred.fit(&low, Seed(0)).unwrap();
    let (x, truth) = ([0.4, 0.6, 1.0], 8.0);
    let off = |model: &WithPriorMeans| (model.predict(&x).mean - truth).abs();
    assert!(off(&transferred) < 0.3 && off(&transferred) < off(&plain), "{} {}", off(&transferred), off(&plain));
}

#[test]
fn gradients_and_many_at_once_agree_with_the_mean() {
    let mut model = with(&[slope(2, 1.0), slope(0, -1.0)]);
    model.fit(&data(20, 2.0, 1.0), Seed(0)).unwrap();
    let x = [0.35, 0.65, 0.6];
    let (mut d_mean, mut d_variance) = ([0.0; 3], [0.0; 3]);
    let at = model.predict_with_gradient(&x, &mut d_mean, &mut d_variance);
    assert!((at.mean - model.predict(&x).mean).abs() < 1e-12);
    assert!((model.predict_many(&[x.to_vec()])[0].mean - at.mean).abs() < 1e-12);
    for (i, slope) in d_mean.iter().enumerate() {
        let moved = |by: f64| {
            let mut x = x;
            x[i] += by;
            model.predict(&x).mean
        };
        let found = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((found - slope).abs() < 1e-5 * (1.0 + slope.abs()), "coordinate {i}: {found} {slope}");
    }
}

#[test]
fn conditioning_keeps_the_weights() {
    let all = data(20, 2.0, 1.0);
    let mut model = with(&[slope(2, 1.0)]);
    model.fit(&all[..10], Seed(0)).unwrap();
    let before = model.weights().to_vec();
    model.condition_on(&all).unwrap();
    assert_eq!(model.weights(), before);
    assert!((model.predict(&all[15].x).mean - all[15].y).abs() < 0.1);
}

#[test]
fn pending_points_are_told_what_is_left_of_the_lie() {
    let mut model = with(&[slope(2, 1.0)]);
    model.fit(&data(20, 2.0, 1.0), Seed(0)).unwrap();
    let pending = vec![vec![0.9, 0.1, 0.95], vec![0.1, 0.9, 0.5]];
    let same = model.with_pending(&pending, Fantasy::Mean).unwrap();
    let low = model.with_pending(&pending, Fantasy::Constant(0.0)).unwrap();
    for x in &pending {
        let before = model.predict(x);
        assert!((same.predict(x).mean - before.mean).abs() < 1e-9 && same.predict(x).variance <= before.variance);
        assert!(low.predict(x).mean < before.mean);
    }
    // the fantasy is the outcome, whatever the prior mean there: as if it had been observed
    let mut told = data(20, 2.0, 1.0);
    told.extend(pending.iter().map(|x| Observation { x: x.clone(), y: 0.0, noise_variance: 0.0 }));
    model.condition_on(&told).unwrap();
    assert!((model.predict(&pending[0]).mean - low.predict(&pending[0]).mean).abs() < 1e-9);
}

#[test]
fn the_posterior_mean_is_a_function_of_its_own() {
    let mut gp = Gp::for_space(&space(), KernelSpec::default());
    let data = data(15, 2.0, 1.0);
    gp.fit(&data, Seed(0)).unwrap();
    let (mean, x) = (gp.posterior_mean(), [0.35, 0.65, 0.6]);
    let (mut by_mean, mut slopes, mut d_variance) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    let belief = gp.predict_with_gradient(&x, &mut by_mean, &mut d_variance);
    assert_eq!((mean.value(&x), mean.value_with_gradient(&x, &mut slopes)), (belief.mean, belief.mean));
    assert_eq!(slopes, by_mean);
    gp.condition_on(&data[..3]).unwrap();
    assert_eq!(mean.value(&x), belief.mean, "it stays what it was");
    assert!(mean.value(&x[..2]).is_nan() && mean.value_with_gradient(&x, &mut slopes[..2]).is_nan());
}

#[test]
fn bad_data_are_refused_as_without_prior_means() {
    let mut model = with(&[slope(2, 1.0)]);
    assert!(matches!(model.fit(&[], Seed(0)), Err(SurrogateError::NoData)));
    let short = Observation { x: vec![0.5], y: 1.0, noise_variance: 0.0 };
    assert!(matches!(model.fit(&[short], Seed(0)), Err(SurrogateError::Dimension { .. })));
    let wild = Observation { x: vec![0.5, 0.5, 0.5], y: f64::NAN, noise_variance: 0.0 };
    assert!(matches!(model.fit(&[wild], Seed(0)), Err(SurrogateError::NotFinite { .. })));
    // one outcome tells no scale: no trend is heard
    model.fit(&data(1, 1.0, 1.0), Seed(0)).unwrap();
    assert_eq!(model.weights(), [0.0]);
}
