use std::collections::HashMap;

use jobs::{Event, Phase, Recommendation, RunId, RunRecord, Status, Study};
use jobs_core::Steps;

use crate::loaded_study::LoadedStudy;
use crate::numbers::Digits;

/// The content of a report, as metrics.
pub(super) struct View<'a> {
    pub(super) loaded: &'a LoadedStudy,
    pub(super) study: &'a Study,
    pub(super) best: &'a Recommendation,
    pub(super) runs: Vec<Shown<'a>>,
    /// Budget used when a full run finished, its value and its number.
    pub(super) finished: Vec<(f64, f64, RunId)>,
}

/// A run.
pub(super) struct Shown<'a> {
    pub(super) record: &'a RunRecord,
    /// Value of a full run.
    pub(super) value: Option<f64>,
    /// (step, metric).
    pub(super) curve: Vec<(f64, f64)>,
}

impl<'a> View<'a> {
    /// The budget in steps: that of the file, or what a budget in time has turned out to cover.
    pub(super) fn total(&self) -> Steps {
        let budget = |problem: &jobs::Problem| problem.budget.total;
        let in_time = self.loaded.time_limit(1).is_some();
        budget(if in_time { self.study.history().problem() } else { &self.loaded.problem })
    }

    pub(super) fn of(loaded: &'a LoadedStudy, study: &'a Study, best: &'a Recommendation) -> Self {
        let turn = |v: f64| loaded.direction.turn(v);
        let history = study.history();
        let shown = |record: &'a RunRecord| Shown {
            record,
            value: (record.status == Status::Finished).then(|| history.value(record)).flatten().map(turn),
            curve: record.curve.iter().map(|(s, v)| (s.as_f64(), turn(v))).collect(),
        };
        let runs: Vec<Shown<'a>> = history.counted().map(shown).collect();
        let (mut spent, mut at, mut finished) = (0, HashMap::<RunId, Steps>::new(), vec![]);
        for event in study.events() {
            let Event::Tell { run, step, .. } = event else { continue };
            if history.run(*run).is_some_and(|r| r.status == Status::Withdrawn) {
                continue;
            }
            spent += step.saturating_sub(at.insert(*run, *step).unwrap_or(Steps::ZERO)).0;
            let record = history.run(*run).filter(|r| r.status == Status::Finished && r.step == *step);
            finished.extend(record.and_then(|r| history.value(r)).map(|v| (spent as f64, turn(v), *run)));
        }
        Self { loaded, study, best, runs, finished }
    }

    pub(super) fn full(&self) -> f64 {
        self.loaded.problem.budget.full.as_f64()
    }

    pub(super) fn early(&self) -> f64 {
        self.loaded.problem.budget.early.as_f64()
    }

    pub(super) fn maximise(&self) -> bool {
        self.loaded.direction.maximise
    }

    /// Digits that distinguish the values of full runs.
    pub(super) fn digits(&self) -> Digits {
        Digits::that_distinguish(self.runs.iter().filter_map(|r| r.value))
    }

    /// Full runs, the best first.
    pub(super) fn ranked(&self) -> Vec<&Shown<'a>> {
        let mut ranked: Vec<_> = self.runs.iter().filter(|r| r.value.is_some()).collect();
        let loss = |r: &&Shown<'a>| self.loaded.direction.turn(r.value.unwrap_or(f64::NAN));
        ranked.sort_by(|a, b| loss(a).total_cmp(&loss(b)));
        ranked
    }

    /// (purpose, runs, steps).
    pub(super) fn ledger(&self) -> Vec<(&'static str, usize, u64)> {
        let kinds = [
            ("full runs of the learning phase", Phase::Learn),
            ("early runs of the search", Phase::Search),
            ("promoted runs", Phase::Promote),
            ("verification", Phase::Verify),
            ("imported, no budget used", Phase::Import),
        ];
        let of = |phase: Phase| {
            let runs = self.runs.iter().filter(|r| r.record.phase == phase);
            runs.fold((0, 0), |(n, steps), r| (n + 1, steps + r.record.step.0))
        };
        let rows = kinds.map(|(what, phase)| {
            let (n, steps) = of(phase);
            (what, n, steps)
        });
        rows.into_iter().filter(|(_, n, _)| *n > 0).collect()
    }
}

/// The range from the minimum to the `share`-quantile, mirrored if larger is better, with a margin.
pub(super) fn range(mut values: Vec<f64>, share: f64, maximise: bool) -> (f64, f64) {
    values.retain(|v| v.is_finite());
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        values.get(((values.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = if maximise { (at(1.0 - share), at(1.0)) } else { (at(0.0), at(share)) };
    let margin = 0.06 * (high - low).max(1e-9 * low.abs().max(high.abs())).max(f64::MIN_POSITIVE);
    (low - margin, high + margin)
}
