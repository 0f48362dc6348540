//! The maximiser against long random searches, on random posteriors over a space with every kind of dimension.

use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec, Mixing};
use jobs_core::space::project_onto_simplex;
use jobs_core::{
    Acquisition, Gaussian, Maximiser, MaximiserError, Observation, Point, Posterior, SearchContext, SearchSpace, Seed,
    Surrogate,
};
use rand::RngExt;

const SPACE: &str = r#"
    [[dimension]]
    name = "mixture"
    kind = "simplex"
    parts = ["a", "b", "c", "d", "e"]
    [[dimension]]
    name = "rank"
    kind = "integer"
    low = 1
    high = 128
    [[dimension]]
    name = "few"
    kind = "integer"
    low = 1
    high = 3
    [[dimension]]
    name = "dropout"
    kind = "real"
    low = 0.0
    high = 0.1
    [[dimension]]
    name = "lora_q_proj"
    kind = "boolean"
    [[dimension]]
    name = "lora_v_proj"
    kind = "boolean"
    [[dimension]]
    name = "lora_up_proj"
    kind = "boolean"
    [[dimension]]
    name = "method"
    kind = "categorical"
    choices = ["x", "y", "z"]
"#;

struct Case {
    space: SearchSpace,
    gp: Gp,
    acquisition: Box<dyn Acquisition>,
    incumbents: Vec<Point>,
}

/// A draw from the prior at random points, with random length scales.
fn case(index: u64) -> Case {
    let space = SearchSpace::from_toml_str(SPACE).unwrap();
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
        if index % 2 == 0 { Box::new(Ucb::new(Beta::Fixed(4.0))) } else { Box::new(LogEi::default()) };
    let beliefs = gp.predict_many(&xs);
    let mut order: Vec<usize> = (0..xs.len()).collect();
    order.sort_by(|&a, &b| beliefs[a].mean.total_cmp(&beliefs[b].mean));
    let incumbent = beliefs[order[0]].mean;
    acquisition.prepare(&SearchContext { observations: xs.len(), dimension: space.encoded_len(), incumbent });
    points = order.iter().map(|&i| points[i].clone()).collect();
    Case { space, gp, acquisition, incumbents: points }
}

/// 20,000 random points, then 200 rounds of 50 ever smaller perturbations of the best.
fn long_search(case: &Case, seed: u64) -> (f64, Vec<f64>) {
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
    (value, x)
}

#[test]
fn probe() {
    let base = MixedMaximiser::default();
    let settings = [("default", base), ("starts8", MixedMaximiser { starts: 8, ..base }), ("starts10", MixedMaximiser { starts: 10,  ..base }),("starts10f3", MixedMaximiser { starts: 10, finalists:3, ..base }), ("raw1000", MixedMaximiser { raw: 1000, ..base }), ("ascent30", MixedMaximiser { ascent: 30, ..base }), ("a10s10", MixedMaximiser { ascent: 10, starts:10, ..base }), ("r4", MixedMaximiser { rounds: 4, ..base })];
    let mut beaten = vec![vec![]; settings.len()];
    let mut times = vec![0.0; settings.len()];
    let mut sums = vec![0.0; settings.len()];
    for index in 0..100 {
        let case = case(index);
        let (rival, _) = long_search(&case, index);
        for (i, (_, m)) in settings.iter().enumerate() {
            let t = std::time::Instant::now();
            let found = m.maximise(&case.space, &case.gp, &*case.acquisition, &case.incumbents, Seed(index)).unwrap();
            times[i] += t.elapsed().as_secs_f64() * 10.0;
            sums[i] += found.value;
            if found.value < rival - 1e-6 * (1.0 + rival.abs()) { beaten[i].push(index); }
        }
    }
    for i in 0..settings.len() { println!("SET {} {:.2} ms, sum {:.4}, beaten {:?}", settings[i].0, times[i], sums[i], beaten[i]); }
}
