//! Our engine holding a peer's own model, as the peer describes it: fitted anew, or searched at the peer's hyper-parameters.

use std::io::{BufRead, Write};

use anyhow::Context;
use benches::SPACE;
use cpu_time::ThreadTime;
use gp::acquisition::{Beta, LogEi, Ucb};
use gp::kernel::Factor;
use gp::maximise::MixedMaximiser;
use gp::{Gp, GpOptions, Hyperparameters, Kernel, Priors, Warp};
use jobs_core::{
    Acquisition, Dimension, Domain, Maximiser, Observation, Point, Posterior, SearchContext, SearchSpace, Seed,
    Surrogate,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Points around which a search looks more closely.
const INCUMBENTS: usize = 5;

/// A model: kernel over encoded coordinates, noise and data. Outcomes are taken as they are, not standardised.
#[derive(Deserialize)]
struct Model {
    factors: Vec<Factor>,
    terms: Vec<Vec<usize>>,
    /// Kept constant mean; without it the mean is learnt.
    mean: Option<f64>,
    noise_floor: f64,
    /// Starts of a fit, if not as many as by default.
    starts: Option<usize>,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Request {
    /// Fits by these priors, and values hyper-parameters (the kernel's, then log noise): what is found, then those of `at`.
    Fit(Box<Fit>),
    /// Maximises an acquisition of the model at given hyper-parameters, and values encoded points.
    Search(Box<Search>),
}

#[derive(Deserialize)]
struct Fit {
    model: Model,
    priors: Priors,
    at: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Search {
    model: Model,
    parameters: Vec<f64>,
    /// Whether shares are free numbers in [0, 1] and modules may all be off, as for a program that knows of neither constraint.
    free: bool,
    /// `ucb` or `log_ei`.
    rule: String,
    beta: f64,
    incumbent: f64,
    seed: u64,
    judge: Vec<Vec<f64>>,
}

/// Answers one request a line: to `fit` `{"cpu", "parameters", "mean", "log_posteriors", "log_likelihoods"}`, to `search`
/// `{"cpu", "x", "value", "values"}`.
pub(crate) fn answer() -> anyhow::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let request = serde_json::from_str(&line?).context("a request that is none")?;
        let answer = match request {
            Request::Fit(request) => fit(&request),
            Request::Search(search) => run(&search),
        };
        println!("{}", answer?);
        std::io::stdout().flush()?;
    }
    Ok(())
}

impl Model {
    fn data(&self) -> Vec<Observation> {
        let pairs = self.x.iter().zip(&self.y);
        pairs.map(|(x, &y)| Observation { x: x.clone(), y, noise_variance: 0.0 }).collect()
    }

    fn empty(&self, priors: Priors) -> anyhow::Result<Gp> {
        let dimension = self.x.first().map_or(0, Vec::len);
        let kernel = Kernel::new(vec![Warp::Identity; dimension], self.factors.clone(), self.terms.clone())?;
        let usual = GpOptions::default();
        let options = GpOptions {
            starts: self.starts.unwrap_or(usual.starts),
            noise_floor: self.noise_floor,
            priors,
            standardise: false,
            fixed_mean: self.mean,
            ..usual
        };
        Ok(Gp::new(kernel, options))
    }
}

fn fit(Fit { model, priors, at }: &Fit) -> anyhow::Result<Value> {
    let data = model.data();
    let clock = ThreadTime::now();
    let mut gp = model.empty(*priors)?;
    gp.fit(&data, Seed(0))?;
    let cpu = clock.elapsed().as_secs_f64();
    let found = gp.hyperparameters();
    let parameters: Vec<f64> = found.kernel.iter().copied().chain([found.log_noise]).collect();
    let valued: Vec<&Vec<f64>> = std::iter::once(&parameters).chain(at).collect();
    Ok(json!({
        "cpu": cpu,
        "parameters": parameters,
        "mean": found.mean,
        "log_posteriors": valued.iter().map(|p| gp.log_posterior(p).map(|v| v.0)).collect::<Vec<_>>(),
        "log_likelihoods": valued.iter().map(|p| gp.log_likelihood(p).map(|v| v.0)).collect::<Vec<_>>(),
    }))
}

/// The space of the suggestions, or the box around it.
fn space(free: bool) -> anyhow::Result<SearchSpace> {
    let space = SearchSpace::from_toml_str(SPACE)?;
    if !free {
        return Ok(space);
    }
    let mut dimensions = vec![];
    for d in space.dimensions() {
        match &d.domain {
            Domain::Simplex { parts } => dimensions.extend(parts.iter().map(|part| Dimension {
                name: format!("free {part}"),
                domain: Domain::Real { low: 0.0, high: 1.0, log: false },
            })),
            // another name: the constraint on modules goes by names
            domain => dimensions.push(Dimension { name: format!("free {}", d.name), domain: domain.clone() }),
        }
    }
    Ok(SearchSpace::new(dimensions, vec![])?)
}

fn run(search: &Search) -> anyhow::Result<Value> {
    let space = space(search.free)?;
    let mut gp = search.model.empty(Priors::default())?;
    let data = search.model.data();
    gp.condition_on(&data)?;
    let (log_noise, kernel) = search.parameters.split_last().context("no hyper-parameters")?;
    let mean = search.model.mean.unwrap_or(0.0);
    gp.set_hyperparameters(&Hyperparameters { kernel: kernel.to_vec(), log_noise: *log_noise, mean })?;
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.sort_by(|&a, &b| data[a].y.total_cmp(&data[b].y));
    let best = order.iter().take(INCUMBENTS).map(|&i| space.decode(&data[i].x));
    let incumbents: Vec<Point> = best.collect::<Result<_, _>>()?;
    let mut rule: Box<dyn Acquisition> = match search.rule.as_str() {
        "ucb" => Box::new(Ucb::new(Beta::Fixed(search.beta))),
        "log_ei" => Box::new(LogEi::default()),
        other => anyhow::bail!("no rule is called {other:?}; there are ucb and log_ei"),
    };
    let dimension = space.encoded_len();
    let (observations, incumbent) = (data.len(), search.incumbent);
    rule.prepare(&SearchContext { observations, dimension, incumbent, information: None });
    let clock = ThreadTime::now();
    let found = MixedMaximiser::default().maximise(&space, &gp, rule.as_ref(), &incumbents, Seed(search.seed))?;
    let cpu = clock.elapsed().as_secs_f64();
    let values: Vec<f64> = gp.predict_many(&search.judge).iter().map(|&b| rule.value(b)).collect();
    Ok(json!({"cpu": cpu, "x": space.encode(&found.point), "value": found.value, "values": values}))
}
