use jobs_core::{AtFidelity, Gaussian, Observation, Point, Posterior, Steps};

use super::{Method, MethodError, Model, Proposal, Recommendation, best_measured, next_of_design, without_data};
use crate::{History, Phase, Problem, RunId, RunRecord, Status};

/// Multi-fidelity Bayesian optimisation with cost-scaled UCB: one surrogate over (x, steps).
///
/// The configuration is the one with the largest UCB *at the full number of steps*, among the maximiser's suggestion and
/// the paused runs. It is then trained to the level s that buys the most knowledge of its full value per step paid:
/// `argmax_s [sd(x, B) - sd(x, B | value at s)] / cost(s)`, where
/// `var(x, B | value at s) = var(x, B) - cov((x, B), (x, s))^2 / (var(x, s) + noise)`
/// (the one-step look-ahead of a Gaussian process, in place of BOCA's hand-set thresholds). A paused run pays only the rest.
pub struct MultiFidelity {
    name: String,
    model: Model,
    design: Vec<Point>,
    levels: Vec<Steps>,
}

/// The levels above the early one, as multiples of it, where they stay below a full run.
const LEVELS: [u64; 3] = [1, 2, 4];

impl MultiFidelity {
    /// A search of `problem` that begins with `initial` full runs of the design. The model's surrogate takes an encoded point
    /// followed by steps / full steps.
    pub fn new(name: &str, problem: &Problem, initial: usize, model: Model) -> Self {
        let (early, full) = (problem.budget.early, problem.budget.full);
        let mut levels: Vec<Steps> = LEVELS.iter().map(|m| Steps(early.0.saturating_mul(*m))).collect();
        levels.retain(|&s| s < full);
        levels.push(full);
        Self { name: name.to_owned(), model, design: problem.design(initial), levels }
    }

    /// Every level a run has passed is an observation of the target there.
    fn observations(&self, history: &History) -> Vec<Observation> {
        let problem = history.problem();
        let worst = history.worst_value();
        let mut data = vec![];
        for run in history.runs() {
            for &level in self.levels.iter().filter(|&&l| l <= run.step) {
                if let Some(y) = problem.target.of(&run.curve.up_to(level)) {
                    data.push(Observation { x: at(&run.x, level, problem), y, noise_variance: 0.0 });
                }
            }
            if let (Status::Diverged, Some(y)) = (run.status, history.value(run).or(worst)) {
                data.push(Observation { x: at(&run.x, problem.budget.full, problem), y, noise_variance: 0.0 });
            }
        }
        data
    }

    /// The level above `from` that buys the most knowledge per step.
    fn level(&self, x: &[f64], from: Steps, history: &History) -> Option<Steps> {
        let problem = history.problem();
        let posterior = self.model.surrogate.as_posterior();
        let full = at(x, problem.budget.full, problem);
        let now = posterior.predict(&full);
        let noise = self.model.surrogate.noise_variance();
        let gain = |level: Steps| {
            let there = at(x, level, problem);
            let covariance = posterior.covariance(&full, &there).unwrap_or(0.0);
            let explained = covariance * covariance / (posterior.predict(&there).variance + noise).max(1e-12);
            let after = Gaussian { mean: now.mean, variance: now.variance - explained };
            (now.sd() - after.sd()) / level.saturating_sub(from).as_f64()
        };
        let open = self.levels.iter().copied().filter(|&l| l > from && l.saturating_sub(from) <= history.remaining());
        open.map(|l| (l, gain(l))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(l, _)| l)
    }
}

impl Method for MultiFidelity {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        if history.finished().count() < self.design.len() {
            return Ok(());
        }
        let data = self.observations(history);
        let problem = history.problem();
        let xs: Vec<Vec<f64>> = history.runs().iter().map(|r| at(&r.x, problem.budget.full, problem)).collect();
        self.model.update(data, problem.seed, |posterior| {
            posterior.predict_many(&xs).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min)
        })
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if let Some(proposal) = next_of_design(history, &self.design) {
            return Ok(proposal);
        }
        if !self.model.is_ready() {
            return Ok(without_data(history));
        }
        if history.remaining() < self.levels[0] {
            return Ok(Proposal::Finish);
        }
        let posterior = self.model.surrogate.as_posterior();
        let at_full = AtFidelity::new(posterior, 1.0);
        let worth = |x: &[f64]| self.model.acquisition.value(at_full.predict(x));
        let ranked = rank(history, &at_full);
        let points: Vec<&Point> = ranked.iter().map(|r| &r.1.point).collect();
        let seed = problem.seed.derive("suggest", history.tells());
        let fresh = self.model.suggest(history, &at_full, &points, seed)?;
        let paused: Option<(RunId, &[f64], Steps, f64)> =
            history.paused().map(|r| (r.id, r.x.as_slice(), r.step, worth(&r.x))).max_by(|a, b| a.3.total_cmp(&b.3));
        if let Some((run, x, step, value)) = paused
            && fresh.as_ref().is_none_or(|f| value >= f.value)
            && let Some(to) = self.level(x, step, history)
        {
            return Ok(Proposal::Advance { run, to, phase: Phase::Promote });
        }
        let Some(fresh) = fresh else { return Ok(Proposal::Finish) };
        let x = problem.space.encode(&fresh.point);
        Ok(match self.level(&x, Steps::ZERO, history) {
            Some(to) => Proposal::Start { point: fresh.point, to, phase: Phase::Search },
            None => Proposal::Finish,
        })
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        if !self.model.is_ready() {
            return Ok(best_measured(history));
        }
        let at_full = AtFidelity::new(self.model.surrogate.as_posterior(), 1.0);
        let best = rank(history, &at_full).into_iter().next();
        Ok(best.map(|(inference, r)| Recommendation { run: r.id, point: r.point.clone(), inference }))
    }
}

/// An encoded point at a number of steps.
fn at(x: &[f64], steps: Steps, problem: &Problem) -> Vec<f64> {
    let mut x = x.to_vec();
    x.push(steps.as_f64() / problem.budget.full.as_f64());
    x
}

/// Runs that did not diverge, by posterior mean at full steps.
fn rank<'a>(history: &'a History, at_full: &dyn Posterior) -> Vec<(f64, &'a RunRecord)> {
    let sound: Vec<&RunRecord> =
        history.runs().iter().filter(|r| matches!(r.status, Status::Finished | Status::Paused)).collect();
    let xs: Vec<Vec<f64>> = sound.iter().map(|r| r.x.clone()).collect();
    let mut ranked: Vec<_> = at_full.predict_many(&xs).iter().map(|p| p.mean).zip(sound).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked
}
