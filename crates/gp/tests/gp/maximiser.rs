//! The maximiser against long random searches, on random posteriors over a space with every kind of dimension.

use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec, Mixing};
use jobs_core::space::project_onto_simplex;
use jobs_core::test_spaces::TestSpace;
use jobs_core::{
    Acquisition, Gaussian, Maximiser, MaximiserError, Observation, Point, Posterior, SearchContext, SearchSpace, Seed,
    Surrogate,
};
use rand::RngExt;

fn space() -> SearchSpace {
    TestSpace::simplex(5)
        .integer("rank", 1, 128)
        .integer("few", 1, 3)
        .real("dropout", 0.0, 0.1)
        .boolean("lora_q_proj")
        .boolean("lora_v_proj")
        .boolean("lora_up_proj")
        .categorical("method", &["x", "y", "z"])
        .build()
}

struct Case {
    space: SearchSpace,
    gp: Gp,
    acquisition: Box<dyn Acquisition>,
    incumbents: Vec<Point>,
}

/// A draw from the prior at random points, with random length scales.
fn case(index: u64) -> Case {
    let space = space();
    let mut rng = Seed(100).stream("case", index);
    let mixing = [Mixing::Plain, Mixing::Product, Mixing::SumProduct, Mixing::SumProductApart][(index % 4) as usize];
    let mut gp = Gp::for_space(&space, KernelSpec { mixing, ..KernelSpec::default() });
    let mut at = gp.hyperparameters();
    let weights = at.kernel.len() - gp.kernel().terms().len();
    at.kernel[..weights].iter_mut().for_each(|l| *l = rng.random_range(-0.7..1.6));
    at.log_noise = -6.0;
    gp.set_hyperparameters(&at).unwrap();
    let mut points = space.design(10 + (index as usize * 7) % 40, Seed(index));
    let xs: Vec<Vec<f64>> = points.iter().map(|p| space.encode(p)).collect();
    let ys = gp.sample(&xs, 1, Seed(index)).unwrap().remove(0);
    let data = xs.iter().zip(&ys).map(|(x, &y)| Observation { x: x.clone(), y, noise_variance: 0.0 });
    gp.condition_on(&data.collect::<Vec<_>>()).unwrap();
    let mut acquisition: Box<dyn Acquisition> =
        if index.is_multiple_of(2) { Box::new(Ucb::new(Beta::Fixed(4.0))) } else { Box::new(LogEi::default()) };
    let beliefs = gp.predict_many(&xs);
    let mut order: Vec<usize> = (0..xs.len()).collect();
    order.sort_by(|&a, &b| beliefs[a].mean.total_cmp(&beliefs[b].mean));
    let incumbent = beliefs[order[0]].mean;
    acquisition.prepare(&SearchContext {
        observations: xs.len(),
        dimension: space.encoded_len(),
        incumbent,
        information: None,
    });
    points = order.iter().map(|&i| points[i].clone()).collect();
    Case { space, gp, acquisition, incumbents: points }
}

/// 20,000 random points, then 200 rounds of 50 ever smaller perturbations of the best.
fn long_search(case: &Case, seed: u64) -> f64 {
    let mut rng = Seed(seed).stream("long search", 0);
    let best_of = |points: &[Point]| {
        let xs: Vec<Vec<f64>> = points.iter().map(|p| case.space.encode(p)).collect();
        let values = case.gp.predict_many(&xs).into_iter().map(|b| case.acquisition.value(b));
        values.zip(xs).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
    };
    let points: Vec<Point> = (0..20_000).map(|_| case.space.sample(&mut rng)).collect();
    let (mut value, mut x) = best_of(&points);
    for round in 0..200 {
        let spread = 0.3 * 0.96f64.powi(round);
        let near = (0..50).map(|_| {
            let mut moved: Vec<f64> = x.iter().map(|v| v + spread * rng.random_range(-2.0..2.0f64).powi(3)).collect();
            // decoding tolerates sums a little off 1, which would be an unfair advantage
            project_onto_simplex(&mut moved[..5]);
            case.space.decode(&moved).unwrap()
        });
        let (v, at) = best_of(&near.collect::<Vec<_>>());
        if v > value {
            (value, x) = (v, at);
        }
    }
    value
}

#[test]
fn is_not_beaten_by_long_searches() {
    let mut beaten = vec![];
    for index in 0..100 {
        let case = case(index);
        let found = MixedMaximiser::default()
            .maximise(&case.space, &case.gp, &*case.acquisition, &case.incumbents, Seed(index))
            .unwrap();
        let x = case.space.encode(&found.point);
        assert_eq!(case.space.decode(&x).unwrap(), found.point, "valid, and valued where it is");
        let value = case.acquisition.value(case.gp.predict(&x));
        assert!((value - found.value).abs() < 1e-9 * (1.0 + value.abs()));
        let rival = long_search(&case, index);
        if found.value < rival - 1e-6 * (1.0 + rival.abs()) {
            beaten.push((index, found.value, rival));
        }
    }
    assert!(beaten.len() <= 5, "{} of 100: {beaten:?}", beaten.len());
}

#[test]
fn the_same_seed_gives_the_same_point() {
    let case = case(3);
    let suggest = |seed| {
        MixedMaximiser::default()
            .maximise(&case.space, &case.gp, &*case.acquisition, &case.incumbents, Seed(seed))
            .unwrap()
    };
    assert_eq!(suggest(1), suggest(1));
}

/// Whatever is wanted, a valid point comes: no share, no module, all at once.
#[test]
fn constraints_hold_at_the_border() {
    struct Slope(Vec<f64>);
    impl Posterior for Slope {
        fn dimension(&self) -> usize {
            self.0.len()
        }
        fn predict(&self, x: &[f64]) -> Gaussian {
            Gaussian { mean: x.iter().zip(&self.0).map(|(a, b)| a * b).sum(), variance: 1.0 }
        }
        fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
            d_mean.copy_from_slice(&self.0);
            d_variance.fill(0.0);
            self.predict(x)
        }
    }
    let space = space();
    let (maximiser, ucb) = (MixedMaximiser::default(), Ucb::new(Beta::Fixed(1.0)));
    // lower is better: part c, rank 128, few 1, dropout 0, no module (q the least bad), method y
    let slope = Slope(vec![1.0, 0.5, 0.1, 0.5, 1.0, -1.0, 1.0, 0.3, 0.1, 0.2, 0.3, 0.0, -0.5, 0.0]);
    let best = maximiser.maximise(&space, &slope, &ucb, &[], Seed(0)).unwrap().point;
    assert_eq!(best.shares("mixture").unwrap(), [0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!((best.integer("rank"), best.integer("few"), best.real("dropout")), (Some(128), Some(1), Some(0.0)));
    let modules = ["lora_q_proj", "lora_v_proj", "lora_up_proj"].map(|m| best.boolean(m).unwrap());
    assert_eq!(modules, [true, false, false]);
    assert_eq!(space.encode(&best)[11..], [0.0, 1.0, 0.0]);

    let nowhere = Slope(vec![f64::NAN; 14]);
    let none = maximiser.maximise(&space, &nowhere, &ucb, &[], Seed(0)).unwrap_err();
    assert!(matches!(none, MaximiserError::NoValue { tried: 1.. }));
    let other = maximiser.maximise(&space, &Slope(vec![0.0; 3]), &ucb, &[], Seed(0)).unwrap_err();
    assert_eq!(other, MaximiserError::Dimension { found: 3, expected: 14 });
}

/// The objective `-|x - peak|^2`, whose maximum within limits is the nearest point to the peak.
struct Peak(Vec<f64>);

impl jobs_core::Criterion for Peak {
    fn dimension(&self) -> usize {
        self.0.len()
    }
    fn value(&self, x: &[f64]) -> f64 {
        -x.iter().zip(&self.0).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    }
    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.iter_mut().zip(x.iter().zip(&self.0)).for_each(|(g, (a, b))| *g = -2.0 * (a - b));
        self.value(x)
    }
}

#[test]
fn the_maximum_on_the_limits_of_shares_is_found() {
    let text = "[[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"a\", \"b\", \"c\", \"d\"]\nlow = { d = 0.07 }\nhigh = { c = 0.4 }\n\
                [[dimension]]\nname = \"on\"\nkind = \"boolean\"\n[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.0\nhigh = 1.0\nwhen = \"on\"\n\
                [[constraint]]\nkind = \"sum\"\nof = [\"mixture.a\", \"mixture.b\"]\nhigh = 0.6\n";
    let space = SearchSpace::from_toml_str(text).unwrap();
    for seed in 0..10 {
        let mut rng = Seed(seed).stream("peak", 0);
        let mut peak: Vec<f64> = (0..4).map(|_| rng.random_range(-0.2..1.0)).collect();
        peak.extend([1.0, 0.3]);
        let best = space.encode(&space.decode(&peak).unwrap());
        let found = MixedMaximiser::default().maximise_criterion(&space, &Peak(peak.clone()), &[], Seed(seed)).unwrap();
        let value = jobs_core::Criterion::value(&Peak(peak), &best);
        assert!(found.value > value - 1e-6, "seed {seed}: {} where {value} is possible", found.value);
    }
}
