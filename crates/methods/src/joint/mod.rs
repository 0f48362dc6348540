//! JoBS itself.

mod early_signal;
mod parts;

use crate::shared::{best_measured, next_of_design, without_data};
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, RunRecord, Status};
use jobs_core::LossScale;
use jobs_core::{Allocation, AtFidelity, Example, Gaussian, Observation, Point, Posterior, SearchContext, Steps};

use self::early_signal::EarlySignalCheck;
pub use self::parts::{Evidence, JobsParts, Promotion, Recommend};

/// Headroom of the logarithmic scale of losses: the floor is as far below the lowest loss as the median is above it.
pub(crate) const HEADROOM: f64 = 1.0;

/// JoBS: learn to foresee final values from a few full runs, then search with early runs.
///
/// The published form (arXiv 2602.08351) and ours are the same method with other [`JobsParts`]:
///
/// | part | as published | ours |
/// | --- | --- | --- |
/// | first | N full runs | early runs (`initial_early_runs`); the runs promoted later teach the predictor |
/// | predicted values enter the surrogate | as if measured | with the predictor's variance |
/// | losses are predicted and modelled | as they are | on a logarithmic scale above a floor (`log_losses`) |
/// | [`Promotion`] | none | after the first early runs promising ones go on, paying only the rest |
/// | `early_signal_check` | none | full runs while early losses add nothing |
/// | `last` | none | a full run after which none can be ended is chosen by expected improvement: nothing is left to explore for |
/// | verification | none | the budget's last full runs finish the best early ones |
/// | [`Recommend`] | lowest value believed | the finished run of lowest posterior mean |
///
/// Where an early run is as long as a full one it is Bayesian optimisation on full runs. Where only listed candidates may be run and all
/// of them have been begun, what is left of the budget finishes the most promising ones; without a promotion the study ends there.
pub struct Jobs {
    name: String,
    parts: JobsParts,
    allocation: Allocation,
    design: Vec<Point>,
    initial_early_runs: Vec<Point>,
    learnt_from: usize,
    beliefs: Vec<Option<Gaussian>>,
    means: Vec<f64>,
    scale: LossScale,
    early_signal: EarlySignalCheck,
    early_is_informative: bool,
}

impl Jobs {
    /// JoBS on `problem`. An error where the allocator cannot split the budget.
    pub fn new(name: &str, problem: &Problem, parts: JobsParts) -> Result<Self, MethodError> {
        let allocation = parts.allocator.allocate(&problem.budget)?;
        let n = usize::try_from(allocation.full_runs).unwrap_or(usize::MAX);
        let mut design = problem.design(n.saturating_add(parts.initial_early_runs));
        let initial_early_runs = design.split_off(n.min(design.len()));
        Ok(Self {
            name: name.to_owned(),
            parts,
            allocation,
            design,
            initial_early_runs,
            learnt_from: 0,
            beliefs: vec![],
            early_signal: EarlySignalCheck::default(),
            early_is_informative: true,
            means: vec![],
            scale: LossScale::IDENTITY,
        })
    }

    /// How the budget is split.
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    /// Full runs the predictor can learn from.
    fn examples(history: &History) -> Vec<Example> {
        let finished = history.finished().filter(|r| !r.curve.is_empty());
        finished
            .filter_map(|r| Some(Example { point: r.point.clone(), curve: r.curve.clone(), value: history.value(r)? }))
            .collect()
    }

    /// Every level a run has passed is an observation of the target there.
    fn levels(&self, history: &History, levels: &[Steps]) -> Vec<Observation> {
        let problem = history.problem();
        let full = problem.budget.full;
        let at = |x: &[f64], steps: Steps| {
            let mut x = x.to_vec();
            x.push(steps.as_f64() / full.as_f64());
            x
        };
        let mut data = vec![];
        for run in history.runs() {
            for &level in levels.iter().filter(|&&l| l <= run.step) {
                if let Some(y) = problem.target.of(&run.curve.up_to(level)) {
                    data.push(Observation { x: at(&run.x, level), y: self.scale.forward(y), noise_variance: 0.0 });
                }
            }
            if let (Status::Diverged, Some(y)) = (run.status, history.value(run).or(history.worst_value())) {
                data.push(Observation { x: at(&run.x, full), y: self.scale.forward(y), noise_variance: 0.0 });
            }
        }
        data
    }

    /// Sets the scale of losses anew where runs have been added to learn from, or a loss is below its floor. Whether the predictor
    /// is to learn anew.
    fn rescale(&mut self, history: &History, grown: bool) -> bool {
        let Some(headroom) = self.parts.log_losses else { return grown };
        let curves = history.runs().iter().map(|r| &r.curve);
        let broken = !curves.clone().flat_map(|c| c.losses()).all(|&loss| self.scale.holds(loss));
        if !(grown || broken || self.learnt_from == 0) {
            return false;
        }
        self.scale = LossScale::of_curves(curves, history.problem().target, headroom);
        true
    }

    /// What is believed of a run's final value, on the scale of [`LossScale`]: measured, or predicted from its early curve.
    fn belief(&self, history: &History, run: &RunRecord) -> Result<Option<Gaussian>, MethodError> {
        Ok(match run.status {
            Status::Finished => history.value(run).map(|y| self.scale.certain(y)),
            Status::Diverged => history.value(run).or(history.worst_value()).map(|y| self.scale.certain(y)),
            Status::Paused if !run.curve.is_empty() => {
                let Evidence::Predicted { predictor, variance_from } = &self.parts.evidence else {
                    return Ok(None);
                };
                let mut p = predictor.predict(&run.point, &self.scale.curve(&run.curve))?;
                if variance_from.is_none_or(|from| self.learnt_from < from) {
                    p.variance = 0.0;
                }
                Some(p)
            }
            Status::Paused | Status::Pending => None,
        })
    }

    /// The surrogate's belief about full runs.
    fn posterior(&self) -> Box<dyn Posterior + '_> {
        let posterior = self.parts.model.surrogate.as_posterior();
        match self.parts.evidence {
            Evidence::Predicted { .. } => Box::new(Whole(posterior)),
            Evidence::Levels(_) => Box::new(AtFidelity::new(posterior, 1.0)),
        }
    }

    /// The paused run most worth finishing.
    fn promising<'a>(&self, history: &'a History, promotion: &Promotion) -> Option<&'a RunRecord> {
        let posterior = self.posterior();
        let worth = |r: &RunRecord| promotion.acquisition.value(posterior.predict(&r.x));
        history.paused().map(|r| (r, worth(r))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(r, _)| r)
    }

    /// Whether the share spent on promotions is behind its schedule.
    fn promotion_is_due(history: &History, promotion: &Promotion) -> bool {
        let budget = &history.problem().budget;
        let rest = budget.full.saturating_sub(budget.early).as_f64();
        let promoted = history.runs().iter().filter(|r| matches!(r.phase, Phase::Promote | Phase::Verify)).count();
        let spent = budget.total.saturating_sub(history.remaining()).saturating_sub(promotion.after).as_f64();
        let total = budget.total.saturating_sub(promotion.after).as_f64();
        if spent <= 0.0 {
            return false;
        }
        let allowed = promotion.share * total * (spent / total).powf(promotion.lateness);
        (promoted as f64 + 0.5) * rest <= allowed
    }
}

impl Method for Jobs {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        for run in &history.runs()[self.early_signal.noted().min(history.runs().len())..] {
            let expected =
                self.parts.model.is_ready().then(|| self.scale.inverse(self.posterior().predict(&run.x).mean));
            self.early_signal.expect(expected);
        }
        self.early_signal.note_promoted(history);
        let examples = Self::examples(history);
        if history.runs().len() < self.design.len() + self.initial_early_runs.len().min(2) {
            return Ok(());
        }
        let problem = history.problem();
        let grown = examples.len() != self.learnt_from;
        let relearn = self.rescale(history, grown);
        if let Evidence::Predicted { predictor, .. } = &mut self.parts.evidence
            && relearn
            && !examples.is_empty()
            && problem.has_early_runs()
        {
            let seed = problem.seed.derive("predictor", examples.len() as u64);
            let scale = self.scale;
            let examples: Vec<Example> = examples.into_iter().map(|e| scale.example(e)).collect();
            predictor.fit(&problem.space, &examples, problem.budget.early, seed)?;
            self.learnt_from = examples.len();
        }
        self.beliefs =
            history.runs().iter().map(|r| self.belief(history, r)).collect::<Result<Vec<_>, MethodError>>()?;
        for (i, run) in history.runs().iter().enumerate() {
            if let (Status::Paused, Some(belief)) = (run.status, self.beliefs[i]) {
                self.early_signal.foresee(i, self.scale.inverse(belief.mean));
            }
        }
        self.early_is_informative =
            !(self.parts.early_signal_check && self.early_signal.is_nil(history, |y| self.scale.forward(y)));
        let data: Vec<Observation> = match &self.parts.evidence {
            Evidence::Predicted { .. } => {
                let observed = history.runs().iter().zip(&self.beliefs);
                observed
                    .filter_map(|(r, b)| {
                        b.map(|b| Observation { x: r.x.clone(), y: b.mean, noise_variance: b.variance })
                    })
                    .collect()
            }
            Evidence::Levels(levels) => self.levels(history, levels),
        };
        let at_levels = matches!(self.parts.evidence, Evidence::Levels(_));
        let mut xs: Vec<Vec<f64>> = history.runs().iter().map(|r| r.x.clone()).collect();
        if at_levels {
            xs.iter_mut().for_each(|x| x.push(1.0));
        }
        let mut incumbent = f64::INFINITY;
        let means = &mut self.means;
        self.parts.model.update(data, problem.seed, |posterior| {
            *means = posterior.predict_many(&xs).iter().map(|p| p.mean).collect();
            let tried = history.runs().iter().zip(means.iter());
            let least = means.iter().copied().fold(f64::INFINITY, f64::min);
            let finished = tried.filter(|(r, _)| r.status == Status::Finished).map(|(_, &m)| m);
            // until a run has finished, what the best of the others promises is to be beaten
            incumbent = finished.reduce(f64::min).unwrap_or(least);
            least
        })?;
        if incumbent.is_finite() {
            let dimension = problem.space.encoded_len();
            let context = SearchContext { observations: xs.len(), dimension, incumbent, information: None };
            let promoting = self.parts.promotion.as_mut().map(|p| &mut p.acquisition);
            promoting.into_iter().chain(&mut self.parts.last).for_each(|rule| rule.prepare(&context));
        }
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        let budget = &problem.budget;
        if let Some(proposal) = next_of_design(history, &self.design) {
            return Ok(proposal);
        }
        let remaining = history.remaining();
        let begun = history.runs().iter().filter(|r| r.phase != Phase::Learn).count();
        if let Some(point) = self.initial_early_runs.get(begun)
            && remaining >= budget.early
        {
            return Ok(Proposal::Start { point: point.clone(), to: budget.early, phase: Phase::Search });
        }
        if !self.parts.model.is_ready() {
            return Ok(without_data(history));
        }
        let rest = budget.full.saturating_sub(budget.early);
        let reserved = rest.0.saturating_mul(self.allocation.verification_runs);
        let is_verification = remaining.saturating_sub(budget.early).0 < reserved.max(rest.0);
        let finish = || {
            let promotion = self.parts.promotion.as_ref().filter(|_| remaining >= rest)?;
            let run = self.promising(history, promotion)?;
            // the last run that can be finished is the verification, whatever made it due
            let none_after = remaining.saturating_sub(rest) < rest;
            let phase = if is_verification || none_after { Phase::Verify } else { Phase::Promote };
            Some(Proposal::Advance { run: run.id, to: budget.full, phase })
        };
        let is_due = |promotion| self.early_is_informative && Self::promotion_is_due(history, promotion);
        if (is_verification || self.parts.promotion.as_ref().is_some_and(is_due))
            && let Some(proposal) = finish()
        {
            return Ok(proposal);
        }
        if remaining < budget.early {
            return Ok(Proposal::Finish);
        }
        let mut ranked: Vec<(f64, &RunRecord)> = self.means.iter().copied().zip(history.runs()).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranked: Vec<&Point> = ranked.into_iter().map(|(_, r)| &r.point).collect();
        let seed = problem.seed.derive("suggest", history.tells());
        let posterior = self.posterior();
        let to = if self.early_is_informative || remaining < budget.full { budget.early } else { budget.full };
        // the fewest steps that end another run: a promotion's, or a whole run's where there are none
        let another = if problem.has_early_runs() { rest } else { budget.full };
        let is_last = to == budget.full && remaining.saturating_sub(to) < another;
        let last = self.parts.last.as_deref().filter(|_| is_last);
        let acquisition = last.unwrap_or(self.parts.model.acquisition.as_ref());
        let suggestion = self.parts.model.suggest_by(acquisition, history, posterior.as_ref(), &ranked, seed)?;
        Ok(match suggestion {
            Some(s) => Proposal::Start { point: s.point, to, phase: Phase::Search },
            // every candidate has been begun: what is left of the budget finishes the most promising ones
            None => finish().unwrap_or(Proposal::Finish),
        })
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        let scores: Vec<Option<f64>> = history
            .runs()
            .iter()
            .enumerate()
            .map(|(i, r)| match self.parts.recommend {
                _ if matches!(r.status, Status::Pending | Status::Diverged) => None,
                Recommend::LowestEstimate => self.beliefs.get(i).copied().flatten().map(|b| b.mean),
                Recommend::PosteriorMean => self.means.get(i).copied(),
                Recommend::FinishedPosteriorMean if r.status == Status::Finished => self.means.get(i).copied(),
                Recommend::FinishedPosteriorMean => None,
            })
            .collect();
        let known = history.runs().iter().zip(scores).filter_map(|(r, s)| Some((r, s?)));
        let best = known.min_by(|a, b| a.1.total_cmp(&b.1));
        Ok(match best {
            Some((r, u)) => {
                Some(Recommendation { run: r.id, point: r.point.clone(), inference: self.scale.inverse(u) })
            }
            None => best_measured(history),
        })
    }
}

/// A posterior as it is.
struct Whole<'a>(&'a dyn Posterior);

impl Posterior for Whole<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn predict(&self, x: &[f64]) -> Gaussian {
        self.0.predict(x)
    }
    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        self.0.predict_with_gradient(x, d_mean, d_variance)
    }
    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        self.0.predict_many(xs)
    }
}
