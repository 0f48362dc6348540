use crate::{History, Phase, Status};

/// Finished runs that must have been foreseen before the early ones are judged.
const LEAST: usize = 4;

/// What early losses have added to what was expected without them, judged by the study's own finished runs.
///
/// For each promoted run three numbers meet: `e`, the surrogate's mean before the run was begun; `f`, what was foreseen from its
/// early losses; `y`, its final value. Early losses tell something if foreseeing was better than expecting,
///
/// ```text
/// skill = 1 - sum (y - f)^2 / sum (y - e)^2
/// ```
///
/// on the scale on which losses are modelled, and nothing where the skill is not above 0.
#[derive(Debug, Default)]
pub(super) struct Skill {
    expected: Vec<Option<f64>>,
    foreseen: Vec<Option<f64>>,
}

impl Skill {
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

    /// Whether early losses have been no help, on the scale `on`; `false` until enough runs can tell.
    pub(super) fn is_nil(&self, history: &History, on: impl Fn(f64) -> f64) -> bool {
        let (mut foreseen, mut expected, mut count) = (0.0, 0.0, 0);
        for ((run, e), f) in history.runs().iter().zip(&self.expected).zip(&self.foreseen) {
            let promoted = run.status == Status::Finished && matches!(run.phase, Phase::Promote | Phase::Verify);
            if let (true, Some(y), Some(e), Some(f)) = (promoted, history.value(run), e, f) {
                let errors = ((on(y) - on(*f)).powi(2), (on(y) - on(*e)).powi(2));
                // what was once expected can lie below the present floor
                if errors.0.is_finite() && errors.1.is_finite() {
                    (foreseen, expected, count) = (foreseen + errors.0, expected + errors.1, count + 1);
                }
            }
        }
        count >= LEAST && foreseen >= expected
    }
}
