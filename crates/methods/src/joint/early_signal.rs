use jobs::{History, Phase, RunRecord, Status};

/// The promoted runs that are judged: the last ones. Early losses that told bad from good may not tell good from best.
const WINDOW: usize = 6;

/// What early losses have added to what was expected without them, judged by the study's own finished runs.
///
/// For each promoted run three numbers meet: `e`, the surrogate's mean before the run was begun; `f`, what was foreseen from its
/// early losses; `y`, its final value. Over the last six promoted runs,
///
/// ```text
/// skill = 1 - sum (y - f)^2 / sum (y - e)^2
/// ```
///
/// on the scale on which losses are modelled, is the share of the doubt that early losses have taken away; where it is not above 0 they
/// tell nothing that was not known.
#[derive(Debug, Default)]
pub(super) struct EarlySignalCheck {
    expected: Vec<Option<f64>>,
    foreseen: Vec<Option<f64>>,
    promoted: Vec<usize>,
}

impl EarlySignalCheck {
    /// Runs noted so far.
    pub(super) fn noted(&self) -> usize {
        self.expected.len()
    }

    /// A run that is new, and what was expected of it, if anything was.
    pub(super) fn expect(&mut self, mean: Option<f64>) {
        self.expected.push(mean);
        self.foreseen.push(None);
    }

    /// What is now foreseen of a paused run.
    pub(super) fn foresee(&mut self, run: usize, mean: f64) {
        if let Some(f) = self.foreseen.get_mut(run) {
            *f = Some(mean);
        }
    }

    /// Notes the promoted runs that have ended, in the order in which they did.
    pub(super) fn note_promoted(&mut self, history: &History) {
        for (i, run) in history.runs().iter().enumerate() {
            if is_promoted(run) && !self.promoted.contains(&i) {
                self.promoted.push(i);
            }
        }
    }

    /// Whether early losses have been no help, on the scale `on`; `false` until enough runs can tell.
    pub(super) fn is_nil(&self, history: &History, on: impl Fn(f64) -> f64) -> bool {
        let judged = self.promoted.iter().rev().filter_map(|&i| self.errors(history, i, &on));
        let (mut foreseen, mut expected, mut count) = (0.0, 0.0, 0);
        for (f, e) in judged.take(WINDOW) {
            (foreseen, expected, count) = (foreseen + f, expected + e, count + 1);
        }
        count == WINDOW && foreseen >= expected
    }

    /// Squared errors of what was foreseen and of what was expected; `None` where one of them is not known.
    fn errors(&self, history: &History, run: usize, on: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
        let y = on(history.value(history.runs().get(run)?)?);
        let foreseen = (y - on((*self.foreseen.get(run)?)?)).powi(2);
        let expected = (y - on((*self.expected.get(run)?)?)).powi(2);
        // what was once expected can lie below the present floor
        (foreseen.is_finite() && expected.is_finite()).then_some((foreseen, expected))
    }
}

fn is_promoted(run: &RunRecord) -> bool {
    run.status == Status::Finished && matches!(run.phase, Phase::Promote | Phase::Verify)
}

#[cfg(test)]
mod tests {
    use jobs::{Event, Problem, RunId, Study};
    use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};

    use super::*;
    use crate::RandomSearch;

    /// Whether early losses are found to be no help after promoted runs that ended at 1, of which this was (expected, foreseen).
    fn judged(thought: &[(f64, f64)]) -> bool {
        let space =
            SearchSpace::from_toml_str("[[dimension]]\nname = 'x'\nkind = 'real'\nlow = 0.0\nhigh = 1.0\n").unwrap();
        let budget = Budget { total: Steps(10_000), full: Steps(100), early: Steps(20) };
        let point = space.sample(&mut Seed(0).stream("point", 0));
        let mut check = EarlySignalCheck::default();
        let mut events = vec![];
        for (i, &(expected, foreseen)) in thought.iter().enumerate() {
            let (run, step) = (RunId(i as u64), Steps(100));
            let point = point.record();
            events.push(Event::Start { run, point, to: step, phase: Phase::Promote });
            events.push(Event::Tell { run, step, evaluations: vec![(step, 1.0)], diverged_at: None });
            check.expect(Some(expected));
            check.foresee(i, foreseen);
        }
        let problem = Problem::new(space, budget, Target::Best, Seed(0));
        let study = Study::replay(problem, Box::new(RandomSearch), events).unwrap();
        let history = study.history();
        check.note_promoted(history);
        check.is_nil(history, |y| y)
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
        let (told, misled) = ((9.0, 1.0), (1.1, 1.3));
        assert!(judged(&[[told; 6], [misled; 6]].concat()));
        assert!(!judged(&[[misled; 6], [told; 6]].concat()));
        assert!(!judged(&[&[misled; 6][..], &[told; 1]].concat()));
    }
}
