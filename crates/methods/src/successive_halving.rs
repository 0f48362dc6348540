//! Successive halving: Hyperband, BOHB and ASHA.

use crate::shared::best_measured;
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, RunRecord, Status};
use jobs_core::{Point, Steps};

/// One of `ETA` runs at a rung goes on (3 or 4 by default in both papers).
const ETA: u64 = 3;
/// The lowest rung is at least a quarter of an early run and a 25th of a full run. Earlier losses are mostly warm-up, or not yet
/// evaluated.
const LOWEST: (u64, u64) = (4, 25);

/// Where new configurations come from.
pub trait Sampler: Send {
    /// The next one; `None` where no candidate is left.
    fn sample(&self, history: &History) -> Option<Point>;
}

/// Uniform draws.
#[derive(Debug, Default)]
pub struct Uniform;

impl Sampler for Uniform {
    fn sample(&self, history: &History) -> Option<Point> {
        history.draw("uniform", history.runs().len() as u64)
    }
}

/// The rungs: `full / ETA^k`, rising, none below the lowest.
fn rungs(problem: &Problem) -> Vec<Steps> {
    let (full, early) = (problem.budget.full.0, problem.budget.early.0);
    let lowest = (early / LOWEST.0).max(full / LOWEST.1).max(1);
    let mut rungs: Vec<Steps> =
        std::iter::successors(Some(full), |s| Some(s / ETA)).take_while(|&s| s >= lowest && s > 0).map(Steps).collect();
    rungs.reverse();
    rungs
}

/// The target of a run up to a rung; a run that did not reach it counts as worst.
fn at_rung(history: &History, run: &RunRecord, rung: Steps) -> f64 {
    let reached = run.step >= rung;
    let value = history.problem().target.of(&run.curve.up_to(rung));
    value.filter(|_| reached).unwrap_or(f64::INFINITY)
}

/// The best `keep` of `runs` at a rung, the lowest loss first.
fn best_at<'a>(history: &History, runs: &[&'a RunRecord], rung: Steps, keep: usize) -> Vec<&'a RunRecord> {
    let mut ranked: Vec<(f64, &RunRecord)> = runs.iter().map(|r| (at_rung(history, r, rung), *r)).collect();
    ranked.retain(|(loss, _)| loss.is_finite());
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().take(keep).map(|(_, r)| r).collect()
}

/// The proposal, if the budget covers it.
fn affordable(history: &History, proposal: Proposal) -> Proposal {
    let cost = match &proposal {
        Proposal::Start { to, .. } => *to,
        Proposal::Advance { run, to, .. } => to.saturating_sub(history.run(*run).map_or(Steps::ZERO, |r| r.step)),
        Proposal::Finish => Steps::ZERO,
    };
    if cost <= history.remaining() { proposal } else { Proposal::Finish }
}

/// Hyperband (Li et al. 2018): repeated brackets of successive halving, from many short runs to a few full runs. With draws from a
/// model it is BOHB (Falkner, Klein and Hutter 2018).
pub struct Hyperband {
    name: String,
    sampler: Box<dyn Sampler>,
    rungs: Vec<Steps>,
}

impl Hyperband {
    /// Hyperband on `problem`.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where early runs are as long as full ones.
    pub fn new(name: &str, problem: &Problem, sampler: Box<dyn Sampler>) -> Result<Self, MethodError> {
        needs_early_runs(problem)?;
        Ok(Self { name: name.to_owned(), sampler, rungs: rungs(problem) })
    }

    /// Number of runs that start a bracket: `ceil((s_max + 1) / (s + 1) ETA^s)`.
    fn width(&self, halvings: usize) -> usize {
        let grown = (ETA as usize).saturating_pow(halvings as u32);
        (self.rungs.len() * grown).div_ceil(halvings + 1)
    }

    /// The next proposal of a bracket with these runs; `None` where the bracket is done.
    fn next(&self, history: &History, members: &[&RunRecord], halvings: usize) -> Option<Proposal> {
        let rungs = &self.rungs[self.rungs.len() - 1 - halvings..];
        if members.len() < self.width(halvings) {
            return Some(match self.sampler.sample(history) {
                Some(point) => Proposal::Start { point, to: rungs[0], phase: Phase::Search },
                None => Proposal::Finish,
            });
        }
        if members.iter().any(|r| r.status == Status::Pending) {
            return Some(Proposal::Finish);
        }
        let mut survivors = members.to_vec();
        for pair in rungs.windows(2) {
            survivors = best_at(history, &survivors, pair[0], survivors.len() / ETA as usize);
            if let Some(run) = survivors.iter().find(|r| r.step < pair[1] && r.status == Status::Paused) {
                return Some(Proposal::Advance { run: run.id, to: pair[1], phase: Phase::Promote });
            }
        }
        None
    }
}

impl Method for Hyperband {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let own: Vec<&RunRecord> = history.runs().iter().filter(|r| r.phase != Phase::Import).collect();
        let mut rest = own.as_slice();
        for bracket in 0.. {
            let halvings = self.rungs.len() - 1 - bracket % self.rungs.len();
            let (members, later) = rest.split_at(self.width(halvings).min(rest.len()));
            if let Some(proposal) = self.next(history, members, halvings) {
                return Ok(affordable(history, proposal));
            }
            rest = later;
        }
        Ok(Proposal::Finish)
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }
}

/// Asynchronous successive halving (Li et al. 2020): promotes a run as soon as it is in the best third of its rung, else starts a
/// new one.
pub struct Asha {
    rungs: Vec<Steps>,
}

impl Asha {
    /// ASHA on `problem`.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where early runs are as long as full ones.
    pub fn new(problem: &Problem) -> Result<Self, MethodError> {
        needs_early_runs(problem)?;
        Ok(Self { rungs: rungs(problem) })
    }
}

impl Method for Asha {
    fn name(&self) -> &str {
        "asha"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let own: Vec<&RunRecord> = history.runs().iter().filter(|r| r.phase != Phase::Import).collect();
        for pair in self.rungs.windows(2).rev() {
            let there: Vec<&RunRecord> = own.iter().copied().filter(|r| r.step >= pair[0]).collect();
            let good = best_at(history, &there, pair[0], there.len() / ETA as usize);
            if let Some(run) = good.iter().find(|r| r.status == Status::Paused && r.step < pair[1])
                && pair[1].saturating_sub(run.step) <= history.remaining()
            {
                return Ok(Proposal::Advance { run: run.id, to: pair[1], phase: Phase::Promote });
            }
        }
        let start = |point| Proposal::Start { point, to: self.rungs[0], phase: Phase::Search };
        Ok(Uniform.sample(history).map_or(Proposal::Finish, |point| affordable(history, start(point))))
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }
}

/// Refuses problems without early runs.
pub(super) fn needs_early_runs(problem: &Problem) -> Result<(), MethodError> {
    if problem.has_early_runs() {
        return Ok(());
    }
    Err(MethodError::NotApplicable("it needs early runs, but an early run is as long as a full one"))
}
