use crate::model::Model;
use crate::shared::{at_steps as at, before_the_model, best_measured, losses_at};
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, RunId, RunRecord, Status};
use jobs_core::{AtFidelity, Criterion, Gaussian, Point, Posterior, Seed, Steps};

use serde::Serialize;

use crate::successive_halving::needs_early_runs;

/// Multi-fidelity Bayesian optimisation: one surrogate over (x, steps).
///
/// The configuration is the one of largest acquisition value *at full steps*, among the maximiser's suggestion and the paused
/// runs. The [`LevelRule`] decides how far it is trained. A paused run pays only for the rest.
pub struct MultiFidelity {
    name: String,
    model: Model,
    design: Vec<Point>,
    levels: Vec<Steps>,
    rule: LevelRule,
}

/// How far the chosen configuration is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelRule {
    /// To the level that reduces the posterior standard deviation at full steps most per step:
    /// `argmax_s [sd(x, B) - sd(x, B | value at s)] / cost(s)`, where
    /// `var(x, B | value at s) = var(x, B) - cov((x, B), (x, s))^2 / (var(x, s) + noise)`.
    Knowledge,
    /// To the lowest level that is both uncertain and informative (BOCA, Kandasamy et al. 2017):
    /// `sd(x, s) > gamma(s)` and `xi(s) > |xi| / sqrt(beta)` with `gamma(s) = sqrt(k0) xi(s) (cost(s) / cost(B))^q`, and `xi(s)` the
    /// information gap `sqrt(1 - corr^2)` between s and B, here of the posterior at x; else the full run.
    Boca {
        /// beta of the upper confidence bound.
        beta: f64,
    },
    /// One level at a time, for old and new runs alike, as in freeze-thaw (Swersky, Snoek and Adams 2014).
    Next,
    /// Configuration and level together, by the knowledge gradient per step (Wu et al. 2020). The acquisition function only ranks
    /// the starting points.
    KnowledgeGradient,
}

impl MultiFidelity {
    /// A search of `problem` that starts with `initial` full runs of the design. Levels are these multiples of an early run, where
    /// below a full run, and a full run. The model's surrogate is over an encoded point followed by steps / full steps.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where early runs are as long as full ones.
    pub fn new(
        name: &str,
        problem: &Problem,
        initial: usize,
        multiples: &[f64],
        rule: LevelRule,
        model: Model,
    ) -> Result<Self, MethodError> {
        needs_early_runs(problem)?;
        let (early, full) = (problem.budget.early, problem.budget.full);
        let mut levels: Vec<Steps> = multiples.iter().map(|m| Steps((early.as_f64() * m).round() as u64)).collect();
        levels.retain(|&s| s > Steps::ZERO && s < full);
        levels.push(full);
        Ok(Self { name: name.to_owned(), model, design: problem.design(initial), levels, rule })
    }

    /// How far to take a configuration from `from`, by the rule; `None` where nothing is affordable.
    fn level(&self, x: &[f64], from: Steps, history: &History) -> Option<Steps> {
        let affordable = |l: Steps| l > from && l.saturating_sub(from) <= history.remaining();
        let mut open = self.levels.iter().copied().filter(|&l| affordable(l));
        match self.rule {
            LevelRule::Knowledge | LevelRule::KnowledgeGradient => self.most_knowledge(x, from, history),
            LevelRule::Next => open.next(),
            LevelRule::Boca { beta } => {
                let problem = history.problem();
                let posterior = self.model.surrogate.as_posterior();
                let full = at(x, problem.budget.full, problem);
                let top = posterior.predict(&full);
                let gap = |level: Steps| {
                    let there = at(x, level, problem);
                    let belief = posterior.predict(&there);
                    let covariance = posterior.covariance(&full, &there).unwrap_or(0.0);
                    let product = (top.variance * belief.variance).max(1e-30);
                    (belief.sd(), (1.0 - covariance * covariance / product).max(0.0).sqrt())
                };
                let widest = self.levels.iter().map(|&l| gap(l).1).fold(0.0, f64::max);
                // q = 1 / (p + d + 2): one fidelity, d coordinates (their theorem's setting)
                let q = 1.0 / (x.len() as f64 + 3.0);
                let is_informative = |&level: &Steps| {
                    let (sd, xi) = gap(level);
                    let cost = level.as_f64() / problem.budget.full.as_f64();
                    sd > top.sd() * xi * cost.powf(q) && xi > widest / beta.sqrt()
                };
                let below = open.clone().filter(|&l| l < problem.budget.full).find(is_informative);
                below.or_else(|| open.next_back())
            }
        }
    }

    /// The configuration and level of largest knowledge gradient per step among fresh points and paused runs.
    fn by_gradient(
        &self,
        history: &History,
        incumbents: &[Point],
        seed: Seed,
    ) -> Result<Option<Proposal>, MethodError> {
        let problem = history.problem();
        let tried: Vec<Vec<f64>> = history.runs().iter().map(|r| at(&r.x, problem.budget.full, problem)).collect();
        let Some(gradient) = self.model.surrogate.knowledge_gradient(&tried, Some(1.0)) else { return Ok(None) };
        let mut best: Option<(f64, Proposal)> = None;
        let mut offer = |worth: f64, proposal: Proposal| {
            if worth.is_finite() && best.as_ref().is_none_or(|b| worth > b.0) {
                best = Some((worth, proposal));
            }
        };
        for &to in self.levels.iter().filter(|&&l| l <= history.remaining()) {
            let per_step = to.as_f64().ln();
            let here = AtLevel { inner: gradient.as_ref(), fidelity: to.as_f64() / problem.budget.full.as_f64() };
            if let Some(open) = history.open_candidates() {
                for point in open {
                    let worth = here.value(&problem.space.encode(point)) - per_step;
                    offer(worth, Proposal::Start { point: point.clone(), to, phase: Phase::Search });
                }
            } else {
                let found = self.model.maximiser.maximise_criterion(&problem.space, &here, incumbents, seed)?;
                offer(found.value - per_step, Proposal::Start { point: found.point, to, phase: Phase::Search });
            }
        }
        for run in history.paused() {
            for &to in self.levels.iter().filter(|&&l| l > run.step) {
                let cost = to.saturating_sub(run.step);
                if cost <= history.remaining() {
                    let worth = gradient.value(&at(&run.x, to, problem)) - cost.as_f64().ln();
                    offer(worth, Proposal::Advance { run: run.id, to, phase: Phase::Promote });
                }
            }
        }
        Ok(best.map(|b| b.1))
    }

    /// The level above `from` of most knowledge per step.
    fn most_knowledge(&self, x: &[f64], from: Steps, history: &History) -> Option<Steps> {
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
        let data = losses_at(history, &self.levels, |y| y);
        let problem = history.problem();
        let xs: Vec<Vec<f64>> = history.runs().iter().map(|r| at(&r.x, problem.budget.full, problem)).collect();
        self.model.update(data, problem.seed, |posterior| {
            posterior.predict_many(&xs).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min)
        })
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if let Some(proposal) = before_the_model(history, &self.design, &self.model, self.levels[0]) {
            return Ok(proposal);
        }
        let posterior = self.model.surrogate.as_posterior();
        let at_full = AtFidelity::new(posterior, 1.0);
        let worth = |x: &[f64]| self.model.acquisition.value(at_full.predict(x));
        let ranked = rank(history, &at_full);
        let points: Vec<&Point> = ranked.iter().map(|r| &r.1.point).collect();
        let seed = problem.seed.derive("suggest", history.tells());
        if self.rule == LevelRule::KnowledgeGradient {
            let incumbents: Vec<Point> = points.iter().take(5).map(|p| (*p).clone()).collect();
            return Ok(self.by_gradient(history, &incumbents, seed)?.unwrap_or(Proposal::Finish));
        }
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

    fn save(&self) -> Option<Vec<f64>> {
        self.model.to_state()
    }

    fn restore(&mut self, state: &[f64]) -> bool {
        self.model.set_state(state)
    }
}

/// A criterion over (x, fidelity) at one fidelity.
struct AtLevel<'a> {
    inner: &'a dyn Criterion,
    fidelity: f64,
}

impl AtLevel<'_> {
    fn with_fidelity(&self, x: &[f64]) -> Vec<f64> {
        x.iter().copied().chain([self.fidelity]).collect()
    }
}

impl Criterion for AtLevel<'_> {
    fn dimension(&self) -> usize {
        self.inner.dimension().saturating_sub(1)
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.inner.value(&self.with_fidelity(x))
    }

    fn value_with_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut slopes = vec![0.0; x.len() + 1];
        let value = self.inner.value_with_gradient(&self.with_fidelity(x), &mut slopes);
        gradient.copy_from_slice(&slopes[..x.len()]);
        value
    }
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
