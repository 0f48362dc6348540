use std::collections::{BTreeSet, HashMap};

use jobs::{Event, Phase, Recommendation, RunId, RunRecord, Status, Study};
use jobs_core::Steps;

use crate::best::Best;
use crate::loaded_study::LoadedStudy;
use crate::numbers::Digits;

/// The content of a report, as metrics.
pub(super) struct View<'a> {
    pub(super) loaded: &'a LoadedStudy,
    pub(super) study: &'a Study,
    /// What the method recommends.
    pub(super) best: &'a Recommendation,
    /// The same as metrics.
    pub(super) shown_best: &'a Best,
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

impl Shown<'_> {
    /// What the pointer shows of it.
    pub(super) fn hover(&self, metric: &str, digits: Digits) -> String {
        let (id, phase, step) = (self.record.id, self.record.phase, self.record.step);
        let value = match (self.value, self.curve.last()) {
            (Some(v), _) => format!(", {metric} {}", digits.write(v)),
            (None, Some((at, v))) => format!(", {metric} {} at step {at}", digits.write(*v)),
            (None, None) => String::new(),
        };
        format!("run {id} ({phase}, {step} steps){value}")
    }
}

impl<'a> View<'a> {
    /// The budget in steps: that of the file, or what a budget in time has turned out to cover.
    pub(super) fn total(&self) -> Steps {
        let budget = |problem: &jobs::Problem| problem.budget.total;
        let in_time = self.loaded.time_limit(1).is_some();
        budget(if in_time { self.study.history().problem() } else { &self.loaded.problem })
    }

    pub(super) fn of(
        loaded: &'a LoadedStudy,
        study: &'a Study,
        (best, shown_best): &'a (Recommendation, Best),
    ) -> Self {
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
        Self { loaded, study, best, shown_best, runs, finished }
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

    /// Names of the metrics besides that of the study.
    pub(super) fn other_metrics(&self) -> Vec<&'a str> {
        let names: BTreeSet<&'a str> =
            self.runs.iter().flat_map(|r| r.record.metrics.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| *name != self.loaded.metric()).collect()
    }

    /// Digits that distinguish the values of full runs.
    pub(super) fn digits(&self) -> Digits {
        Digits::that_distinguish(self.runs.iter().filter_map(|r| r.value))
    }

    /// Digits that distinguish the last values of all runs.
    pub(super) fn all_digits(&self) -> Digits {
        Digits::that_distinguish(self.runs.iter().filter_map(|r| r.value.or(r.curve.last().map(|p| p.1))))
    }

    /// Whether a run satisfies the constraints of the study.
    pub(super) fn is_feasible(&self, run: RunId) -> bool {
        let history = self.study.history();
        history.run(run).is_some_and(|r| history.is_feasible(r))
    }

    /// Full runs, the best first; those that violate constraints last.
    pub(super) fn ranked(&self) -> Vec<&Shown<'a>> {
        let mut ranked: Vec<_> = self.runs.iter().filter(|r| r.value.is_some()).collect();
        let loss = |r: &&Shown<'a>| self.loaded.direction.turn(r.value.unwrap_or(f64::NAN));
        let violation = |r: &&Shown<'a>| self.study.history().violation(r.record);
        ranked.sort_by(|a, b| violation(a).total_cmp(&violation(b)).then(loss(a).total_cmp(&loss(b))));
        ranked
    }

    /// (purpose, runs, steps).
    pub(super) fn ledger(&self) -> Vec<(&'static str, usize, u64)> {
        // a search may start full runs too, or train runs to any step
        let kinds = [
            ("full runs of the learning phase", Phase::Learn, true),
            ("runs of the learning phase that ended before", Phase::Learn, false),
            ("full runs of the search", Phase::Search, true),
            ("shorter runs of the search", Phase::Search, false),
            ("promoted runs, trained in full", Phase::Promote, true),
            ("promoted runs, trained further", Phase::Promote, false),
            ("verification", Phase::Verify, true),
            ("verification that ended before", Phase::Verify, false),
        ];
        let rows = kinds.map(|(what, phase, full)| {
            let is_full = |r: &&Shown<'_>| (r.record.step == self.loaded.problem.budget.full) == full;
            let runs = self.runs.iter().filter(|r| r.record.phase == phase).filter(is_full);
            let (n, steps) = runs.fold((0, 0), |(n, steps), r| (n + 1, steps + r.record.step.0));
            (what, n, steps)
        });
        let imported = self.runs.iter().filter(|r| r.record.phase == Phase::Import).count();
        let all = rows.into_iter().chain([("imported, no budget used", imported, 0)]);
        all.filter(|(_, n, _)| *n > 0).collect()
    }
}

/// The range from the minimum to the `share`-quantile, mirrored if larger is better, with a margin.
pub(super) fn range(mut values: Vec<f64>, share: f64, maximise: bool) -> (f64, f64) {
    values.retain(|v| v.is_finite());
    if values.is_empty() {
        return (0.0, 1.0);
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| {
        values.get(((values.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = if maximise { (at(1.0 - share), at(1.0)) } else { (at(0.0), at(share)) };
    // a difference of halves is finite for values of any size
    let margin = match 0.12 * (high / 2.0 - low / 2.0) {
        // one value only
        0.0 if low == 0.0 => 1.0,
        0.0 => 0.05 * low.abs(),
        margin => margin,
    };
    (low - margin, high + margin)
}
