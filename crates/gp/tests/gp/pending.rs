//! Suggestions while other points are being evaluated.

use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::{MixedMaximiser, batch};
use gp::{Gp, GpOptions, KernelSpec};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{
    Acquisition, Fantasy, Observation, Posterior, SearchContext, SearchSpace, Seed, Surrogate, SurrogateError,
};

fn space() -> SearchSpace {
    TestSpace::simplex(3).integer("rank", 1, 64).boolean("front").build()
}

fn fitted() -> (SearchSpace, Gp, Vec<Observation>) {
    let space = space();
    let data: Vec<Observation> = space
        .design(15, Seed(3))
        .iter()
        .map(|p| space.encode(p))
        .map(|x| Observation {
            y: (x[0] - 0.5).powi(2) + 0.3 * (x[3] - 0.3).powi(2) + 0.1 * x[4],
            x,
            noise_variance: 1e-4,
        })
        .collect();
    let mut gp = Gp::for_space(&space, KernelSpec::default());
    gp.fit(&data, Seed(0)).unwrap();
    (space, gp, data)
}

#[test]
fn believed_points_move_no_mean_and_lower_variances() {
    let (space, gp, data) = fitted();
    let xs: Vec<Vec<f64>> = space.design(40, Seed(9)).iter().map(|p| space.encode(p)).collect();
    let pending = &xs[..4];
    let told = gp.with_pending(pending, Fantasy::Mean).unwrap();
    for ((x, before), after) in xs.iter().zip(gp.predict_many(&xs)).zip(told.predict_many(&xs)) {
        assert!((before.mean - after.mean).abs() < 1e-9, "{before:?} {after:?} at {x:?}");
        assert!(after.variance <= before.variance + 1e-12);
    }
    // as if the means had been observed
    let mut observed = gp.clone();
    let mut all = data.clone();
    all.extend(pending.iter().map(|x| Observation { x: x.clone(), y: gp.predict(x).mean, noise_variance: 0.0 }));
    observed.condition_on(&all).unwrap();
    for (p, q) in told.predict_many(&xs).into_iter().zip(observed.predict_many(&xs)) {
        assert!((p.mean - q.mean).abs() < 1e-9 && (p.variance - q.variance).abs() < 1e-9, "{p:?} {q:?}");
    }
    let raised = gp.with_pending(pending, Fantasy::Constant(5.0)).unwrap();
    assert!(raised.predict(&xs[0]).mean > gp.predict(&xs[0]).mean + 0.5);
}

#[test]
fn a_model_without_data_can_have_pending_points() {
    let space = space();
    let gp = Gp::for_space(&space, KernelSpec::default());
    let x = space.encode(&space.design(1, Seed(0))[0]);
    let told = gp.with_pending(std::slice::from_ref(&x), Fantasy::Mean).unwrap();
    assert!(told.predict(&x).variance < 0.5 * gp.predict(&x).variance);
}

#[test]
fn too_many_and_unsound_pending_points_are_refused() {
    let (_, gp, data) = fitted();
    let x = data[0].x.clone();
    let short = gp.with_pending(&[vec![0.5]], Fantasy::Mean).err().unwrap();
    assert_eq!(short, SurrogateError::Dimension { index: 0, found: 1, expected: 5 });
    let refused = gp.with_pending(std::slice::from_ref(&x), Fantasy::Constant(f64::NAN)).err().unwrap();
    assert!(matches!(refused, SurrogateError::NotFinite { index: 0, .. }));
    let mut small = Gp::new(gp.kernel().clone(), GpOptions { most: 16, ..GpOptions::default() });
    small.fit(&data, Seed(0)).unwrap();
    assert!(small.with_pending(std::slice::from_ref(&x), Fantasy::Mean).is_ok());
    let many = small.with_pending(&[x.clone(), x], Fantasy::Mean).err().unwrap();
    assert_eq!(many, SurrogateError::TooMany { n: 17, limit: 16 });
}

/// A batch goes to different places, the first of which is what one suggestion would be; and is the same again.
#[test]
fn batches_spread() {
    let (space, gp, data) = fitted();
    let incumbent = data.iter().map(|o| o.y).fold(f64::INFINITY, f64::min);
    let rules: [Box<dyn Acquisition>; 2] = [Box::new(Ucb::new(Beta::Fixed(4.0))), Box::new(LogEi::default())];
    for mut rule in rules {
        rule.prepare(&SearchContext {
            observations: 15,
            dimension: 5,
            incumbent,
            information: gp.information_gain().into(),
        });
        let (maximiser, seed) = (MixedMaximiser::default(), Seed(4));
        let suggest = |pending: &[Vec<f64>], count| {
            batch(&maximiser, &space, &gp, &*rule, &[], pending, Fantasy::Mean, count, seed).unwrap()
        };
        let four = suggest(&[], 4);
        let xs: Vec<Vec<f64>> = four.iter().map(|s| space.encode(&s.point)).collect();
        for i in 0..4 {
            for j in 0..i {
                let distance: f64 = xs[i].iter().zip(&xs[j]).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(distance > 1e-4, "{i} and {j} are the same place: {:?}", xs[i]);
            }
        }
        assert_eq!(four, suggest(&[], 4));
        assert_eq!(four[..1], suggest(&[], 1));
        let beside = suggest(&xs[..1], 1);
        assert_ne!(beside[0].point, four[0].point, "a pending point is not suggested again");
    }
}
