use benches::SPACE;
use cpu_time::ThreadTime;
use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec, Mixing, SimplexWarp};
use jobs_core::{Acquisition, Maximiser, Observation, Point, Posterior, SearchContext, SearchSpace, Seed, Surrogate};
use rand::RngExt;
use serde_json::{Value, json};

use crate::data::coordinates;

/// Sizes of the cases' data, in turn.
const SIZES: [usize; 4] = [20, 50, 100, 200];
/// Points around which our search looks more closely, as in a study.
const INCUMBENTS: usize = 5;

/// Prints the space, then each case on a line of its own.
pub(crate) fn print(count: usize) -> anyhow::Result<()> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    println!("{}", json!({"coordinates": coordinates(&space)}));
    for index in 0..count as u64 {
        println!("{}", case(&space, index)?);
    }
    Ok(())
}

/// A posterior: a draw from the prior of a random kernel at the points of a design, conditioned on. Kernels (mixing of continuous and
/// discrete, coordinates of shares, length scales), sizes and rules take turns.
fn case(space: &SearchSpace, index: u64) -> anyhow::Result<Value> {
    let n = SIZES[(index / 4 % 4) as usize];
    let (gp, points, ys) = posterior(space, index, n)?;
    let xs: Vec<Vec<f64>> = points.iter().map(|p| space.encode(p)).collect();
    let means: Vec<f64> = gp.predict_many(&xs).iter().map(|p| p.mean).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| means[a].total_cmp(&means[b]));
    let incumbents: Vec<Point> = order.iter().take(INCUMBENTS).map(|&i| points[i].clone()).collect();
    let incumbent = means[order[0]];
    let (name, mut rule): (_, Box<dyn Acquisition>) = match index / 2 % 2 {
        0 => ("ucb", Box::new(Ucb::new(Beta::Fixed(4.0)))),
        _ => ("log_ei", Box::new(LogEi::default())),
    };
    rule.prepare(&SearchContext { observations: n, dimension: space.encoded_len(), incumbent, information: None });
    let clock = ThreadTime::now();
    let found = MixedMaximiser::default().maximise(space, &gp, rule.as_ref(), &incumbents, Seed(index))?;
    let cpu = clock.elapsed().as_secs_f64();
    let (shift, scale) = gp.scaling();
    let standardised: Vec<f64> = ys.iter().map(|y| (y - shift) / scale).collect();
    let at = gp.hyperparameters();
    Ok(json!({
        "case": index,
        "mixing": format!("{:?}", mixing(index)),
        "n": n,
        "rule": name,
        "beta": 4.0,
        "incumbent": incumbent,
        "shift": shift,
        "scale": scale,
        "kernel": gp.kernel(),
        "log_noise": at.log_noise,
        "mean": at.mean,
        "x": xs,
        "y": standardised,
        "found": space.encode(&found.point),
        "value": found.value,
        "cpu": cpu,
    }))
}

fn mixing(index: u64) -> Mixing {
    [Mixing::Plain, Mixing::Product, Mixing::SumProduct, Mixing::SumProductApart][(index % 4) as usize]
}

/// The process conditioned on its own draw at the `n` points of a design; the points and the values drawn.
fn posterior(space: &SearchSpace, index: u64, n: usize) -> anyhow::Result<(Gp, Vec<Point>, Vec<f64>)> {
    let mut rng = Seed(300).stream("case", index);
    let simplex = if index.is_multiple_of(3) { SimplexWarp::Shares } else { SimplexWarp::Log { eps: 1e-3 } };
    let mut gp = Gp::for_space(space, KernelSpec { mixing: mixing(index), simplex, ..KernelSpec::default() });
    let mut at = gp.hyperparameters();
    let scales = at.kernel.len() - gp.kernel().terms().len();
    at.kernel[..scales].iter_mut().for_each(|l| *l = rng.random_range(-0.5..2.0));
    at.log_noise = -6.0;
    gp.set_hyperparameters(&at)?;
    let points = space.design(n, Seed(index));
    let xs: Vec<Vec<f64>> = points.iter().map(|p| space.encode(p)).collect();
    let ys = gp.sample(&xs, 1, Seed(index))?.remove(0);
    let pairs = xs.into_iter().zip(&ys);
    let data: Vec<Observation> = pairs.map(|(x, &y)| Observation { x, y, noise_variance: 0.0 }).collect();
    gp.condition_on(&data)?;
    Ok((gp, points, ys))
}
