//! How long a study takes, and where the time goes.

use std::fmt;

use jobs::Timing;

/// What the trials so far took, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    trials: f64,
    trained: f64,
    total: f64,
    /// Trials whose start and end can be told from their steps.
    split: f64,
    split_trained: f64,
    step_seconds: f64,
    overhead: f64,
}

/// Where the time of the rest of a study goes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// All of it.
    pub seconds: f64,
    /// One step.
    pub per_step: f64,
    /// Start and end of one trial; `None` where it is part of `per_step`.
    pub per_start: Option<f64>,
    steps: f64,
    starts: f64,
    workers: f64,
}

impl Pace {
    /// Adds a trial.
    pub fn add(&mut self, timing: Timing) {
        self.trials += 1.0;
        self.trained += timing.trained.as_f64();
        self.total += timing.total.as_secs_f64();
        if let (Some(step), Some(overhead)) = (timing.per_step, timing.overhead()) {
            self.split += 1.0;
            self.split_trained += timing.trained.as_f64();
            self.step_seconds += step.as_secs_f64() * timing.trained.as_f64();
            self.overhead += overhead.as_secs_f64();
        }
    }

    /// What `steps` more steps take, in trials as long as those so far; `None` before the first one.
    pub fn estimate(&self, steps: f64, workers: usize) -> Option<Estimate> {
        self.estimate_of(steps, (steps * self.trials / self.trained).ceil(), workers)
    }

    /// What `steps` steps in so many trials take.
    pub fn estimate_of(&self, steps: f64, starts: f64, workers: usize) -> Option<Estimate> {
        if self.trained <= 0.0 {
            return None;
        }
        let workers = workers.max(1) as f64;
        if self.split > 0.0 {
            let (per_step, per_start) = (self.step_seconds / self.split_trained, self.overhead / self.split);
            let seconds = (per_step * steps + per_start * starts) / workers;
            return Some(Estimate { seconds, per_step, per_start: Some(per_start), steps, starts, workers });
        }
        let per_step = self.total / self.trained;
        Some(Estimate { seconds: per_step * steps / workers, per_step, per_start: None, steps, starts, workers })
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, per_step) = (self.steps, duration(self.per_step));
        let of_steps = duration(self.per_step * steps / self.workers);
        write!(f, "{}: ", duration(self.seconds))?;
        match self.per_start {
            Some(start) => {
                let of_starts = duration(start * self.starts / self.workers);
                write!(
                    f,
                    "{of_steps} for {steps} steps of {per_step}, {of_starts} for start and end of about {} trials, {} each",
                    self.starts,
                    duration(start)
                )?;
            }
            None => write!(f, "{steps} steps of {per_step}, start and end included")?,
        }
        if self.workers > 1.0 { write!(f, "; {} at once", self.workers) } else { Ok(()) }
    }
}

/// Seconds in words: `0.25 s`, `3.2 min`, `5.1 h`, `2.3 days`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0995 => format!("{:.1} ms", 1000.0 * s),
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.1} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jobs_core::Steps;

    use super::*;

    #[test]
    fn start_and_steps_are_told_apart() {
        let timing = |trained: u64, total: u64, per_step: Option<u64>| Timing {
            total: Duration::from_secs(total),
            trained: Steps(trained),
            per_step: per_step.map(Duration::from_secs),
        };
        let mut pace = Pace::default();
        assert_eq!(pace.estimate(100.0, 1), None);
        pace.add(timing(20, 70, Some(2)));
        let words = pace.estimate(200.0, 2).unwrap().to_string();
        assert_eq!(
            words,
            "5.8 min: 3.3 min for 200 steps of 2.00 s, 2.5 min for start and end of about 10 trials, 30 s each; 2 at once"
        );
        let mut pace = Pace::default();
        pace.add(timing(20, 70, None));
        assert_eq!(
            pace.estimate(200.0, 1).unwrap().to_string(),
            "11.7 min: 200 steps of 3.50 s, start and end included"
        );
    }
}
