use std::collections::BTreeSet;
use std::io;

use jobs_core::{LearningCurve, Steps};

use super::line::keys;
use super::metrics::OtherMetrics;
use super::output::Output;
use super::{Attempt, Measurement, parse_line};
use crate::MetricValues;

/// What the attempts of one trial have reported so far.
#[derive(Debug)]
pub(super) struct Following {
    from: Steps,
    to: Steps,
    before: LearningCurve,
    curve: LearningCurve,
    reached: Steps,
    /// Outputs still to read, with the last step of each.
    outputs: Vec<(Output, Option<Steps>)>,
    /// Keys of lines with a step and without the metric.
    keys: BTreeSet<String>,
    metrics: OtherMetrics,
    /// Number of lines that are not measurements, and the first of them.
    garbage: Option<(usize, String)>,
}

/// Events in the output other than evaluations.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sign {
    /// The loss stopped being finite.
    Diverged,
    /// The command contradicts itself.
    Fault(String),
    /// A line that looks like a measurement but is not, or one past the last step of the trial.
    Odd(String),
}

impl Following {
    /// For a trial whose curve up to `from` is `before`.
    pub(super) fn new(before: LearningCurve, from: Steps, to: Steps) -> Self {
        Self {
            from,
            to,
            curve: before.clone(),
            before,
            reached: from,
            outputs: vec![],
            keys: BTreeSet::new(),
            metrics: OtherMetrics::default(),
            garbage: None,
        }
    }

    /// Keys of lines with a step and without the metric.
    pub(super) fn keys(&self) -> Vec<String> {
        self.keys.iter().cloned().collect()
    }

    /// The other metrics of this trial.
    pub(super) fn metrics(&self) -> MetricValues {
        self.metrics.values()
    }

    /// All evaluations, with those of earlier trials.
    pub(super) fn curve(&self) -> &LearningCurve {
        &self.curve
    }

    /// The largest step reported by any attempt.
    pub(super) fn reached(&self) -> Steps {
        self.reached
    }

    /// Describes the lines that are not measurements.
    pub(super) fn garbage(&self) -> Option<String> {
        let (count, first) = self.garbage.as_ref()?;
        Some(format!("{count} lines of its output are not JSON measurements, the first: `{first}`"))
    }

    /// Reads what the attempt has written since the last call. Returns whether it wrote anything, and the events.
    pub(super) fn read(&mut self, attempt: &Attempt, ended: bool) -> io::Result<(bool, Vec<Sign>)> {
        let paths = attempt.outputs();
        if self.outputs.last().is_none_or(|(o, _)| !paths.contains(&o.path().to_owned())) {
            self.outputs.clear();
        }
        let known = self.outputs.len();
        self.outputs.extend(paths.into_iter().skip(known).map(|p| (Output::of(p), None)));
        let (mut grown, mut signs) = (false, vec![]);
        let last = self.outputs.len().saturating_sub(1);
        for i in 0..self.outputs.len() {
            loop {
                let piece = self.outputs[i].0.read(ended || i < last)?;
                for line in piece.lines {
                    signs.extend(self.line(i, &line, attempt));
                }
                if !piece.grown {
                    break;
                }
                grown = true;
            }
        }
        Ok((grown, signs))
    }

    fn line(&mut self, output: usize, line: &str, attempt: &Attempt) -> Option<Sign> {
        let (step, loss) = match parse_line(line, attempt.metric()) {
            Ok(Some(Measurement::Metric(step, value))) => (step, Some(attempt.loss(value))),
            Ok(Some(Measurement::Progress(step))) => {
                self.keys.extend(keys(line));
                (step, None)
            }
            Ok(None) => {
                let count = self.garbage.take();
                let first = line.chars().take(80).collect();
                self.garbage = Some(count.map_or((1, first), |(n, first)| (n + 1, first)));
                return None;
            }
            Err(problem) => return Some(Sign::Odd(problem)),
        };
        if step > self.to {
            return Some(Sign::Odd(format!("it reported step {step}, expected at most step {}", self.to)));
        }
        match self.outputs[output].1.replace(step) {
            Some(last) if step < last => {
                return Some(Sign::Fault(format!("step {step} came after step {last}; steps have to rise")));
            }
            Some(_) => {}
            // the first line of an attempt replaces what earlier ones reported from this step on
            None => {
                let kept = self.curve.up_to(Steps(step.0.saturating_sub(1)));
                self.curve = if step <= self.from { self.before.clone() } else { kept };
                self.metrics.drop_from(step);
            }
        }
        self.reached = self.reached.max(step);
        if step > self.from {
            self.metrics.record(line, attempt.metric(), step);
        }
        let loss = loss.filter(|_| step > self.from && self.curve.last().is_none_or(|(last, _)| step > last))?;
        let pushed = self.curve.push(step, loss);
        (pushed.is_ok() && !loss.is_finite()).then_some(Sign::Diverged)
    }
}
