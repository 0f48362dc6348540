//! The progress of a study: text on standard error, or JSON lines on standard output.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use jobs::{Observer, Report, RunId, Study, Timing, Trial};
use serde_json::json;

use crate::best::{Best, best};
use crate::loaded_study::LoadedStudy;
use crate::numbers::Digits;
use crate::output::{emit, say};
use crate::pace::{Pace, duration};

/// A study of fast runs in this process ends before anyone has read how long it takes.
const WORTH_SAYING: f64 = 10.0;

/// Progress: text on standard error, or JSON lines on standard output.
pub(crate) struct Progress<'a> {
    as_json: bool,
    loaded: &'a LoadedStudy,
    /// Set where nobody can read the progress any more: the study then stops, as after Ctrl-C.
    stop: Arc<AtomicBool>,
    workers: usize,
    began: Instant,
    /// Steps used when this process began.
    used_before: f64,
    pace: Pace,
    /// Quarters of the budget whose estimate was shown.
    shown: Option<u64>,
    /// Whether it has said that configurations are repeated.
    repeats: bool,
}

impl<'a> Progress<'a> {
    /// Of a study that now begins or continues.
    pub(crate) fn new(
        loaded: &'a LoadedStudy,
        study: &Study,
        as_json: bool,
        workers: usize,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let used_before = study.history().spent().as_f64();
        let (began, pace) = (Instant::now(), Pace::default());
        Self { as_json, loaded, stop, workers, began, used_before, pace, shown: None, repeats: false }
    }

    pub(crate) fn begin(&self, study: &Study) {
        let h = study.history();
        let (budget, done) = (&h.problem().budget, h.runs().len());
        if !self.as_json {
            let verb = if done == 0 { "starts" } else { "continues" };
            self.say(&format!(
                "The study {verb}: {} of {} steps used by {done} runs; method {}, workers: {}",
                h.spent(),
                budget.total,
                study.method_name(),
                self.workers
            ));
        }
    }

    pub(crate) fn warn(&self, warning: &str) {
        if self.as_json {
            let _ = emit(&format!("{}\n", json!({ "event": "warning", "warning": warning })));
        } else {
            self.say(&format!("warning: {warning}"));
        }
    }

    /// Says once that no untried configuration is left.
    fn note_repeats(&mut self, study: &Study, trial: &Trial) {
        let history = study.history();
        let mut before = history.counted().filter(|r| r.id != trial.run && r.point == trial.point);
        let is_repeat = !self.repeats && trial.from.0 == 0 && history.problem().space.is_finite();
        if let (true, Some(first)) = (is_repeat, before.next())
            && history.untried_near(&trial.point).is_none()
        {
            self.repeats = true;
            let (run, first) = (trial.run, first.id);
            self.noted(&format!(
                "every configuration of the space has a run; run {run} repeats that of run {first}, which averages noise"
            ));
        }
    }

    /// Shows how long the rest takes: after the first trial, and in every quarter of the budget.
    fn estimate(&mut self, study: &Study) {
        let (used, total) = (study.history().spent(), study.history().problem().budget.total);
        let (quarter, left) = (4 * used.0 / total.0.max(1), total.saturating_sub(used).as_f64());
        if self.shown == Some(quarter) || left <= 0.0 {
            return;
        }
        let done = used.as_f64() - self.used_before;
        let estimate = self.pace.estimate(left, self.workers);
        // a trainer in this process has no start to speak of
        let plain = self.began.elapsed().as_secs_f64() / done.max(1.0) * left;
        if estimate.is_none() && plain < WORTH_SAYING {
            return;
        }
        self.shown = Some(quarter);
        if self.as_json {
            let line = json!({ "event": "estimate", "seconds_left": estimate.map_or(plain, |e| e.seconds),
                "seconds_per_step": estimate.map(|e| e.per_step), "seconds_per_start": estimate.and_then(|e| e.per_start) });
            let _ = emit(&format!("{line}\n"));
        } else {
            let words = estimate.map_or(duration(plain), |estimate| estimate.to_string());
            self.say(&format!("time left: about {words}"));
        }
    }

    fn say(&self, line: &str) {
        if !say(line) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Observer for Progress<'_> {
    fn asked(&mut self, study: &Study, trial: &Trial) -> Result<(), String> {
        self.note_repeats(study, trial);
        if self.as_json {
            let line = json!({ "event": "asked", "run": trial.run, "phase": trial.phase, "from": trial.from, "to": trial.to,
                "configuration": trial.point.record(), "budget_used": study.history().spent(), "spent": study.history().spent() });
            return emit(&format!("{line}\n")).map_err(|e| e.to_string());
        }
        Ok(())
    }

    fn told(&mut self, study: &Study, report: &Report) -> Result<(), String> {
        let h = study.history();
        let last = report.curve.last().map(|(_, v)| self.loaded.direction.turn(v));
        let best = best(self.loaded, study).map_err(|e| e.to_string())?.map(|(_, best)| best);
        let measured = best.as_ref().and_then(|b| b.measured);
        let Some(record) = h.run(report.run) else { return Ok(()) };
        if self.as_json {
            let line = json!({ "event": "told", "run": report.run, "phase": record.phase, "status": record.status, "step": report.step,
                "value": last, "best": measured, "best_run": best.map(|b| b.run), "budget_used": h.spent(), "spent": h.spent() });
            emit(&format!("{line}\n")).map_err(|e| e.to_string())?;
            self.estimate(study);
            return Ok(());
        }
        let digits = Digits::that_distinguish(last.into_iter().chain(measured));
        let value = match report.curve.diverged_at() {
            Some(step) => format!("diverged at step {step}"),
            None => last.map_or(String::new(), |v| format!("{} {}", self.loaded.metric(), digits.write(v))),
        };
        let best = best.map_or(String::new(), |Best { run, .. }| match measured {
            Some(v) => format!("   best {} (run {run})", digits.write(v)),
            None => format!("   best so far: run {run}"),
        });
        let (used, total) = (h.spent(), h.problem().budget.total);
        let hours = if h.seconds() > 0.0 { format!(" {:.3} h", h.seconds() / 3600.0) } else { String::new() };
        self.say(&format!(
            "[{used:>6}/{total}{hours}] run {:<4} {:<10} step {:<6} {value}{best}",
            report.run,
            record.phase.to_string(),
            report.step
        ));
        self.estimate(study);
        Ok(())
    }

    fn timed(&mut self, _run: RunId, timing: Timing) {
        self.pace.add(timing);
    }

    fn noted(&mut self, note: &str) {
        if self.as_json {
            let _ = emit(&format!("{}\n", json!({ "event": "note", "note": note })));
        } else {
            self.say(&format!("note: {note}"));
        }
    }
}
