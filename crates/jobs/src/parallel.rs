use jobs_core::Steps;

use crate::{DriveError, Ended, Executor, Observer, Recommendation, Report, Study};

/// So many runs failing one after the other are no property of their configurations.
const FAILURES_IN_A_ROW: usize = 3;

/// The whole method with up to `workers` runs at once, told in whatever order they end, without a barrier. Trials left pending
/// by an interrupted study come first. With one worker it is [`drive`](crate::drive).
///
/// A run that fails is told as diverged, so that the search keeps away from its configuration, unless nothing has ever been
/// trained or failures follow one another: then the study stops, as something else is wrong. `stop` is asked now and then;
/// once it says yes, runs are asked to keep their state, and the study ends with [`DriveError::Interrupted`] and can go on.
pub fn drive_parallel(
    study: &mut Study,
    executor: &mut dyn Executor,
    workers: usize,
    observers: &mut [&mut dyn Observer],
    stop: &dyn Fn() -> bool,
) -> Result<Option<Recommendation>, DriveError> {
    let mut waiting = study.pending();
    let (mut running, mut stopping, mut failures) = (0, false, 0);
    loop {
        if stop() && !stopping {
            stopping = true;
            executor.stop();
        }
        let mut trials = vec![];
        while !stopping && running + trials.len() < workers.max(1) {
            let next = match waiting.pop() {
                Some(trial) => Some(trial),
                None => study.ask()?,
            };
            let Some(trial) = next else { break };
            for observer in observers.iter_mut() {
                observer.asked(study, &trial).map_err(DriveError::Observer)?;
            }
            trials.push(trial);
        }
        if !trials.is_empty() {
            running += trials.len();
            executor.submit(study, &trials)?;
        }
        if running == 0 {
            return if stopping { Err(DriveError::Interrupted) } else { Ok(study.best()?) };
        }
        let ended = executor.wait()?;
        for note in executor.notes() {
            observers.iter_mut().for_each(|o| o.noted(&note));
        }
        let Some(ended) = ended else { continue };
        running -= 1;
        let report = match ended {
            Ended::Interrupted(_) => continue,
            Ended::Report(report) => {
                failures = 0;
                report
            }
            Ended::Failed { report, why } => {
                failures += 1;
                if study.history().tells() == 0 || failures == FAILURES_IN_A_ROW {
                    executor.stop();
                    return Err(DriveError::Failed { run: report.run.0, why });
                }
                let note = format!("run {} counts as diverged: {why}", report.run);
                observers.iter_mut().for_each(|o| o.noted(&note));
                as_diverged(study, report)
            }
        };
        study.tell(report.clone())?;
        for observer in observers.iter_mut() {
            observer.told(study, &report).map_err(DriveError::Observer)?;
        }
    }
}

/// A failed run as one whose loss stopped being finite at the step after the last it did.
fn as_diverged(study: &Study, report: Report) -> Report {
    let Report { run, step, mut curve } = report;
    let Some(record) = study.history().run(run) else { return Report { run, step, curve } };
    let step = Steps(step.max(record.step).0 + 1).min(record.to);
    let told_on = curve.len() >= record.curve.len() && curve.iter().zip(record.curve.iter()).all(|(a, b)| a == b);
    if !told_on {
        curve = record.curve.clone();
    }
    if curve.diverged_at().is_none() && curve.push(step, f64::NAN).is_err() {
        // the last step was evaluated, and yet the run failed: its last loss is not to be trusted
        curve = record.curve.clone();
        let _ = curve.push(step, f64::NAN);
    }
    Report { run, step, curve }
}
