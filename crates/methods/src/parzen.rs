//! Tree-structured Parzen estimators: densities of good and of bad points, and the draw of largest ratio.

use crate::shared::best_measured;
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, RunRecord};
use jobs_core::{Domain, Point, SearchSpace};
use numerics::normal;
use rand::{Rng, RngExt};

use crate::successive_halving::Sampler;

/// Number of draws from the good density to compare (Bergstra et al. 2011; default of Optuna).
const DRAWS: usize = 24;
/// Bandwidths are at least this, in units of encoded coordinates.
const NARROWEST: f64 = 0.03;
/// Weight of a discrete value that differs from its centre's.
const OTHER_VALUE: f64 = 0.2;

/// A mixture of one product kernel per point and a flat one.
struct Parzen<'a> {
    space: &'a SearchSpace,
    centres: Vec<&'a [f64]>,
    widths: Vec<f64>,
}

impl<'a> Parzen<'a> {
    /// Scott's rule per coordinate: `sd n^(-1/(d+4))`.
    fn new(space: &'a SearchSpace, centres: Vec<&'a [f64]>) -> Self {
        let (n, d) = (centres.len().max(1) as f64, space.encoded_len());
        let shrink = n.powf(-1.0 / (d as f64 + 4.0));
        let width = |k: usize| {
            let mean = centres.iter().map(|c| c[k]).sum::<f64>() / n;
            let variance = centres.iter().map(|c| (c[k] - mean).powi(2)).sum::<f64>() / n;
            (variance.sqrt() * shrink).max(NARROWEST)
        };
        Self { space, widths: (0..d).map(width).collect(), centres }
    }

    /// Log density, up to a constant that does not depend on the centres.
    fn log_density(&self, x: &[f64]) -> f64 {
        let of = |centre: &[f64]| -> f64 {
            let mut log = 0.0;
            for (d, range) in self.space.dimensions().iter().zip(self.space.layout()) {
                for k in range.clone() {
                    log += if discrete(&d.domain) {
                        if (x[k] - centre[k]).abs() < 0.5 { (1.0 - OTHER_VALUE).ln() } else { OTHER_VALUE.ln() }
                    } else {
                        let z = (x[k] - centre[k]) / self.widths[k];
                        -0.5 * z * z - (self.widths[k] * (2.0 * std::f64::consts::PI).sqrt()).ln()
                    };
                }
            }
            log
        };
        let logs: Vec<f64> = self.centres.iter().map(|c| of(c)).chain([0.0]).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + (logs.iter().map(|l| (l - top).exp()).sum::<f64>() / logs.len() as f64).ln()
    }

    fn draw(&self, rng: &mut impl Rng) -> Option<Point> {
        let Some(&centre) = self.centres.get(rng.random_range(0..=self.centres.len())) else {
            return Some(self.space.sample(rng));
        };
        let mut x = centre.to_vec();
        for (d, range) in self.space.dimensions().iter().zip(self.space.layout()) {
            match &d.domain {
                domain if !discrete(domain) => {
                    for k in range.clone() {
                        x[k] += self.widths[k] * normal::draw(rng);
                    }
                }
                Domain::Boolean if rng.random::<f64>() < OTHER_VALUE => x[range.start] = 1.0 - x[range.start],
                Domain::Categorical { .. } if rng.random::<f64>() < OTHER_VALUE => {
                    x[range.clone()].fill(0.0);
                    x[rng.random_range(range.clone())] = 1.0;
                }
                _ => {}
            }
        }
        self.space.decode(&x).ok()
    }
}

fn discrete(domain: &Domain) -> bool {
    matches!(domain, Domain::Boolean | Domain::Categorical { .. })
}

/// The draw of largest ratio of good to bad density; `ranked` are encoded points, best first, of which the first `good` count as
/// good. Among candidates, the one of largest ratio.
fn suggest(history: &History, ranked: &[&[f64]], good: usize) -> Option<Point> {
    let problem = history.problem();
    let (good, bad) = ranked.split_at(good.clamp(1, ranked.len()));
    let (good, bad) = (Parzen::new(&problem.space, good.to_vec()), Parzen::new(&problem.space, bad.to_vec()));
    let mut rng = problem.seed.stream("parzen", history.runs().len() as u64);
    let draws: Vec<Point> = match history.open_candidates() {
        Some(open) => open.into_iter().cloned().collect(),
        None => (0..DRAWS).filter_map(|_| good.draw(&mut rng)).collect(),
    };
    let ratio = |p: &Point| {
        let x = problem.space.encode(p);
        good.log_density(&x) - bad.log_density(&x)
    };
    draws.into_iter().map(|p| (ratio(&p), p)).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, p)| p)
}

/// The multivariate tree-structured Parzen estimator on full runs (Bergstra et al. 2011; Falkner, Klein and Hutter 2018).
pub struct Tpe {
    startup: usize,
}

impl Tpe {
    /// Starts with uniform draws: 10 as in Optuna, but at most a third of the budget and at least 3.
    pub fn new(problem: &Problem) -> Self {
        let third = usize::try_from(problem.budget.full_runs() / 3).unwrap_or(usize::MAX);
        Self { startup: third.clamp(3, 10) }
    }
}

impl Method for Tpe {
    fn name(&self) -> &str {
        "tpe"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let full = history.problem().budget.full;
        if history.remaining() < full {
            return Ok(Proposal::Finish);
        }
        let ranked = ranked(history, |r| history.value(r));
        let point = if ranked.len() < self.startup {
            history.draw("uniform", history.runs().len() as u64)
        } else {
            // default of Optuna: the best tenth is good, at most 25
            suggest(history, &ranked, ranked.len().div_ceil(10).min(25))
        };
        Ok(point.map_or(Proposal::Finish, |point| Proposal::Start { point, to: full, phase: Phase::Search }))
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }
}

/// The draws of BOHB: one in three uniform, the others from Parzen densities of the runs at the largest number of steps that enough runs
/// have reached.
#[derive(Debug, Default)]
pub struct ParzenSampler;

/// Share of uniform draws, and share of runs that count as good (Falkner, Klein and Hutter 2018).
const UNIFORM_ONE_IN: u64 = 3;
const GOOD: f64 = 0.15;

impl Sampler for ParzenSampler {
    fn sample(&self, history: &History) -> Option<Point> {
        let problem = history.problem();
        let index = history.runs().len() as u64;
        let needed = problem.space.encoded_len() + 2;
        let mut steps: Vec<_> = history.runs().iter().filter(|r| !r.curve.is_empty()).map(|r| r.step).collect();
        steps.sort_unstable_by(|a, b| b.cmp(a));
        // the largest number of steps that `needed` runs have reached
        let level = steps.get(needed - 1).copied();
        let (Some(level), true) = (level, !index.is_multiple_of(UNIFORM_ONE_IN)) else {
            return history.draw("uniform", index);
        };
        let value = |r: &RunRecord| {
            if r.step >= level { problem.target.of(&r.curve.up_to(level)) } else { None }
        };
        let ranked = ranked(history, value);
        suggest(history, &ranked, (ranked.len() as f64 * GOOD).ceil() as usize)
    }
}

/// Encoded points of the runs that have a value, the lowest first.
fn ranked(history: &History, value: impl Fn(&RunRecord) -> Option<f64>) -> Vec<&[f64]> {
    let mut valued: Vec<(f64, &[f64])> =
        history.runs().iter().filter_map(|r| Some((value(r)?, r.x.as_slice()))).collect();
    valued.sort_by(|a, b| a.0.total_cmp(&b.0));
    valued.into_iter().map(|(_, x)| x).collect()
}
