use std::time::{Duration, Instant};

use jobs_core::Steps;

/// How long one execution of a trial took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// From its start to its end.
    pub total: Duration,
    /// Steps that it trained.
    pub trained: Steps,
    /// Time of one step, without start-up and end; `None` where it reported at one step only, so that they cannot be told apart.
    pub per_step: Option<Duration>,
}

impl Timing {
    /// What it took to start and to end: everything but the steps.
    pub fn overhead(&self) -> Option<Duration> {
        let steps = self.per_step?.mul_f64(self.trained.as_f64());
        Some(self.total.saturating_sub(steps))
    }
}

/// Measures an execution by the moments at which its steps are seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    began: Instant,
    from: Steps,
    first: Option<(Instant, Steps)>,
    last: (Instant, Steps),
}

impl Stopwatch {
    /// For an execution that begins now, at the step `from`.
    pub(crate) fn start(from: Steps) -> Self {
        let now = Instant::now();
        Self { began: now, from, first: None, last: (now, from) }
    }

    /// Its step is now this one.
    pub(crate) fn saw(&mut self, step: Steps) {
        if step > self.last.1 {
            self.last = (Instant::now(), step);
            self.first.get_or_insert(self.last);
        }
    }

    /// Its timing, where it ends now; `None` where it trained no step.
    pub(crate) fn stop(&self) -> Option<Timing> {
        let (first, last) = (self.first?, self.last);
        let steps = u32::try_from(last.1.saturating_sub(first.1).0).ok().filter(|n| *n > 0);
        Some(Timing {
            total: self.began.elapsed(),
            trained: last.1.saturating_sub(self.from),
            per_step: steps.map(|n| last.0.saturating_duration_since(first.0) / n),
        })
    }
}
