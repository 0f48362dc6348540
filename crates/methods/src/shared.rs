//! Proposals, data and recommendations that several methods share.

use crate::model::Model;
use jobs::{History, Phase, Problem, Proposal, Recommendation, RunRecord, Status};
use jobs_core::{Observation, Point, Steps};

/// The next full run of the initial design, if the budget covers it. An imported full run replaces one of the design.
pub(crate) fn next_of_design(history: &History, design: &[Point]) -> Option<Proposal> {
    let full = history.problem().budget.full;
    let counts = |r: &&RunRecord| r.phase == Phase::Learn || (r.phase == Phase::Import && r.status == Status::Finished);
    let started = history.runs().iter().filter(counts).count();
    let point = design.get(started)?.clone();
    (history.remaining() >= full).then_some(Proposal::Start { point, to: full, phase: Phase::Learn })
}

/// What a search does before its model decides: the design, then full runs at uniform points until the model has data, and the end
/// where fewer than `least` steps remain.
pub(crate) fn before_the_model(history: &History, design: &[Point], model: &Model, least: Steps) -> Option<Proposal> {
    // more budget makes for a longer design, but a search that has begun does not go back to it
    let searching = history.counted().any(|r| r.phase == Phase::Search);
    if let Some(proposal) = next_of_design(history, design).filter(|_| !searching) {
        return Some(proposal);
    }
    if !model.is_ready() {
        return Some(without_data(history));
    }
    (history.remaining() < least).then_some(Proposal::Finish)
}

/// Without data: waits for pending runs; where every run diverged, a full run at a uniform point.
pub(crate) fn without_data(history: &History) -> Proposal {
    if history.pending().next().is_some() { Proposal::Finish } else { uniform_full_run(history) }
}

/// A full run at a uniform point, if the budget covers it.
pub(crate) fn uniform_full_run(history: &History) -> Proposal {
    let full = history.problem().budget.full;
    if history.remaining() < full {
        return Proposal::Finish;
    }
    match history.draw("without data", history.runs().len() as u64) {
        Some(point) => Proposal::Start { point, to: full, phase: Phase::Search },
        None => Proposal::Finish,
    }
}

/// The best full run ([`History::best_finished`]); before there is one, the run of lowest loss so far, those first that satisfy the
/// constraints. A run that diverged or was withdrawn is never it.
pub(crate) fn best_measured(history: &History) -> Option<Recommendation> {
    let finished = history.best_finished();
    let any = || {
        let usable = history.counted().filter(|r| r.status != Status::Diverged);
        let losses = usable.filter_map(|r| Some((r, r.curve.best()?.1, history.violation(r))));
        let best = losses.min_by(|a, b| a.2.total_cmp(&b.2).then(a.1.total_cmp(&b.1)));
        best.map(|(run, loss, _)| (run, loss))
    };
    let (run, inference) = finished.or_else(any)?;
    Some(Recommendation { run: run.id, point: run.point.clone(), inference })
}

/// An encoded point followed by steps / full steps.
pub(crate) fn at_steps(x: &[f64], steps: Steps, problem: &Problem) -> Vec<f64> {
    let mut x = x.to_vec();
    x.push(steps.as_f64() / problem.budget.full.as_f64());
    x
}

/// The target at every level that a run has passed, on the scale `forward`, over (configuration, steps / full steps). A diverged
/// run without a value counts as the worst so far, at full steps.
pub(crate) fn losses_at(history: &History, levels: &[Steps], forward: impl Fn(f64) -> f64) -> Vec<Observation> {
    let problem = history.problem();
    let worst = history.worst_value();
    let mut data = vec![];
    for run in history.runs() {
        let mut push = |steps, y| {
            data.push(Observation { x: at_steps(&run.x, steps, problem), y: forward(y), noise_variance: 0.0 });
        };
        for &level in levels.iter().filter(|&&l| l <= run.step) {
            if let Some(y) = problem.target.of(&run.curve.up_to(level)) {
                push(level, y);
            }
        }
        if let (Status::Diverged, Some(y)) = (run.status, history.value(run).or(worst)) {
            push(problem.budget.full, y);
        }
    }
    data
}
