//! The next trial of JoBS.

use jobs::{History, MethodError, Phase, Proposal, RunRecord};
use jobs_core::{Point, Steps};

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
        if self.finishing_is_due(history)
            && let Some(proposal) = self.finish_one(history)
        {
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

    /// Whether a promotion or the verification is due.
    fn finishing_is_due(&self, history: &History) -> bool {
        let promotion = self.parts.promotion.as_ref();
        self.is_verification(history)
            || promotion.is_some_and(|p| self.early_is_informative && promotion_is_due(history, p))
    }

    /// Whether only the steps reserved for verification are left.
    fn is_verification(&self, history: &History) -> bool {
        let rest = rest_of_run(history);
        let reserved = rest.0.saturating_mul(self.allocation.verification_runs);
        history.remaining().saturating_sub(history.problem().budget.early).0 < reserved.max(rest.0)
    }

    /// Takes the most promising paused run to the end.
    fn finish_one(&self, history: &History) -> Option<Proposal> {
        let (remaining, rest) = (history.remaining(), rest_of_run(history));
        let promotion = self.parts.promotion.as_ref().filter(|_| remaining >= rest)?;
        let run = self.most_promising(history, promotion)?;
        // the last run that can finish is the verification, whatever made it due
        let none_after = remaining.saturating_sub(rest) < rest;
        let phase = if self.is_verification(history) || none_after { Phase::Verify } else { Phase::Promote };
        Some(Proposal::Advance { run: run.id, to: history.problem().budget.full, phase })
    }

    /// The paused run of largest acquisition value.
    fn most_promising<'a>(&self, history: &'a History, promotion: &Promotion) -> Option<&'a RunRecord> {
        let posterior = self.posterior();
        let worth = |r: &RunRecord| promotion.acquisition.value(posterior.predict(&r.x));
        history.paused().map(|r| (r, worth(r))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(r, _)| r)
    }

    /// A new run at the point of largest acquisition value: an early run, or a full one while early losses are uninformative.
    fn search(&self, history: &History) -> Result<Proposal, MethodError> {
        let (problem, remaining) = (history.problem(), history.remaining());
        let budget = &problem.budget;
        let mut ranked: Vec<(f64, &RunRecord)> = self.means.iter().copied().zip(history.runs()).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranked: Vec<&Point> = ranked.into_iter().map(|(_, r)| &r.point).collect();
        let seed = problem.seed.derive("suggest", history.tells());
        let posterior = self.posterior();
        let to = if self.early_is_informative || remaining < budget.full { budget.early } else { budget.full };
        // the fewest steps that finish another run: those of a promotion, or of a full run where there are no early ones
        let another = if problem.has_early_runs() { rest_of_run(history) } else { budget.full };
        let is_last = to == budget.full && remaining.saturating_sub(to) < another;
        let last = self.parts.final_acquisition.as_deref().filter(|_| is_last);
        let acquisition = last.unwrap_or(self.parts.model.acquisition.as_ref());
        let suggestion = self.parts.model.suggest_by(acquisition, history, posterior.as_ref(), &ranked, seed)?;
        Ok(match suggestion {
            Some(s) => Proposal::Start { point: s.point, to, phase: Phase::Search },
            // every candidate has a run: the rest of the budget finishes the most promising ones
            None => self.finish_one(history).unwrap_or(Proposal::Finish),
        })
    }
}

/// Steps from the end of an early run to that of a full one.
fn rest_of_run(history: &History) -> Steps {
    let budget = &history.problem().budget;
    budget.full.saturating_sub(budget.early)
}

/// Whether promotions have had less of the budget than their schedule gives them by now.
fn promotion_is_due(history: &History, promotion: &Promotion) -> bool {
    let budget = &history.problem().budget;
    let rest = rest_of_run(history).as_f64();
    let promoted = history.counted().filter(|r| matches!(r.phase, Phase::Promote | Phase::Verify)).count();
    let used = budget.total.saturating_sub(history.remaining()).saturating_sub(promotion.after).as_f64();
    let total = budget.total.saturating_sub(promotion.after).as_f64();
    if used <= 0.0 {
        return false;
    }
    let allowed = promotion.share * total * (used / total).powf(promotion.lateness);
    (promoted as f64 + 0.5) * rest <= allowed
}
