//! Proposals and recommendations that several methods share.

use jobs::{History, Phase, Proposal, Recommendation, RunRecord, Status};
use jobs_core::Point;

/// Full runs of the initial design still to do: the next one, if the budget pays for it. Imported runs stand for as many.
pub(crate) fn next_of_design(history: &History, design: &[Point]) -> Option<Proposal> {
    let full = history.problem().budget.full;
    let counts = |r: &&RunRecord| r.phase == Phase::Learn || (r.phase == Phase::Import && r.status == Status::Finished);
    let begun = history.runs().iter().filter(counts).count();
    let point = design.get(begun)?.clone();
    (history.remaining() >= full).then_some(Proposal::Start { point, to: full, phase: Phase::Learn })
}

/// With nothing to learn from yet: wait for what is pending; where every run diverged, a full run drawn uniformly.
pub(crate) fn without_data(history: &History) -> Proposal {
    if history.pending().next().is_some() { Proposal::Finish } else { uniform_full_run(history) }
}

/// A full run drawn uniformly, while the budget pays for it.
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

/// The finished run with the lowest measured value; before there is one, the run with the lowest loss so far.
pub(crate) fn best_measured(history: &History) -> Option<Recommendation> {
    let finished = history.best_finished();
    let any = || {
        let losses = history.runs().iter().filter_map(|r| Some((r, r.curve.best()?.1)));
        losses.min_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (run, inference) = finished.or_else(any)?;
    Some(Recommendation { run: run.id, point: run.point.clone(), inference })
}
