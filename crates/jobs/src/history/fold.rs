//! How events change a history. All checks are here, whether an event is new or replayed.

use jobs_core::{LearningCurve, Point, Steps};

use super::{History, HistoryError, Queued, RunRecord};
use crate::{Event, MetricValues, Phase, Problem, QueuedRecord, Report, RunId, Status, Trial};

impl History {
    /// The history these events lead to.
    ///
    /// # Errors
    /// An unusable budget, or the first event that does not follow from those before it.
    pub fn replay(problem: Problem, events: impl IntoIterator<Item = Event>) -> Result<Self, HistoryError> {
        let mut history = Self::new(problem)?;
        events.into_iter().try_for_each(|event| history.apply(event))?;
        Ok(history)
    }

    /// Applies a recorded event: what [`Self::start`], [`Self::advance`], [`Self::tell`], [`Self::import`],
    /// [`Self::record_metrics`], [`Self::forget`], [`Self::set_total`], [`Self::enqueue`] and [`Self::clear_queue`] recorded.
    ///
    /// # Errors
    /// [`HistoryError::Replay`] where it does not follow from the events before it.
    pub fn apply(&mut self, event: Event) -> Result<(), HistoryError> {
        let index = self.events.len();
        self.apply_recorded(event).map_err(|source| HistoryError::Replay { index, source: Box::new(source) })
    }

    fn apply_recorded(&mut self, event: Event) -> Result<(), HistoryError> {
        match event {
            Event::Start { run, point, to, phase } => {
                let expected = self.next_id();
                if run != expected {
                    return Err(HistoryError::OutOfOrder { run, expected });
                }
                let point = self.problem.space.point_from_record(&point)?;
                self.start(point, to, phase).map(drop)
            }
            Event::Advance { run, to, phase } => self.advance(run, to, phase).map(drop),
            Event::Import { runs } => self.import(runs),
            Event::Metrics { run, values } => self.record_metrics(run, values),
            Event::Forget { run } => self.forget(run).map(drop),
            Event::Budget { total } => self.set_total(total),
            Event::Files { hashes } => {
                self.accept_files(hashes);
                Ok(())
            }
            Event::Enqueue { queued } => {
                let of = |q: QueuedRecord| {
                    Ok(Queued { point: self.problem.space.point_from_record(&q.point)?, full: q.full })
                };
                let queued = queued.into_iter().map(of).collect::<Result<_, HistoryError>>()?;
                self.enqueue(queued)
            }
            Event::Seconds { run, seconds } => self.record_seconds(run, seconds),
            Event::Skip { run } => self.skip(run).map(drop),
            Event::Fail { run } => self.fail(run),
            Event::Hold { run } => self.hold(run),
            Event::Release { run } => self.release(run),
            Event::ClearQueue => {
                self.clear_queue();
                Ok(())
            }
            Event::Tell { run, step, evaluations, diverged_at } => {
                let before = self.run(run).map(|r| r.curve.clone()).unwrap_or_default();
                let diverged = diverged_at.map(|s| (s, f64::NAN));
                let curve = LearningCurve::from_pairs(before.iter().chain(evaluations).chain(diverged))?;
                self.tell(Report { run, step, curve })
            }
        }
    }

    /// Starts a run: trains `point` to step `to`.
    ///
    /// # Errors
    /// A point of another space or that is no open candidate; a step beyond a full run; a trial beyond the budget.
    pub fn start(&mut self, point: Point, to: Steps, phase: Phase) -> Result<Trial, HistoryError> {
        self.check_steps(Steps::ZERO, to)?;
        self.problem.space.check_owns(&point)?;
        if self.open_candidates().is_some_and(|open| !open.contains(&&point)) {
            return Err(HistoryError::NotOpen);
        }
        let id = self.next_id();
        self.leave_queue(&point);
        self.events.push(Event::Start { run: id, point: point.record(), to, phase });
        self.promised = self.promised.saturating_add(to);
        let record = RunRecord {
            id,
            x: self.problem.space.encode(&point),
            seed: self.problem.seed.derive("run", id.0),
            point,
            phase,
            step: Steps::ZERO,
            to,
            curve: LearningCurve::new(),
            metrics: MetricValues::new(),
            status: Status::Pending,
        };
        let trial = record.trial();
        self.runs.push(record);
        Ok(trial)
    }

    /// Takes a paused run on to step `to`.
    ///
    /// # Errors
    /// A run that is not paused; a step that is not later or beyond a full run; a trial beyond the budget.
    pub fn advance(&mut self, run: RunId, to: Steps, phase: Phase) -> Result<Trial, HistoryError> {
        let index = self.index_of(run)?;
        let (status, from) = (self.runs[index].status, self.runs[index].step);
        if status != Status::Paused {
            return Err(HistoryError::NotPaused { run, status });
        }
        if self.runs[index].phase == Phase::Import {
            return Err(HistoryError::Elsewhere { run });
        }
        if self.is_held(run) {
            return Err(HistoryError::Held { run });
        }
        self.check_steps(from, to)?;
        self.events.push(Event::Advance { run, to, phase });
        self.promised = self.promised.saturating_add(to.saturating_sub(from));
        let record = &mut self.runs[index];
        (record.to, record.phase, record.status) = (to, phase, Status::Pending);
        Ok(record.trial())
    }

    /// Records the report of a pending run.
    ///
    /// # Errors
    /// A run that is not pending; a step other than the trial's last (a diverged run may stop before); a curve that does not
    /// continue the one reported before.
    pub fn tell(&mut self, report: Report) -> Result<(), HistoryError> {
        let index = self.index_of(report.run)?;
        check_report(&self.runs[index], &report)?;
        self.time_report(report.run, report.step.saturating_sub(self.runs[index].step));
        let record = &mut self.runs[index];
        let (diverged_at, known) = (report.curve.diverged_at(), record.curve.len());
        self.spent = self.spent.saturating_add(report.step.saturating_sub(record.step));
        self.promised = self.promised.saturating_sub(record.to.saturating_sub(record.step));
        self.tells += 1;
        self.events.push(Event::Tell {
            run: report.run,
            step: report.step,
            evaluations: report.curve.iter().skip(known).collect(),
            diverged_at,
        });
        (record.step, record.to, record.curve) = (report.step, report.step, report.curve);
        self.held.remove(&report.run);
        record.status = match diverged_at {
            Some(_) => Status::Diverged,
            None if record.step >= self.problem.budget.full => Status::Finished,
            None => Status::Paused,
        };
        Ok(())
    }

    /// A failed run as a diverged one, so that the search avoids its configuration: its loss stops being finite at the step after
    /// the last it trained.
    pub fn as_diverged(&self, report: Report) -> Report {
        let Report { run, step, mut curve } = report;
        let Some(record) = self.run(run) else { return Report { run, step, curve } };
        let step = Steps(step.max(record.step).0 + 1).min(record.to);
        if !continues(&curve, &record.curve) {
            curve = record.curve.clone();
        }
        if curve.diverged_at().is_none() && curve.push(step, f64::NAN).is_err() {
            // the last step was evaluated, and yet the run failed: its last loss cannot be trusted
            curve = record.curve.clone();
            let _ = curve.push(step, f64::NAN);
        }
        Report { run, step, curve }
    }

    fn next_id(&self) -> RunId {
        RunId(self.runs.len() as u64)
    }

    pub(super) fn index_of(&self, run: RunId) -> Result<usize, HistoryError> {
        let index = usize::try_from(run.0).ok().filter(|&i| i < self.runs.len());
        index.ok_or(HistoryError::NoSuchRun { run, runs: self.runs.len() })
    }

    /// Whether a trial is within a full run and within the budget.
    fn check_steps(&self, from: Steps, to: Steps) -> Result<(), HistoryError> {
        let (full, remaining, steps) = (self.problem.budget.full, self.remaining(), to.saturating_sub(from));
        if to <= from || to > full {
            return Err(HistoryError::StepRange { from, to, full });
        }
        if steps > remaining {
            return Err(HistoryError::OverBudget { steps, remaining });
        }
        Ok(())
    }
}

/// Whether a report is what the run's trial was to give.
fn check_report(record: &RunRecord, report: &Report) -> Result<(), HistoryError> {
    let run = record.id;
    if record.status != Status::Pending {
        return Err(HistoryError::NotPending { run, status: record.status });
    }
    let (from, to, reported) = (record.step, record.to, report.step);
    let diverged = report.curve.diverged_at().is_some();
    let reached = if diverged { reported <= to } else { reported == to };
    if !reached || reported < from {
        return Err(HistoryError::WrongStep { run, reported, from, to });
    }
    if !continues(&report.curve, &record.curve) {
        let problem = "the reported curve does not begin with the one reported before".to_owned();
        return Err(HistoryError::WrongCurve { run, problem });
    }
    if let Some((step, _)) = report.curve.last().filter(|(step, _)| *step > reported) {
        let problem = format!("an evaluation at step {step} was reported with the run at step {reported}");
        return Err(HistoryError::WrongCurve { run, problem });
    }
    Ok(())
}

/// Whether a curve begins with the one known before.
fn continues(curve: &LearningCurve, before: &LearningCurve) -> bool {
    curve.len() >= before.len() && curve.iter().zip(before.iter()).all(|(new, old)| new == old)
}
