//! The model on awkward and on easy data.

use gp::{Gp, GpError, GpOptions, Kernel, Profile};
use jobs_core::{Observation, Posterior, Seed, Surrogate, SurrogateError, conformance};
use proptest::prelude::*;
use rand::RngExt;

fn observe(x: &[f64], y: f64) -> Observation {
    Observation { x: x.to_vec(), y, noise_variance: 0.0 }
}

fn model(profile: Profile, dimension: usize) -> Gp {
    Gp::new(Kernel::ard(profile, dimension).unwrap(), GpOptions::default())
}

/// `n` points of a smooth function of three coordinates, the last of which does not matter.
fn smooth(n: usize) -> Vec<Observation> {
    let mut rng = Seed(5).stream("points", 0);
    (0..n)
        .map(|i| {
            let x: Vec<f64> = (0..3).map(|_| rng.random()).collect();
            let y = 40.0 + 10.0 * (5.0 * x[0]).sin() + 8.0 * x[1] * x[1];
            Observation { x, y, noise_variance: 1e-4 * (1 + i % 3) as f64 }
        })
        .collect()
}

#[test]
fn keeps_the_laws() {
    let at = [vec![0.3, 0.2, 0.9], vec![0.0, 1.0, 0.5], vec![2.0, -1.0, 0.5]];
    for profile in [Profile::Matern12, Profile::Matern32, Profile::Matern52, Profile::Rbf] {
        let verdict = conformance::check_surrogate(&|| Box::new(model(profile, 3)), &smooth(25), &at, 1e-8);
        assert_eq!(verdict, Ok(()), "{profile:?}");
    }
}

#[test]
fn learns_a_smooth_function() {
    let data = smooth(80);
    let mut gp = model(Profile::Matern52, 3);
    gp.fit(&data[..60], Seed(0)).unwrap();
    for o in &data[60..] {
        let belief = gp.predict(&o.x);
        assert!((belief.mean - o.y).abs() < 0.5 && belief.sd() < 0.5, "{belief:?}, truth {}", o.y);
    }
    let scales = gp.hyperparameters().kernel;
    assert!(scales[2] > scales[0] + 1.0, "the coordinate that does not matter got {scales:?}");
    assert!(gp.noise_variance() < 0.1);
}

/// Outcomes are standardised inside: units do not matter.
#[test]
fn units_do_not_matter() {
    let data = smooth(30);
    let (a, b) = (-250.0, 3.0);
    let image =
        data.iter().map(|o| Observation { y: a * o.y + b, noise_variance: a * a * o.noise_variance, ..o.clone() });
    let (mut gp, mut other) = (model(Profile::Matern52, 3), model(Profile::Matern52, 3));
    gp.fit(&data, Seed(0)).unwrap();
    other.fit(&image.collect::<Vec<_>>(), Seed(0)).unwrap();
    for o in &data {
        let (p, q) = (gp.predict(&o.x), other.predict(&o.x));
        assert!((a * p.mean + b - q.mean).abs() < 1e-4 * a.abs());
        assert!((p.variance - q.variance / (a * a)).abs() < 1e-4);
    }
}

/// A second fit goes on from the first: at least as likely, on the same data.
#[test]
fn fitting_again_does_not_lose() {
    let data = smooth(40);
    let mut gp = model(Profile::Matern32, 3);
    let mut last = f64::NEG_INFINITY;
    for _ in 0..3 {
        gp.fit(&data, Seed(0)).unwrap();
        let at = gp.hyperparameters();
        let parameters: Vec<f64> = at.kernel.into_iter().chain([at.log_noise]).collect();
        let (value, gradient) = gp.log_posterior(&parameters).unwrap();
        assert!(value >= last - 1e-9, "{value} after {last}");
        assert!(gradient.iter().all(|g| g.is_finite()));
        last = value;
    }
}

#[test]
fn predictions_in_batches_are_predictions() {
    let mut gp = model(Profile::Matern52, 3);
    gp.fit(&smooth(37), Seed(0)).unwrap();
    let xs: Vec<Vec<f64>> = smooth(45).into_iter().map(|o| o.x.iter().map(|v| 1.3 * v - 0.1).collect()).collect();
    let (mut d_mean, mut d_variance) = ([0.0; 3], [0.0; 3]);
    for (x, many) in xs.iter().zip(gp.predict_many(&xs)) {
        for one in [gp.predict(x), gp.predict_with_gradient(x, &mut d_mean, &mut d_variance)] {
            assert!((one.mean - many.mean).abs() < 1e-9 && (one.variance - many.variance).abs() < 1e-9);
        }
    }
    let (means, covariance) = gp.joint(&xs).unwrap();
    for (i, x) in xs.iter().enumerate() {
        let one = gp.predict(x);
        assert!((one.mean - means[i]).abs() < 1e-9 && (one.variance - covariance[i * xs.len() + i]).abs() < 1e-8);
    }
}

#[test]
fn leaving_one_out_is_conditioning_on_the_others() {
    let data = smooth(20);
    let mut gp = model(Profile::Matern52, 3);
    gp.fit(&data, Seed(0)).unwrap();
    for (i, left_out) in gp.leave_one_out().into_iter().enumerate() {
        let mut others = gp.clone();
        others.remove(i).unwrap();
        let belief = others.predict(&data[i].x);
        let variance = belief.variance + gp.noise_variance() + data[i].noise_variance;
        assert!((left_out.mean - belief.mean).abs() < 1e-7, "{left_out:?} {belief:?}");
        assert!((left_out.variance - variance).abs() < 1e-7, "{left_out:?} {variance}");
    }
}

#[test]
fn draws_have_the_moments_of_the_posterior() {
    let mut gp = model(Profile::Matern32, 3);
    gp.fit(&smooth(8), Seed(0)).unwrap();
    let xs = [vec![0.1, 0.5, 0.2], vec![0.15, 0.5, 0.2], vec![0.9, 0.1, 0.8]];
    let (means, covariance) = gp.joint(&xs).unwrap();
    const DRAWS: usize = 20_000;
    let draws = gp.sample(&xs, DRAWS, Seed(3)).unwrap();
    assert_eq!(draws, gp.sample(&xs, DRAWS, Seed(3)).unwrap());
    for i in 0..3 {
        let mean = draws.iter().map(|d| d[i]).sum::<f64>() / DRAWS as f64;
        assert!((mean - means[i]).abs() < 4.0 * (covariance[i * 4] / DRAWS as f64).sqrt());
        for j in 0..3 {
            let sample = draws.iter().map(|d| (d[i] - means[i]) * (d[j] - means[j])).sum::<f64>() / DRAWS as f64;
            let spread = (2.0 * covariance[i * 4] * covariance[j * 4] / DRAWS as f64).sqrt();
            assert!((sample - covariance[i * 3 + j]).abs() < 4.0 * spread, "{i} {j}");
        }
    }
}

#[test]
fn information_is_that_of_the_determinant() {
    let data = smooth(12);
    let mut gp = model(Profile::Rbf, 3);
    gp.fit(&data, Seed(0)).unwrap();
    let (_, scale) = gp.scaling();
    let xs: Vec<Vec<f64>> = data.iter().map(|o| o.x.clone()).collect();
    // chain rule: each observation adds half the log of one over its share of unexplained variance
    let mut total = 0.0;
    for i in 0..data.len() {
        let mut seen = gp.clone();
        for j in (i..data.len()).rev() {
            seen.remove(j).unwrap();
        }
        let noise = (gp.noise_variance() + data[i].noise_variance) / (scale * scale);
        let latent = seen.predict(&xs[i]).variance / (scale * scale);
        total += 0.5 * (1.0 + latent / noise).ln();
    }
    assert!((total - gp.information_gain()).abs() < 1e-7, "{total} {}", gp.information_gain());
}

#[test]
fn awkward_data_is_answered() {
    let grid: Vec<f64> = (0..40).map(|i| f64::from(i) / 39.0).collect();
    let cases: Vec<(&str, Vec<Observation>)> = vec![
        ("one", vec![observe(&[0.3], 2.0)]),
        ("duplicates", (0..30).map(|i| observe(&[0.5 * f64::from(i % 2)], f64::from(i % 3))).collect()),
        ("equal duplicates", (0..30).map(|_| observe(&[0.5], 1.0)).collect()),
        ("constant", grid.iter().map(|&x| observe(&[x], 3.7)).collect()),
        ("constant to rounding", grid.iter().map(|&x| observe(&[x], 3.7 + 1e-15 * x)).collect()),
        ("huge", grid.iter().map(|&x| observe(&[x], 1e150 * x)).collect()),
        ("tiny", grid.iter().map(|&x| observe(&[x], 1e-150 * x)).collect()),
        ("near duplicates", grid.iter().map(|&x| observe(&[1e-9 * x], x)).collect()),
        ("outlier", grid.iter().map(|&x| observe(&[x], if x > 0.99 { 1e6 } else { x })).collect()),
        ("very noisy", grid.iter().map(|&x| Observation { x: vec![x], y: x, noise_variance: 1e8 }).collect()),
    ];
    for (name, data) in cases {
        for floor in [1e-12, 1e-6] {
            let options = GpOptions { noise_floor: floor, ..GpOptions::default() };
            let mut gp = Gp::new(Kernel::ard(Profile::Rbf, 1).unwrap(), options);
            gp.fit(&data, Seed(0)).unwrap_or_else(|e| panic!("{name}: {e}"));
            for x in [-1.0, 0.0, 0.4, 0.5, 1.0] {
                let p = gp.predict(&[x]);
                assert!(p.mean.is_finite() && p.variance.is_finite() && p.variance >= 0.0, "{name}: {p:?}");
            }
            assert!(gp.leave_one_out().iter().all(|p| p.mean.is_finite() && p.variance > 0.0), "{name}");
            assert!(gp.log_marginal_likelihood().is_finite(), "{name}");
            gp.sample(&[vec![0.1], vec![0.1]], 3, Seed(0)).unwrap_or_else(|e| panic!("{name}: {e}"));
            gp.condition_on(&data[..1]).unwrap();
            gp.condition_on(&data).unwrap();
        }
    }
}

#[test]
fn nearly_no_noise_interpolates() {
    let options = GpOptions { noise_floor: 1e-12, ..GpOptions::default() };
    let mut gp = Gp::new(Kernel::ard(Profile::Rbf, 1).unwrap(), options);
    let data: Vec<Observation> = (0..60).map(|i| f64::from(i) / 59.0).map(|x| observe(&[x], (6.0 * x).sin())).collect();
    gp.condition_on(&data).unwrap();
    let mut exact = gp.hyperparameters();
    exact.log_noise = 1e-12f64.ln();
    gp.set_hyperparameters(&exact).unwrap();
    assert!(gp.jitter() <= 1e-4);
    for o in &data {
        assert!((gp.predict(&o.x).mean - o.y).abs() < 1e-4);
    }
}

/// Once its buffers have grown a model predicts without allocating.
#[test]
fn predictions_do_not_allocate() {
    let mut gp = model(Profile::Matern52, 3);
    gp.fit(&smooth(60), Seed(0)).unwrap();
    let (x, mut d_mean, mut d_variance) = ([0.2, 0.4, 0.6], [0.0; 3], [0.0; 3]);
    let mut predict = || {
        gp.predict(&x);
        gp.predict_with_gradient(&x, &mut d_mean, &mut d_variance);
    };
    predict();
    let allocated = allocation_counter::measure(|| (0..100).for_each(|_| predict()));
    assert_eq!(allocated.count_total, 0);
}

/// A smooth kernel, 500 points within reach of each other and a noise variance of 1e-12: the matrix is all but singular.
#[test]
fn five_hundred_points_without_noise() {
    let options = GpOptions { noise_floor: 1e-12, ..GpOptions::default() };
    let mut gp = Gp::new(Kernel::ard(Profile::Rbf, 3).unwrap(), options);
    let data: Vec<Observation> = smooth(500).into_iter().map(|o| observe(&o.x, o.y)).collect();
    gp.condition_on(&data[..300]).unwrap();
    let mut exact = gp.hyperparameters();
    exact.log_noise = 1e-12f64.ln();
    exact.kernel[..3].fill(1.5f64.ln());
    gp.set_hyperparameters(&exact).unwrap();
    gp.condition_on(&data).unwrap();
    let (_, scale) = gp.scaling();
    assert!(gp.jitter() <= 1.1e-4 * scale * scale * gp.kernel().variance(), "{}", gp.jitter());
    for o in data.iter().step_by(50) {
        let belief = gp.predict(&o.x);
        assert!((belief.mean - o.y).abs() < 0.1 && belief.variance >= 0.0, "{belief:?}, observed {}", o.y);
    }
    assert!(gp.leave_one_out().iter().all(|p| p.mean.is_finite() && p.variance > 0.0));
}

#[test]
fn five_hundred_points() {
    let data = smooth(500);
    let mut gp = model(Profile::Matern52, 3);
    gp.condition_on(&data[..300]).unwrap();
    gp.condition_on(&data).unwrap();
    assert!((gp.predict(&data[400].x).mean - data[400].y).abs() < 1.0);
}

#[test]
fn errors_say_what_is_wrong() {
    let mut gp = model(Profile::Rbf, 2);
    assert_eq!(gp.fit(&[], Seed(0)), Err(SurrogateError::NoData));
    assert_eq!(
        gp.fit(&[observe(&[0.0, 0.0], 1.0), observe(&[0.0], 1.0)], Seed(0)),
        Err(SurrogateError::Dimension { index: 1, found: 1, expected: 2 })
    );
    for bad in [
        observe(&[0.0, f64::NAN], 1.0),
        observe(&[0.0, 0.0], f64::INFINITY),
        Observation { noise_variance: -1.0, ..observe(&[0.0, 0.0], 1.0) },
    ] {
        assert!(matches!(gp.condition_on(&[bad]), Err(SurrogateError::NotFinite { index: 0, .. })));
    }
    assert!(matches!(
        gp.fit(&vec![observe(&[0.0, 0.0], 1.0); 6000], Seed(0)),
        Err(SurrogateError::TooMany { n: 6000, .. })
    ));
    assert_eq!(gp.remove(0), Err(GpError::NoSuchObservation { index: 0, n: 0 }));
    assert!(gp.predict(&[0.0]).mean.is_nan());
    assert!(gp.predict_many(&[vec![0.0]])[0].mean.is_nan());
    assert!(gp.joint(&[vec![0.0]]).is_err());
    assert!(gp.predict(&[0.0, 0.0]).variance > 0.0, "the prior");
    assert!(gp.set_hyperparameters(&model(Profile::Rbf, 3).hyperparameters()).is_err());
}

/// The covariance of a point with itself is its variance, and what observing b without noise explains of a is cov^2 / var(b).
#[test]
fn covariance_is_what_an_observation_explains() {
    let mut gp = model(Profile::Matern52, 3);
    gp.fit(&smooth(20), Seed(0)).unwrap();
    let (a, b) = ([0.3, 0.9, 0.1], [0.35, 0.7, 0.2]);
    let (before, there) = (gp.predict(&a).variance, gp.predict(&b).variance);
    assert!((gp.covariance(&a, &a).unwrap() - before).abs() < 1e-12);
    let covariance = gp.covariance(&a, &b).unwrap();
    let mut data = smooth(20);
    data.push(observe(&b, gp.predict(&b).mean));
    let noise = gp.noise_variance();
    gp.condition_on(&data).unwrap();
    let expected = before - covariance * covariance / (there + noise);
    let after = gp.predict(&a).variance;
    assert!((after - expected).abs() < 1e-8 * before.max(1e-3), "{after} {expected}");
    assert!(expected < 0.999 * before, "the test would see nothing");
    assert_eq!(gp.covariance(&a, &[0.0]), None);
}

/// Beliefs of two models are the same to 1e-9, in units of the outcomes' scale.
fn assert_same(a: &Gp, b: &Gp) {
    for x in [[0.1, 0.2, 0.3], [0.8, 0.5, 0.0], [1.5, -0.2, 0.4]] {
        let (p, q) = (a.predict(&x), b.predict(&x));
        assert!((p.mean - q.mean).abs() < 1e-8 && (p.variance - q.variance).abs() < 1e-8, "{p:?} {q:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However the data came to be held - appended, truncated, removed, with other outcomes before - it is as if
    /// conditioned on at once.
    #[test]
    fn history_does_not_matter(n in 3usize..40, cut in 0.0..1.0f64, gone in 0.0..1.0f64, moved in -1.0..1.0f64) {
        let data = smooth(n);
        let mut fresh = model(Profile::Matern52, 3);
        fresh.fit(&data, Seed(0)).unwrap();
        let mut other = fresh.clone();
        let cut = ((n as f64 * cut) as usize).max(1);
        let mut start = data[..cut].to_vec();
        start.iter_mut().for_each(|o| o.y += moved);
        if moved > 0.0 {
            start.push(observe(&[moved, 0.5, 0.5], 40.0));
        }
        other.condition_on(&start).unwrap();
        other.condition_on(&data).unwrap();
        assert_same(&fresh, &other);
        let gone = (n as f64 * gone) as usize;
        other.remove(gone).unwrap();
        let mut rest = data.clone();
        rest.remove(gone);
        fresh.condition_on(&rest).unwrap();
        assert_same(&fresh, &other);
    }
}
