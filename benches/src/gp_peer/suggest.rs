use std::io::{BufRead, Write};
use std::time::Instant;

use benches::SPACE;
use cpu_time::ThreadTime;
use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs_core::{Acquisition, Maximiser, Observation, Point, Posterior, SearchContext, SearchSpace, Seed, Surrogate};
use serde::Deserialize;
use serde_json::{Value, json};

/// One suggestion.
#[derive(Deserialize)]
struct Request {
    /// Encoded points.
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    beta: f64,
    seed: u64,
    /// Encoded points of others to be judged by our model, at the nearest valid point each.
    #[serde(default)]
    judge: Vec<Vec<f64>>,
}

/// Points around which the search looks more closely, as in a study.
const INCUMBENTS: usize = 5;

/// Answers one request a line: `{"cpu", "wall", "fit_cpu", "x", "value", "likelihood", "ucb", "log_ei"}`, the last two the worth of
/// the judged points, then of our own.
pub(crate) fn answer() -> anyhow::Result<()> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    for line in std::io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        println!("{}", suggest(&space, &request)?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn suggest(space: &SearchSpace, request: &Request) -> anyhow::Result<Value> {
    let pairs = request.x.iter().zip(&request.y);
    let data: Vec<Observation> = pairs.map(|(x, &y)| Observation { x: x.clone(), y, noise_variance: 0.0 }).collect();
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by(|&a, &b| request.y[a].total_cmp(&request.y[b]));
    let best = order.iter().take(INCUMBENTS).map(|&i| space.decode(&request.x[i]));
    let incumbents: Vec<Point> = best.collect::<Result<_, _>>()?;

    let (cpu, wall) = (ThreadTime::now(), Instant::now());
    let mut gp = Gp::for_space(space, KernelSpec::default());
    gp.fit(&data, Seed(request.seed))?;
    let fit_cpu = cpu.elapsed().as_secs_f64();
    let lowest = gp.predict_many(&request.x).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min);
    let mut ucb = Ucb::new(Beta::Fixed(request.beta));
    let context = SearchContext {
        observations: data.len(),
        dimension: space.encoded_len(),
        incumbent: lowest,
        information: gp.information_gain().into(),
    };
    ucb.prepare(&context);
    let found = MixedMaximiser::default().maximise(space, &gp, &ucb, &incumbents, Seed(request.seed))?;
    let (cpu, wall) = (cpu.elapsed().as_secs_f64(), wall.elapsed().as_secs_f64());

    let mut log_ei = LogEi::default();
    log_ei.prepare(&context);
    let mut judged = vec![];
    for x in &request.judge {
        judged.push(space.encode(&space.decode(x)?));
    }
    judged.push(space.encode(&found.point));
    let beliefs = gp.predict_many(&judged);
    Ok(json!({
        "cpu": cpu,
        "wall": wall,
        "fit_cpu": fit_cpu,
        "x": judged.last(),
        "judged": judged,
        "value": found.value,
        "likelihood": gp.log_marginal_likelihood(),
        "ucb": beliefs.iter().map(|&b| ucb.value(b)).collect::<Vec<_>>(),
        "log_ei": beliefs.iter().map(|&b| log_ei.value(b)).collect::<Vec<_>>(),
    }))
}
