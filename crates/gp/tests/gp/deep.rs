//! Deep kernels.

use gp::{DeepGp, DeepOptions, Gp, GpError, GpOptions, Kernel, KernelSpec, Profile, Warp};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Fantasy, Observation, Posterior, Seed, Surrogate, SurrogateError, conformance};
use rand::RngExt;

fn deep(dimension: usize) -> DeepGp {
    let small = DeepOptions { hidden: 8, features: 2, starts: 3, evaluations: 120 };
    DeepGp::new(vec![Warp::Identity; dimension], small, GpOptions::default()).unwrap()
}

/// Values of a wave along the diagonal, which no single coordinate shows.
fn diagonal(n: usize, seed: u64) -> Vec<Observation> {
    let mut rng = Seed(seed).stream("points", 0);
    let draw = |_| {
        let x: Vec<f64> = (0..6).map(|_| rng.random()).collect();
        Observation { y: (1.5 * x.iter().sum::<f64>()).sin(), x, noise_variance: 1e-4 }
    };
    (0..n).map(draw).collect()
}

#[test]
fn keeps_the_laws() {
    let at = [vec![0.3, 0.2, 0.9, 0.1, 0.5, 0.4], vec![0.0, 1.0, 0.5, 0.0, 0.0, 1.0]];
    let verdict = conformance::check_surrogate(&|| Box::new(deep(6)), &diagonal(25, 1), &at, 1e-7);
    assert_eq!(verdict, Ok(()));
}

/// Features are learnt: with 60 values the error is less than half that of a kernel with a length scale per coordinate.
#[test]
fn learns_a_direction() {
    let (train, test) = (diagonal(60, 2), diagonal(100, 3));
    let rmse = |model: &mut dyn Surrogate| {
        model.fit(&train, Seed(0)).unwrap();
        let squares = test.iter().map(|o| (model.predict(&o.x).mean - o.y).powi(2)).sum::<f64>();
        (squares / test.len() as f64).sqrt()
    };
    let ours = rmse(&mut deep(6));
    let ard = rmse(&mut Gp::new(Kernel::ard(Profile::Matern52, 6).unwrap(), GpOptions::default()));
    eprintln!("deep {ours}, one length scale each {ard}");
    assert!(ours < 0.5 * ard, "deep {ours}, one length scale each {ard}");
}

#[test]
fn works_over_a_space_and_refuses_nonsense() {
    let space = TestSpace::simplex(3).boolean("on").build();
    let mut model = DeepGp::for_space(&space, KernelSpec::default()).unwrap();
    let data: Vec<Observation> = space
        .design(3, Seed(1))
        .iter()
        .map(|p| space.encode(p))
        .map(|x| Observation { y: x[0] - x[3], x, noise_variance: 0.0 })
        .collect();
    for n in 1..=3 {
        model.fit(&data[..n], Seed(0)).unwrap();
        let belief = model.predict(&data[0].x);
        assert!(belief.mean.is_finite() && belief.variance >= 0.0, "{belief:?}");
    }
    assert_eq!(model.fit(&[], Seed(0)), Err(SurrogateError::NoData));
    let short = Observation { x: vec![0.0], y: 0.0, noise_variance: 0.0 };
    assert_eq!(model.fit(&[short], Seed(0)), Err(SurrogateError::Dimension { index: 0, found: 1, expected: 4 }));
    let pending = model.with_pending(&[vec![0.0]], Fantasy::Mean).err().unwrap();
    assert_eq!(pending, SurrogateError::Dimension { index: 0, found: 1, expected: 4 });
    assert!(model.predict(&[0.0]).mean.is_nan() && model.predict_many(&[vec![0.0]])[0].mean.is_nan());
    let none = DeepGp::new(vec![], DeepOptions::default(), GpOptions::default()).unwrap_err();
    assert!(matches!(none, GpError::Kernel { what: "number of coordinates", .. }));
}
