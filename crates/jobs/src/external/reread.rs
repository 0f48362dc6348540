use std::io;
use std::path::Path;

use jobs_core::{LearningCurve, Steps};

use super::Attempt;
use super::follow::Following;
use crate::RunRecord;

/// What the files of a run's attempts hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Reread {
    /// The largest step that they report.
    pub reached: Steps,
    /// Its curve, as losses.
    pub curve: LearningCurve,
}

/// Reads the output files of a run again, as the executor has read them; `None` where it has no attempts.
///
/// # Errors
/// A file that cannot be read.
pub fn reread(runs: &Path, record: &RunRecord, maximise: bool) -> io::Result<Option<Reread>> {
    let attempts = Attempt::earlier(&Attempt::run_folder(runs, record.id), record.id, maximise);
    let (mut trial, mut following) = (None, Following::new(LearningCurve::new(), Steps::ZERO, Steps::ZERO));
    for (attempt, request) in &attempts {
        if trial != Some((request.from, request.to)) {
            trial = Some((request.from, request.to));
            following = Following::new(following.curve().clone(), request.from, request.to);
        }
        following.read(attempt, true)?;
    }
    let reread = Reread { reached: following.reached(), curve: following.curve().clone() };
    Ok((!attempts.is_empty()).then_some(reread))
}

impl Reread {
    /// The first evaluation of a run that its files do not hold, with what they have there; `None` where they agree.
    pub fn difference(&self, record: &RunRecord) -> Option<(Steps, Option<f64>, Option<f64>)> {
        let there: Vec<(Steps, f64)> = finite(&self.curve).filter(|(step, _)| *step <= record.step).collect();
        let here: Vec<(Steps, f64)> = finite(&record.curve).collect();
        let at = |curve: &[(Steps, f64)], step| curve.iter().find(|(s, _)| *s == step).map(|(_, v)| *v);
        let differing = |(step, value): &(Steps, f64)| at(&there, *step) != Some(*value);
        if let Some((step, value)) = here.iter().copied().find(differing) {
            return Some((step, Some(value), at(&there, step)));
        }
        // of a run that failed, what its last trial reported may not count
        let complete = record.curve.diverged_at().is_none();
        let missing = there.iter().copied().find(|(step, _)| complete && at(&here, *step).is_none());
        missing.map(|(step, value)| (step, None, Some(value)))
    }
}

fn finite(curve: &LearningCurve) -> impl Iterator<Item = (Steps, f64)> + '_ {
    curve.iter().filter(|(_, v)| v.is_finite())
}
