use std::io;

use jobs_core::{LearningCurve, Steps};

use super::output::Output;
use super::{Attempt, Measurement, parse_line};

/// What the attempts of one trial have said so far.
#[derive(Debug)]
pub(super) struct Following {
    from: Steps,
    to: Steps,
    told: LearningCurve,
    curve: LearningCurve,
    reached: Steps,
    /// Outputs still read, with the last step said in each.
    outputs: Vec<(Output, Option<Steps>)>,
    /// Lines that are no measurements, and the first of them.
    garbage: Option<(usize, String)>,
}

/// What lines tell beyond a point on the curve.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sign {
    /// The loss stopped being finite.
    Diverged,
    /// The command contradicts itself.
    Fault(String),
    /// A line that looks like a measurement and is none, or one beyond what was asked.
    Odd(String),
}

impl Following {
    /// Of a trial told this curve up to `from`.
    pub(super) fn new(told: LearningCurve, from: Steps, to: Steps) -> Self {
        Self { from, to, curve: told.clone(), told, reached: from, outputs: vec![], garbage: None }
    }

    /// Everything evaluated, the part told before included.
    pub(super) fn curve(&self) -> &LearningCurve {
        &self.curve
    }

    /// The last step any attempt said.
    pub(super) fn reached(&self) -> Steps {
        self.reached
    }

    /// What was said that was no measurement.
    pub(super) fn garbage(&self) -> Option<String> {
        let (count, first) = self.garbage.as_ref()?;
        Some(format!("{count} of its lines were no JSON measurements, the first: `{first}`"))
    }

    /// Reads what the attempt has written since the last time, and says whether it wrote anything.
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
            Ok(Some(Measurement::Progress(step))) => (step, None),
            Ok(None) => {
                let count = self.garbage.take();
                let first = line.chars().take(80).collect();
                self.garbage = Some(count.map_or((1, first), |(n, first)| (n + 1, first)));
                return None;
            }
            Err(problem) => return Some(Sign::Odd(problem)),
        };
        if step > self.to {
            return Some(Sign::Odd(format!("it went on to step {step}, it was asked to stop at {}", self.to)));
        }
        match self.outputs[output].1.replace(step) {
            Some(last) if step < last => {
                return Some(Sign::Fault(format!("it went back in time: step {step} came after step {last}")));
            }
            Some(_) => {}
            // the first word of an attempt: what earlier ones said from here on no longer counts
            None => {
                let kept = self.curve.up_to(Steps(step.0.saturating_sub(1)));
                self.curve = if step <= self.from { self.told.clone() } else { kept };
            }
        }
        self.reached = self.reached.max(step);
        let loss = loss.filter(|_| step > self.from && self.curve.last().is_none_or(|(last, _)| step > last))?;
        let pushed = self.curve.push(step, loss);
        (pushed.is_ok() && !loss.is_finite()).then_some(Sign::Diverged)
    }
}
