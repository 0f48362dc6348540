//! Gradients of every kernel by central differences, through one macro.

use gp::kernel::{Factor, FactorColumn};
use gp::{
    Gp, GpError, GpOptions, InverseGaussian, Kernel, KernelSpec, Mixing, Prior, Priors, Profile, SimplexWarp, Warp,
};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Observation, Posterior, SearchSpace, Seed, Surrogate};

fn space() -> SearchSpace {
    TestSpace::every_kind()
}

fn points(kernel: &Kernel, n: usize) -> Vec<Vec<f64>> {
    let mut xs: Vec<Vec<f64>> = space().design(n, Seed(4)).iter().map(|p| space().encode(p)).collect();
    let d = kernel.dimension();
    for (i, x) in xs.iter_mut().enumerate() {
        x.resize(d, (i % 4) as f64 / 3.0);
    }
    xs[1][0] = 0.0; // where a share is zero
    xs
}

/// By x, off the training points and at one, where shares are zero too.
fn check_by_x(kernel: &Kernel) {
    const H: f64 = 1e-6;
    let xs = points(kernel, 6);
    let smooth = kernel.factors().iter().all(|f| f.profile != Profile::Matern12);
    for (i, x) in xs.iter().enumerate() {
        for (j, other) in xs.iter().enumerate().filter(|(j, _)| smooth || *j != i) {
            let gradient = kernel.gradient(x, other);
            for k in 0..x.len() {
                // the root has a kink where one coordinate agrees and is all that counts; none of these points do
                let mut moved = x.clone();
                moved[k] = x[k] + H;
                let up = kernel.value(&moved, other);
                moved[k] = x[k] - H;
                let numeric = (up - kernel.value(&moved, other)) / (2.0 * H);
                assert!(
                    (gradient[k] - numeric).abs() < 1e-4 * (1.0 + numeric.abs()),
                    "{i} {j} {k}: {} {numeric}",
                    gradient[k]
                );
            }
        }
    }
}

/// By log hyper-parameters, through the log posterior and the log likelihood, with both kinds of priors.
fn check_by_parameters(kernel: &Kernel) {
    let of_powers = InverseGaussian { power: -2.0, shape: 1.2, rate: 0.3, inverse_rate: 0.1 };
    let others = Priors {
        length_scale: of_powers.into(),
        weight: Prior::gamma(2.0, 1.0),
        noise: Prior::gamma(1.1, 30.0),
        ..Priors::default()
    };
    for priors in [Priors::default(), others] {
        check_with_priors(kernel, priors);
    }
}

fn check_with_priors(kernel: &Kernel, priors: Priors) {
    const H: f64 = 1e-5;
    let xs = points(kernel, 15);
    let data: Vec<Observation> = xs
        .iter()
        .enumerate()
        .map(|(i, x)| Observation {
            x: x.clone(),
            y: x[0] + (3.0 * x[3]).sin() * x[5],
            noise_variance: 1e-3 * i as f64,
        })
        .collect();
    let mut gp = Gp::new(kernel.clone(), GpOptions { priors, ..GpOptions::default() });
    gp.condition_on(&data).unwrap();
    for shift in [0.0, -1.0] {
        let mut at: Vec<f64> =
            kernel.parameters().iter().enumerate().map(|(i, p)| p + shift + 0.1 * (i as f64).cos()).collect();
        at.push(-3.0 + shift);
        let of = [Gp::log_posterior, Gp::log_likelihood];
        for (which, density) in of.into_iter().enumerate() {
            let (_, gradient) = density(&gp, &at).unwrap();
            for k in 0..at.len() {
                let mut moved = at.clone();
                moved[k] += H;
                let up = density(&gp, &moved).unwrap().0;
                moved[k] -= 2.0 * H;
                let numeric = (up - density(&gp, &moved).unwrap().0) / (2.0 * H);
                assert!(
                    (gradient[k] - numeric).abs() < 1e-5 * (1.0 + numeric.abs()),
                    "{which}, parameter {k}: {} {numeric}",
                    gradient[k]
                );
            }
        }
    }
}

/// Symmetric, largest on the diagonal, one variance everywhere.
fn check_shape(kernel: &Kernel) {
    let xs = points(kernel, 8);
    let (n, gram) = (xs.len(), kernel.gram(&xs));
    for i in 0..n {
        assert!((gram[i * n + i] - kernel.variance()).abs() < 1e-12);
        for j in 0..n {
            assert_eq!(gram[i * n + j], kernel.value(&xs[i], &xs[j]));
            assert!((gram[i * n + j] - gram[j * n + i]).abs() < 1e-12 && gram[i * n + j] <= kernel.variance() + 1e-12);
        }
    }
}

macro_rules! sound {
    ($($name:ident: $kernel:expr,)*) => {$(
        #[test]
        fn $name() {
            let kernel: Kernel = $kernel;
            check_shape(&kernel);
            check_by_x(&kernel);
            check_by_parameters(&kernel);
        }
    )*};
}

fn spec(mixing: Mixing, simplex: SimplexWarp, profile: Profile) -> KernelSpec {
    KernelSpec { profile, mixing, simplex, log_integers: true }
}

sound! {
    matern12: Kernel::ard(Profile::Matern12, 9).unwrap(),
    matern32: Kernel::ard(Profile::Matern32, 9).unwrap(),
    matern52: Kernel::ard(Profile::Matern52, 9).unwrap(),
    rbf: Kernel::ard(Profile::Rbf, 9).unwrap(),
    plain: Kernel::for_space(&space(), spec(Mixing::Plain, SimplexWarp::Shares, Profile::Matern52)),
    product: Kernel::for_space(&space(), spec(Mixing::Product, SimplexWarp::Sqrt { eps: 1e-2 }, Profile::Matern32)),
    sum_product: Kernel::for_space(&space(), KernelSpec::default()),
    apart: Kernel::for_space(&space(), spec(Mixing::SumProductApart, SimplexWarp::Log { eps: 1e-2 }, Profile::Rbf)),
    fidelity: Kernel::for_space_and_fidelity(&space(), KernelSpec::default()),
    fidelity_plain: Kernel::for_space_and_fidelity(&space(), spec(Mixing::Plain, SimplexWarp::Shares, Profile::Matern52)),
    with_a_constant: Kernel::new(
        vec![Warp::Identity; 9],
        vec![Factor { profile: Profile::Rbf, columns: vec![FactorColumn { coordinate: 3, group: 0, gain: 2.0 }] }],
        vec![vec![0], vec![]],
    ).unwrap(),
}

/// Formulas written out for one pair, against the kernel over a space.
#[test]
fn values_are_those_of_the_formulas() {
    let kernel = Kernel::for_space(&space(), spec(Mixing::SumProduct, SimplexWarp::Shares, Profile::Matern52));
    let x = [0.2, 0.3, 0.5, 0.1, 0.4, 1.0, 1.0, 0.0, 0.0];
    let other = [0.4, 0.1, 0.5, 0.1, 0.9, 0.0, 0.0, 0.0, 1.0];
    // all continuous length scales sqrt 5, all discrete ones sqrt 4, all weights 1/3
    let r2 = (0.2f64.powi(2) + 0.2f64.powi(2) + 0.5f64.powi(2)) / 5.0;
    let s = (5.0 * r2).sqrt();
    let continuous = (1.0 + s + s * s / 3.0) * (-s).exp();
    // two dimensions differ, whatever number of choices one of them has
    let discrete = (-0.5 * (1.0 + 1.0) / 4.0f64).exp();
    let expected = (continuous + discrete + continuous * discrete) / 3.0;
    assert!((kernel.value(&x, &other) - expected).abs() < 1e-14);
    assert_eq!(kernel.factors()[1].groups(), 2);
}

#[test]
fn warps_are_smooth_and_span_the_unit_interval() {
    for warp in [Warp::Identity, Warp::Sqrt { eps: 1e-3 }, Warp::Log { eps: 1e-3 }] {
        for i in -20..40 {
            let u = 5e-4 * f64::from(i);
            let numeric = (warp.value(u + 1e-8) - warp.value(u - 1e-8)) / 2e-8;
            assert!(
                (warp.slope(u) - numeric).abs() < 1e-4 * numeric.abs(),
                "{warp:?} at {u}: {} {numeric}",
                warp.slope(u)
            );
        }
    }
    assert_eq!((Warp::Log { eps: 0.01 }.value(0.0), Warp::Log { eps: 0.01 }.value(1.0)), (0.0, 1.0));
    // the logarithm of an integer in [1, 64] from its linear encoding
    let warp = Warp::Log { eps: 1.0 / 63.0 };
    assert!((warp.value(7.0 / 63.0) - 8f64.ln() / 64f64.ln()).abs() < 1e-12);
}

/// A share of zero is as good as one far below `eps`; down to there ratios count, so that 0.001 and 0.1 are further apart than 0.5 and 0.6.
#[test]
fn zero_parts_are_near_tiny_ones() {
    for simplex in [SimplexWarp::Log { eps: 1e-3 }, SimplexWarp::Sqrt { eps: 1e-3 }] {
        let kernel = Kernel::for_space(&space(), spec(Mixing::Product, simplex, Profile::Matern52));
        let at = |share: f64| {
            let mut x = vec![0.0; kernel.dimension()];
            x[..3].copy_from_slice(&[share, 0.3, 0.7 - share]);
            x[8] = 1.0;
            x
        };
        let apart = |a: f64, b: f64| 1.0 - kernel.value(&at(a), &at(b)) / kernel.variance();
        assert!(apart(0.0, 1e-6) < 1e-6, "{simplex:?}: {}", apart(0.0, 1e-6));
        assert!(apart(0.001, 0.1) > 2.0 * apart(0.5, 0.6), "{simplex:?}");
        assert!(apart(0.0, 0.1) > apart(0.01, 0.1), "{simplex:?}");
        assert!(kernel.gradient(&at(0.0), &at(0.1)).iter().all(|g| g.is_finite()), "{simplex:?}");
    }
}

#[test]
fn nonsense_is_refused() {
    let column = |coordinate, group| FactorColumn { coordinate, group, gain: 1.0 };
    let factor = |c| Factor { profile: Profile::Rbf, columns: vec![c] };
    let one = vec![Warp::Identity];
    assert!(Kernel::new(one.clone(), vec![factor(column(1, 0))], vec![vec![0]]).is_err());
    assert!(Kernel::new(one.clone(), vec![factor(column(0, 1))], vec![vec![0]]).is_err());
    assert!(Kernel::new(one.clone(), vec![factor(column(0, 0))], vec![vec![1]]).is_err());
    assert!(Kernel::new(one.clone(), vec![factor(column(0, 0))], vec![vec![0, 0]]).is_err());
    assert!(Kernel::new(one.clone(), vec![factor(column(0, 0))], vec![]).is_err());
    let steep = FactorColumn { gain: f64::NAN, ..column(0, 0) };
    assert!(matches!(Kernel::new(one, vec![factor(steep)], vec![vec![0]]), Err(GpError::NotFinite { index: 0, .. })));
    for eps in [0.0, -1e-3, f64::NAN] {
        for warp in [Warp::Sqrt { eps }, Warp::Log { eps }] {
            let kernel = Kernel::new(vec![Warp::Identity, warp], vec![factor(column(0, 0))], vec![vec![0]]);
            assert!(matches!(kernel, Err(GpError::Warp { coordinate: 1, .. })), "{warp:?}");
        }
    }
    assert!(Kernel::ard(Profile::Rbf, 2).unwrap().set_parameters(&[0.0]).is_err());
    assert!(Kernel::ard(Profile::Rbf, 1).unwrap().set_parameters(&[0.0, f64::NAN]).is_err());
    assert!(Kernel::ard(Profile::Rbf, 1).unwrap().value(&[0.0], &[0.0, 1.0]).is_nan());
}

/// Values at low fidelity inform about the full one; the slice is the full posterior there.
#[test]
fn fidelities_inform_each_other() {
    let space = space();
    let mut gp = Gp::for_space_and_fidelity(&space, KernelSpec::default());
    let truth = |x: &[f64], s: f64| x[0] + x[4] + 1.5 * (-3.0 * s).exp();
    let mut data = vec![];
    for (i, p) in space.design(60, Seed(2)).iter().enumerate() {
        let mut x = space.encode(p);
        let s = if i < 45 { 0.16 } else { 1.0 };
        let y = truth(&x, s);
        x.push(s);
        data.push(Observation { x, y, noise_variance: 1e-6 });
    }
    gp.fit(&data, Seed(0)).unwrap();
    let slice = gp::AtFidelity::new(&gp, 1.0);
    let mut squares = 0.0;
    let test = space.design(120, Seed(2)).split_off(60);
    for p in &test {
        let x = space.encode(p);
        squares += (slice.predict(&x).mean - truth(&x, 1.0)).powi(2);
        let many = slice.predict_many(std::slice::from_ref(&x))[0];
        assert!((slice.predict(&x).mean - many.mean).abs() < 1e-9);
    }
    let rmse = (squares / test.len() as f64).sqrt();
    assert!(rmse < 0.1, "rmse {rmse}");
}

/// A kernel over a space cannot refuse an offset of zero; a model with it refuses data instead of believing nonsense.
#[test]
fn offsets_of_zero_end_in_an_error() {
    let kernel = Kernel::for_space(&space(), spec(Mixing::Plain, SimplexWarp::Log { eps: 0.0 }, Profile::Matern52));
    let data: Vec<Observation> =
        points(&kernel, 8).into_iter().map(|x| Observation { y: x[4], x, noise_variance: 0.0 }).collect();
    let mut gp = Gp::new(kernel, GpOptions::default());
    assert!(gp.fit(&data, Seed(0)).is_err());
    assert!(gp.condition_on(&data).is_err());
}
