use jobs_core::{BudgetError, CurveError, LearningCurve, Point, PointError, Seed, Steps};
use thiserror::Error;

use crate::{
    Event, History, ImportedRun, Method, MethodError, Phase, Problem, Proposal, Recommendation, RunId, RunRecord,
    Status,
};

/// A pure state machine: asked what to train next, told how it went. No clock, file or process.
pub struct Study {
    history: History,
    method: Box<dyn Method>,
    events: Vec<Event>,
}

/// What to train next.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which run.
    pub run: RunId,
    /// Its configuration.
    pub point: Point,
    /// Its seed.
    pub seed: Seed,
    /// Steps it has done already: 0 for a new run.
    pub from: Steps,
    /// The step to reach.
    pub to: Steps,
    /// Why.
    pub phase: Phase,
}

/// How a trial went.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which run.
    pub run: RunId,
    /// Steps it has done in all.
    pub step: Steps,
    /// Its whole curve so far.
    pub curve: LearningCurve,
}

/// What a study refuses.
#[derive(Debug, Error)]
pub enum StudyError {
    /// An unusable budget.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The method could not decide.
    #[error("{method}: {source}")]
    Method {
        /// Its name.
        method: String,
        /// Why.
        source: MethodError,
    },
    /// The method asked for what the budget does not pay or the run cannot do: a fault of the method.
    #[error("{method} proposed {what}")]
    BadProposal {
        /// Its name.
        method: String,
        /// What is wrong with the proposal.
        what: String,
    },
    /// Told of a run that is not pending.
    #[error("run {run} was told, but {problem}")]
    NotPending {
        /// Which run.
        run: RunId,
        /// What is known of it.
        problem: &'static str,
    },
    /// Told a step before or after the steps asked for.
    #[error("run {run} was told at step {told}, it was asked to go from {from} to {to}")]
    WrongStep {
        /// Which run.
        run: RunId,
        /// The step told.
        told: Steps,
        /// Where it stood.
        from: Steps,
        /// Where it was sent.
        to: Steps,
    },
    /// Told a curve that is not the old one continued.
    #[error("run {run}: {problem}")]
    WrongCurve {
        /// Which run.
        run: RunId,
        /// What is wrong.
        problem: String,
    },
    /// A run that cannot be imported.
    #[error("imported run {index}: {problem}")]
    Import {
        /// Which of the runs given, from 0.
        index: usize,
        /// What is wrong.
        problem: String,
    },
    /// An event that does not fit the study.
    #[error("event {index} does not fit: {problem}")]
    Replay {
        /// Which event, from 0.
        index: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Study {
    /// A study without runs.
    pub fn new(problem: Problem, method: Box<dyn Method>) -> Result<Self, StudyError> {
        problem.check()?;
        Ok(Self { history: History::new(problem), method, events: vec![] })
    }

    /// The study these events lead to: the same as if it had been asked and told them.
    pub fn replay(
        problem: Problem,
        method: Box<dyn Method>,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, StudyError> {
        let mut study = Self::new(problem, method)?;
        for (index, event) in events.into_iter().enumerate() {
            let misfit = |problem: String| StudyError::Replay { index, problem };
            match event {
                Event::Start { run, point, to, phase } => {
                    if run.0 != study.history.runs.len() as u64 {
                        return Err(misfit(format!("run {run} starts, expected run {}", study.history.runs.len())));
                    }
                    let space = &study.history.problem.space;
                    let point = space.point_from_record(&point).map_err(|e: PointError| misfit(e.to_string()))?;
                    study.apply(Proposal::Start { point, to, phase }).map_err(|e| misfit(e.to_string()))?;
                }
                Event::Advance { run, to, phase } => {
                    study.apply(Proposal::Advance { run, to, phase }).map_err(|e| misfit(e.to_string()))?;
                }
                Event::Import { runs } => study.import(runs).map_err(|e| misfit(e.to_string()))?,
                Event::Tell { run, step, evaluations, diverged_at } => {
                    let told = study.history.run(run).map(|r| r.curve.clone()).unwrap_or_default();
                    let diverged = diverged_at.map(|s| (s, f64::NAN));
                    let curve = LearningCurve::from_pairs(told.iter().chain(evaluations).chain(diverged))
                        .map_err(|e: CurveError| misfit(e.to_string()))?;
                    study.tell(Report { run, step, curve }).map_err(|e| misfit(e.to_string()))?;
                }
            }
        }
        Ok(study)
    }

    /// The next trial, or `None` when the method is done.
    pub fn ask(&mut self) -> Result<Option<Trial>, StudyError> {
        let proposal = self.method.propose(&self.history).map_err(|source| self.method_error(source))?;
        match proposal {
            Proposal::Finish => Ok(None),
            proposal => self.apply(proposal).map(Some),
        }
    }

    /// Takes the outcome of a pending run.
    pub fn tell(&mut self, report: Report) -> Result<(), StudyError> {
        let run = report.run;
        let known = usize::try_from(run.0).ok().and_then(|i| self.history.runs.get_mut(i));
        let record = known.ok_or(StudyError::NotPending { run, problem: "there is no such run" })?;
        if record.status != Status::Pending {
            return Err(StudyError::NotPending { run, problem: "it was not asked for" });
        }
        let diverged = report.curve.diverged_at();
        let reached = if diverged.is_some() { report.step <= record.to } else { report.step == record.to };
        if !reached || report.step < record.step {
            return Err(StudyError::WrongStep { run, told: report.step, from: record.step, to: record.to });
        }
        let old = record.curve.len();
        if report.curve.len() < old || report.curve.iter().zip(record.curve.iter()).any(|(new, old)| new != old) {
            let problem = "the curve told does not begin with the one told before".to_owned();
            return Err(StudyError::WrongCurve { run, problem });
        }
        if let Some((step, _)) = report.curve.last().filter(|(step, _)| *step > report.step) {
            let problem = format!("an evaluation at step {step} was told with the run at step {}", report.step);
            return Err(StudyError::WrongCurve { run, problem });
        }
        let full = self.history.problem.budget.full;
        self.history.spent = self.history.spent.saturating_add(report.step.saturating_sub(record.step));
        self.history.promised = self.history.promised.saturating_sub(record.to.saturating_sub(record.step));
        self.history.tells += 1;
        self.events.push(Event::Tell {
            run,
            step: report.step,
            evaluations: report.curve.iter().skip(old).collect(),
            diverged_at: diverged,
        });
        record.step = report.step;
        record.to = report.step;
        record.curve = report.curve;
        record.status = match diverged {
            Some(_) => Status::Diverged,
            None if record.step >= full => Status::Finished,
            None => Status::Paused,
        };
        self.method.observe(&self.history).map_err(|source| self.method_error(source))
    }

    /// Takes full runs recorded elsewhere as prior knowledge, uncharged. All of them or, on an error, none.
    pub fn import(&mut self, runs: Vec<ImportedRun>) -> Result<(), StudyError> {
        let mut records = vec![];
        for (i, run) in runs.iter().enumerate() {
            let bad = |problem: String| StudyError::Import { index: i, problem };
            let space = &self.history.problem.space;
            let point = space.point_from_record(&run.point).map_err(|e| bad(e.to_string()))?;
            let diverged = run.diverged_at.map(|s| (s, f64::NAN));
            let curve = LearningCurve::from_pairs(run.evaluations.iter().copied().chain(diverged))
                .map_err(|e| bad(e.to_string()))?;
            let last = run.diverged_at.or(curve.last().map(|(step, _)| step));
            let step = last.ok_or_else(|| bad("it has no evaluation".into()))?;
            let id = RunId((self.history.runs.len() + records.len()) as u64);
            let status = if run.diverged_at.is_some() { Status::Diverged } else { Status::Finished };
            let (x, seed) = (space.encode(&point), self.history.problem.seed.derive("run", id.0));
            records.push(RunRecord { id, x, seed, point, phase: Phase::Import, step, to: step, curve, status });
        }
        self.history.runs.extend(records);
        self.events.push(Event::Import { runs });
        self.method.observe(&self.history).map_err(|source| self.method_error(source))
    }

    /// The present recommendation.
    pub fn best(&self) -> Result<Option<Recommendation>, StudyError> {
        self.method.recommend(&self.history).map_err(|source| self.method_error(source))
    }

    /// Everything that has happened.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The same, as events in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The method's name.
    pub fn method_name(&self) -> &str {
        self.method.name()
    }

    fn method_error(&self, source: MethodError) -> StudyError {
        StudyError::Method { method: self.method.name().to_owned(), source }
    }

    /// Turns a proposal into a pending run.
    fn apply(&mut self, proposal: Proposal) -> Result<Trial, StudyError> {
        let bad =
            |method: &dyn Method, what: String| StudyError::BadProposal { method: method.name().to_owned(), what };
        let problem = &self.history.problem;
        let (full, remaining) = (problem.budget.full, self.history.remaining());
        let (to, from) = match &proposal {
            Proposal::Start { to, .. } => (*to, Steps::ZERO),
            Proposal::Advance { run, to, .. } => match self.history.run(*run) {
                Some(record) if record.status == Status::Paused => (*to, record.step),
                Some(record) => {
                    let what = format!("to advance run {run}, which is {:?}", record.status);
                    return Err(bad(self.method.as_ref(), what));
                }
                None => return Err(bad(self.method.as_ref(), format!("to advance run {run}, which does not exist"))),
            },
            Proposal::Finish => return Err(bad(self.method.as_ref(), "nothing".into())),
        };
        if to <= from || to > full {
            let what = format!("to train from step {from} to {to}, a full run has {full}");
            return Err(bad(self.method.as_ref(), what));
        }
        if to.saturating_sub(from) > remaining {
            let what = format!("{} steps, {remaining} remain", to.saturating_sub(from));
            return Err(bad(self.method.as_ref(), what));
        }
        let (run, phase) = match proposal {
            Proposal::Start { point, to, phase } => {
                if let Err(e) = problem.space.check_owns(&point) {
                    return Err(bad(self.method.as_ref(), e.to_string()));
                }
                if self.history.open_candidates().is_some_and(|open| !open.contains(&&point)) {
                    let what = "a point that is no candidate, or was begun before".to_owned();
                    return Err(bad(self.method.as_ref(), what));
                }
                let run = RunId(self.history.runs.len() as u64);
                self.events.push(Event::Start { run, point: point.record(), to, phase });
                self.history.runs.push(RunRecord {
                    id: run,
                    x: problem.space.encode(&point),
                    seed: problem.seed.derive("run", run.0),
                    point,
                    phase,
                    step: Steps::ZERO,
                    to: Steps::ZERO,
                    curve: LearningCurve::new(),
                    status: Status::Pending,
                });
                (run, phase)
            }
            Proposal::Advance { run, to, phase } => {
                self.events.push(Event::Advance { run, to, phase });
                (run, phase)
            }
            Proposal::Finish => return Err(bad(self.method.as_ref(), "nothing".into())),
        };
        self.history.promised = self.history.promised.saturating_add(to.saturating_sub(from));
        let record = &mut self.history.runs[run.0 as usize];
        record.to = to;
        record.phase = phase;
        record.status = Status::Pending;
        Ok(Trial::of(record))
    }
}

impl Study {
    /// Trials asked for and not yet told, the last first: what an interrupted study left to do.
    pub fn pending(&self) -> Vec<Trial> {
        self.history.runs.iter().rev().filter(|r| r.status == Status::Pending).map(Trial::of).collect()
    }
}

impl Trial {
    /// What a pending run was asked for.
    fn of(r: &RunRecord) -> Self {
        Self { run: r.id, point: r.point.clone(), seed: r.seed, from: r.step, to: r.to, phase: r.phase }
    }
}
