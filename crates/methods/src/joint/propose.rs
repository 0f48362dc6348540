//! The next trial of JoBS.

use gp::acquisition::LogPi;
use jobs::{History, MethodError, Phase, Proposal, RunRecord, Status};
use jobs_core::{Point, Steps};

use super::constraints::{PENALTY, as_criteria, terms};
use super::{Jobs, Promotion};
use crate::shared::{next_of_design, without_data};

impl Jobs {
    /// The design, then the initial early runs, then promotion or verification where it is due, else the search.
    pub(super) fn next(&self, history: &History) -> Result<Proposal, MethodError> {
        if let Some(proposal) = next_of_design(history, &self.design).or_else(|| self.next_initial(history)) {
            return Ok(proposal);
        }
        if !self.parts.model.is_ready() {
            return Ok(without_data(history));
        }
        if let Some(proposal) = self.advance(history) {
            return Ok(proposal);
        }
        if history.remaining() < history.problem().budget.early {
            return Ok(Proposal::Finish);
        }
        self.search(history)
    }

    /// The next of the initial early runs, if the budget covers it.
    fn next_initial(&self, history: &History) -> Option<Proposal> {
        let to = history.problem().budget.early;
        let started = history.runs().iter().filter(|r| r.phase != Phase::Learn).count();
        let point = self.initial_early_runs.get(started).filter(|_| history.remaining() >= to)?.clone();
        Some(Proposal::Start { point, to, phase: Phase::Search })
    }

    /// The verification or a promotion, where one is due.
    fn advance(&self, history: &History) -> Option<Proposal> {
        if self.is_verification(history) {
            return self.finish_one(history);
        }
        let promotion = self.parts.promotion.as_ref().filter(|_| self.early_is_informative)?;
        let run = self.most_promising(history, promotion, history.remaining())?;
        let full = history.problem().budget.full;
        let to = self.parts.levels.iter().copied().find(|&l| l > run.step).unwrap_or(full);
        let cost = to.saturating_sub(run.step);
        let is_due = cost <= history.remaining() && promotion_is_due(history, promotion, cost);
        is_due.then_some(Proposal::Advance { run: run.id, to, phase: Phase::Promote })
    }

    /// Whether only the steps reserved for verification are left.
    fn is_verification(&self, history: &History) -> bool {
        let rest = rest_of_run(history);
        let reserved = rest.0.saturating_mul(self.allocation.verification_runs);
        history.remaining().saturating_sub(history.problem().budget.early).0 < reserved.max(rest.0)
    }

    /// Takes the most promising paused run that can be finished to the end.
    fn finish_one(&self, history: &History) -> Option<Proposal> {
        let (remaining, rest) = (history.remaining(), rest_of_run(history));
        let promotion = self.parts.promotion.as_ref()?;
        let run = self.most_promising(history, promotion, remaining)?;
        let full = history.problem().budget.full;
        // the last run that can finish is the verification, whatever made it due
        let none_after = remaining.saturating_sub(full.saturating_sub(run.step)) < rest;
        let phase = if self.is_verification(history) || none_after { Phase::Verify } else { Phase::Promote };
        Some(Proposal::Advance { run: run.id, to: full, phase })
    }

    /// The paused run of largest acquisition value among those that `steps` can finish.
    fn most_promising<'a>(&self, history: &'a History, promotion: &Promotion, steps: Steps) -> Option<&'a RunRecord> {
        let posterior = self.posterior();
        let full = history.problem().budget.full;
        let worth = |r: &RunRecord| promotion.acquisition.value(posterior.predict(&r.x)) + self.log_feasibility(&r.x);
        let open = history.paused().filter(|r| full.saturating_sub(r.step) <= steps);
        open.map(|r| (r, worth(r))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(r, _)| r)
    }

    /// A new run at the point of largest acquisition value: an early run, or a full one while early losses are uninformative.
    fn search(&self, history: &History) -> Result<Proposal, MethodError> {
        let (problem, remaining) = (history.problem(), history.remaining());
        let budget = &problem.budget;
        let ranked = self.ranked(history);
        let seed = problem.seed.derive("suggest", history.tells());
        let posterior = self.posterior();
        let to = if self.early_is_informative || remaining < budget.full { budget.early } else { budget.full };
        // the fewest steps that finish another run: those of a promotion, or of a full run where there are no early ones
        let another = if problem.has_early_runs() { rest_of_run(history) } else { budget.full };
        let is_last = to == budget.full && remaining.saturating_sub(to) < another;
        let last = self.parts.final_acquisition.as_deref().filter(|_| is_last);
        let acquisition = last.unwrap_or(self.parts.model.acquisition.as_ref());
        let beliefs = self.constraint_posteriors();
        let probable = LogPi::default();
        let is_logarithmic = last.is_some() || self.parts.is_logarithmic;
        let terms = terms(&beliefs, if is_logarithmic { &probable } else { &PENALTY });
        let model = &self.parts.model;
        let suggestion =
            model.suggest_by(acquisition, &as_criteria(&terms), history, posterior.as_ref(), &ranked, seed)?;
        Ok(match suggestion {
            Some(s) => Proposal::Start { point: s.point, to, phase: Phase::Search },
            // every candidate has a run: the rest of the budget finishes the most promising ones
            None => self.finish_one(history).unwrap_or(Proposal::Finish),
        })
    }

    /// The configurations tried, best first: by the excess that is expected over the constraints, then by posterior mean.
    fn ranked<'a>(&self, history: &'a History) -> Vec<&'a Point> {
        let keyed = self.means.iter().zip(history.runs()).map(|(&mean, r)| (self.expected_excess(&r.x), mean, r));
        let mut ranked: Vec<(f64, f64, &RunRecord)> = keyed.collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        ranked.into_iter().map(|(_, _, r)| &r.point).collect()
    }
}

/// Steps from the end of an early run to that of a full one.
fn rest_of_run(history: &History) -> Steps {
    let budget = &history.problem().budget;
    budget.full.saturating_sub(budget.early)
}

/// Whether promotions have had less of the budget than their schedule gives them by now; `cost` is that of the next.
fn promotion_is_due(history: &History, promotion: &Promotion, cost: Steps) -> bool {
    let budget = &history.problem().budget;
    let promoted = history.counted().filter(|r| matches!(r.phase, Phase::Promote | Phase::Verify));
    let reached = |r: &RunRecord| if r.status == Status::Paused { r.step } else { r.to.max(r.step) };
    let spent: f64 = promoted.map(|r| reached(r).saturating_sub(budget.early).as_f64()).sum();
    let used = budget.total.saturating_sub(history.remaining()).saturating_sub(promotion.after).as_f64();
    let total = budget.total.saturating_sub(promotion.after).as_f64();
    if used <= 0.0 {
        return false;
    }
    let allowed = promotion.share * total * (used / total).powf(promotion.lateness);
    spent + 0.5 * cost.as_f64() <= allowed
}
