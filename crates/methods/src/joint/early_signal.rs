use jobs::{History, Phase, RunRecord, Status};
use jobs_core::state::{StateReader, StateWriter};

/// The check is over the last promoted runs only: early losses that separate bad from good may not separate good from best.
const WINDOW: usize = 6;

/// Whether early losses are informative, judged by the study's own full runs.
///
/// For each promoted run there are three numbers: `e`, the surrogate's mean before the run started; `f`, the prediction from its
/// early losses; `y`, its final value. Over the last six promoted runs,
///
/// ```text
/// gain = 1 - sum (y - f)^2 / sum (y - e)^2
/// ```
///
/// on the scale on which losses are modelled, is the share of the squared error that early losses removed. At zero or below, early
/// losses are uninformative.
#[derive(Debug, Default)]
pub(super) struct EarlySignalCheck {
    expected: Vec<Option<f64>>,
    predicted: Vec<Option<f64>>,
    promoted: Vec<usize>,
}

impl EarlySignalCheck {
    /// Writes everything recorded.
    pub(super) fn save(&self, to: &mut StateWriter) {
        to.optional_list(&self.expected);
        to.optional_list(&self.predicted);
        to.list(&self.promoted.iter().map(|&i| i as f64).collect::<Vec<_>>());
    }

    /// Reads what [`Self::save`] wrote; `None` where the numbers are not that.
    pub(super) fn restore(from: &mut StateReader<'_>) -> Option<Self> {
        let (expected, predicted) = (from.optional_list()?, from.optional_list()?);
        let promoted = from.list()?.into_iter().map(|i| i as usize).collect();
        Some(Self { expected, predicted, promoted })
    }

    /// Number of runs recorded so far.
    pub(super) fn recorded(&self) -> usize {
        self.expected.len()
    }

    /// Records a new run and the surrogate's mean for it, if there was one.
    pub(super) fn record_expected(&mut self, mean: Option<f64>) {
        self.expected.push(mean);
        self.predicted.push(None);
    }

    /// Records the latest prediction for a paused run.
    pub(super) fn record_predicted(&mut self, run: usize, mean: f64) {
        if let Some(f) = self.predicted.get_mut(run) {
            *f = Some(mean);
        }
    }

    /// Records promoted runs that have finished, in the order in which they did.
    pub(super) fn record_promoted(&mut self, history: &History) {
        for (i, run) in history.runs().iter().enumerate() {
            if is_promoted(run) && !self.promoted.contains(&i) {
                self.promoted.push(i);
            }
        }
    }

    /// Whether early losses are uninformative, on the scale `on`; `false` until six promoted runs can be judged.
    pub(super) fn is_uninformative(&self, history: &History, on: impl Fn(f64) -> f64) -> bool {
        let judged = self.promoted.iter().rev().filter_map(|&i| self.errors(history, i, &on));
        let (mut predicted, mut expected, mut count) = (0.0, 0.0, 0);
        for (f, e) in judged.take(WINDOW) {
            (predicted, expected, count) = (predicted + f, expected + e, count + 1);
        }
        count == WINDOW && predicted >= expected
    }

    /// Squared errors of the prediction and of the expectation; `None` where one of them is unknown.
    fn errors(&self, history: &History, run: usize, on: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
        let y = on(history.value(history.runs().get(run)?)?);
        let predicted = (y - on((*self.predicted.get(run)?)?)).powi(2);
        let expected = (y - on((*self.expected.get(run)?)?)).powi(2);
        // an old expectation can lie below the present floor
        (predicted.is_finite() && expected.is_finite()).then_some((predicted, expected))
    }
}

fn is_promoted(run: &RunRecord) -> bool {
    run.status == Status::Finished && matches!(run.phase, Phase::Promote | Phase::Verify)
}

#[cfg(test)]
mod tests {
    use jobs::{Event, Problem, RunId};
    use jobs_core::test_spaces::TestSpace;
    use jobs_core::{Budget, Seed, Steps, Target};

    use super::*;

    /// Whether early losses are uninformative after promoted runs that ended at 1, given (expected, predicted) of each.
    fn judged(runs: &[(f64, f64)]) -> bool {
        let space = TestSpace::default().real("x", 0.0, 1.0).build();
        let budget = Budget { total: Steps(10_000), full: Steps(100), early: Steps(20) };
        let point = space.sample(&mut Seed(0).stream("point", 0));
        let mut check = EarlySignalCheck::default();
        let mut events = vec![];
        for (i, &(expected, predicted)) in runs.iter().enumerate() {
            let (run, step) = (RunId(i as u64), Steps(100));
            let point = point.record();
            events.push(Event::Start { run, point, to: step, phase: Phase::Promote });
            events.push(Event::Tell { run, step, evaluations: vec![(step, 1.0)], diverged_at: None });
            check.record_expected(Some(expected));
            check.record_predicted(i, predicted);
        }
        let problem = Problem::new(space, budget, Target::Best, Seed(0));
        let history = &History::replay(problem, events).unwrap();
        check.record_promoted(history);
        check.is_uninformative(history, |y| y)
    }

    #[test]
    fn early_losses_are_judged_once_six_runs_were_promoted() {
        let misled = (1.1, 1.3);
        assert!(!judged(&[misled; 5]));
        assert!(judged(&[misled; 6]));
        assert!(!judged(&[(1.3, 1.1); 6]));
    }

    #[test]
    fn only_the_last_six_promoted_runs_count() {
        let (informed, misled) = ((9.0, 1.0), (1.1, 1.3));
        assert!(judged(&[[informed; 6], [misled; 6]].concat()));
        assert!(!judged(&[[misled; 6], [informed; 6]].concat()));
        assert!(!judged(&[&[misled; 6][..], &[informed; 1]].concat()));
    }
}
