mod time;

use jobs_core::{Budget, Point, Steps};
use thiserror::Error;

use crate::{
    Event, History, HistoryError, ImportedRun, Method, MethodError, MetricValues, Phase, Problem, Proposal, Queued,
    Recommendation, Report, RunId, RunRecord, Trial,
};

pub use self::time::TimeLimit;

/// A history and the method that decides what to train next.
///
/// A study is a pure state machine: no clock, files or processes. Replaying its events gives the same study, which then
/// proposes what the original would have proposed.
pub struct Study {
    history: History,
    method: Box<dyn Method>,
    pub(crate) limit: Option<TimeLimit>,
}

/// Most reports that [`Study::resume`] has the method observe one by one.
pub const MOST_OBSERVED: usize = 50;

/// A method's state, as it was after the first `events` events of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptState {
    /// How many events.
    pub events: usize,
    /// What [`Method::save`] gave.
    pub numbers: Vec<f64>,
}

/// What a method had to observe when its study was resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaughtUp {
    /// Nothing: its state was that after the last report.
    Nothing,
    /// So many reports, one by one: it proposes what it would have proposed without the interruption.
    OneByOne(usize),
    /// So many reports at once.
    AtOnce(usize),
}

/// Whether a method observes after this event.
fn adds_data(event: &Event) -> bool {
    matches!(
        event,
        Event::Tell { .. }
            | Event::Import { .. }
            | Event::Forget { .. }
            | Event::Skip { .. }
            | Event::Fail { .. }
            | Event::Budget { .. }
    )
}

/// Why a study cannot go on.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A report, an imported run or a recorded event that does not fit the history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The method could not decide.
    #[error("{method}: {source}")]
    Method {
        /// Name of the method.
        method: String,
        /// Why.
        source: MethodError,
    },
    /// The method proposed a trial that the history refuses: a bug in the method.
    #[error("{method} proposed an invalid trial: {source}")]
    Proposal {
        /// Name of the method.
        method: String,
        /// What is wrong with the trial.
        source: HistoryError,
    },
}

impl Study {
    /// A study without runs.
    ///
    /// # Errors
    /// An unusable budget.
    pub fn new(problem: Problem, method: Box<dyn Method>) -> Result<Self, StudyError> {
        Ok(Self { history: History::new(problem).map_err(HistoryError::from)?, method, limit: None })
    }

    /// The study these events lead to.
    ///
    /// # Errors
    /// The first event that does not fit, or a method that fails on the way.
    pub fn replay(
        problem: Problem,
        method: Box<dyn Method>,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, StudyError> {
        let mut study = Self::new(problem, method)?;
        for event in events {
            let (adds_data, is_budget) = (adds_data(&event), matches!(event, Event::Budget { .. }));
            study.history.apply(event)?;
            if is_budget {
                study.follow_budget()?;
            }
            if adds_data {
                study.observe()?;
            }
        }
        Ok(study)
    }

    /// The study these events lead to, with the method's state as it was `kept` after some of them: only the reports since then are
    /// observed one by one, as [`Self::replay`] observes all of them.
    ///
    /// Where more than [`MOST_OBSERVED`] reports are missing from the state, or no state fits, observing each would take as long as the
    /// search did. The method then observes the whole history at once. Its models are fitted to the same runs, but not from the same
    /// starting points, so its next proposals are as good but not the same. Returns the study and what was done.
    ///
    /// # Errors
    /// The first event that does not fit, or a method that fails on the way.
    pub fn resume(
        problem: Problem,
        method: Box<dyn Method>,
        events: Vec<Event>,
        kept: Option<&KeptState>,
    ) -> Result<(Self, CaughtUp), StudyError> {
        let mut study = Self::new(problem, method)?;
        let known = study.restore(kept, &events)?;
        let missing = events[known..].iter().filter(|event| adds_data(event)).count();
        let one_by_one = missing <= MOST_OBSERVED;
        for (i, event) in events.into_iter().enumerate() {
            let is_new = i >= known && adds_data(&event);
            let is_budget = i >= known && matches!(event, Event::Budget { .. });
            study.history.apply(event)?;
            if is_budget {
                study.follow_budget()?;
            }
            if is_new && one_by_one {
                study.observe()?;
            }
        }
        if !one_by_one {
            study.observe()?;
        }
        let caught_up = match missing {
            0 => CaughtUp::Nothing,
            n if one_by_one => CaughtUp::OneByOne(n),
            n => CaughtUp::AtOnce(n),
        };
        Ok((study, caught_up))
    }

    /// Restores the method's state; the number of events after which it was kept, or 0 where none fits.
    fn restore(&mut self, kept: Option<&KeptState>, events: &[Event]) -> Result<usize, StudyError> {
        let Some((kept, before)) = kept.and_then(|kept| Some((kept, events.get(..kept.events)?))) else { return Ok(0) };
        let begun_with = self.history.problem().clone();
        // the state is that of a method which had followed every change of the budget up to there
        let changed = Event::last_total(before).filter(|total| *total != begun_with.budget.total);
        if let Some(total) = changed {
            let budget = Budget { total, ..begun_with.budget };
            let then = Problem { budget, ..begun_with.clone() };
            self.method.budget_changed(&then).map_err(|source| self.method_error(source))?;
        }
        if self.method.restore(&kept.numbers) {
            return Ok(kept.events);
        }
        if changed.is_some() {
            self.method.budget_changed(&begun_with).map_err(|source| self.method_error(source))?;
        }
        Ok(0)
    }

    /// The method's state, for [`Self::resume`]; `None` where the method keeps none.
    pub fn kept_state(&self) -> Option<KeptState> {
        Some(KeptState { events: self.events().len(), numbers: self.method.save()? })
    }

    /// The next trial, or `None` when the method is done. Where it is a new run, its configuration is the first of the queue
    /// ([`History::enqueue`]); its length is that of the method's run, unless the user wants a full one.
    ///
    /// # Errors
    /// A method that cannot decide, or that proposes an invalid trial.
    pub fn ask(&mut self) -> Result<Option<Trial>, StudyError> {
        if self.is_out_of_time() {
            return Ok(None);
        }
        let proposal = self.method.propose(&self.history).map_err(|source| self.method_error(source))?;
        let trial = match self.untried_first(self.queued_first(proposal)) {
            Proposal::Start { point, to, phase } => self.history.start(point, to, phase),
            Proposal::Advance { run, to, phase } => self.history.advance(run, to, phase),
            Proposal::Finish => return Ok(None),
        };
        let invalid = |source| StudyError::Proposal { method: self.method.name().to_owned(), source };
        trial.map(Some).map_err(invalid)
    }

    /// Keeping the method's own length and phase keeps its bookkeeping: brackets, rungs, designs and turns count runs by them.
    fn queued_first(&self, proposal: Proposal) -> Proposal {
        let Proposal::Start { to, phase, .. } = proposal else { return proposal };
        let Some(queued) = self.history.next_queued() else { return proposal };
        let full = self.history.problem().budget.full;
        let to = if queued.full && self.history.remaining() >= full { full } else { to };
        Proposal::Start { point: queued.point.clone(), to, phase }
    }

    /// A configuration that has a run already makes room for one that has none; so does one that the user skipped.
    fn untried_first(&self, proposal: Proposal) -> Proposal {
        let Proposal::Start { point, to, phase } = &proposal else { return proposal };
        let (history, problem) = (&self.history, self.history.problem());
        let is_queued = history.next_queued().is_some_and(|q| q.point == *point);
        if is_queued || problem.candidates.is_some() || !history.was_tried(point) {
            return proposal;
        }
        let near = if problem.untried_first { history.untried_near(point) } else { None };
        if problem.untried_first && problem.space.is_finite() && near.is_none() {
            return self.further(point).unwrap_or(proposal);
        }
        let drawn = || history.draw("skipped", history.runs().len() as u64).filter(|_| history.was_skipped(point));
        let point = near.or_else(drawn);
        point.map_or(proposal.clone(), |point| Proposal::Start { point, to: *to, phase: *phase })
    }

    /// Where all have been tried, a paused run of the same configuration goes to the end: that tells more than its beginning once again.
    fn further(&self, point: &Point) -> Option<Proposal> {
        let (history, to) = (&self.history, self.history.problem().budget.full);
        let covered = |r: &&RunRecord| to.saturating_sub(r.step) <= history.remaining();
        let run = history.paused().filter(|r| r.point == *point).find(covered)?.id;
        Some(Proposal::Advance { run, to, phase: Phase::Promote })
    }

    /// Withdraws a run whose configuration is not to be tried ([`History::skip`]); returns the steps that are free again.
    ///
    /// # Errors
    /// A run that does not exist or was withdrawn before, or a method that fails without it.
    pub fn skip(&mut self, run: RunId) -> Result<Steps, StudyError> {
        let freed = self.history.skip(run)?;
        self.observe()?;
        Ok(freed)
    }

    /// Marks a run as failed ([`History::fail`]).
    ///
    /// # Errors
    /// A run that has ended, or a method that fails on it.
    pub fn fail(&mut self, run: RunId) -> Result<(), StudyError> {
        self.history.fail(run)?;
        self.observe()
    }

    /// Holds a run ([`History::hold`]), or lets it go on.
    ///
    /// # Errors
    /// A run that has ended, is held already, or is not held.
    pub fn set_held(&mut self, run: RunId, held: bool) -> Result<(), StudyError> {
        Ok(if held { self.history.hold(run) } else { self.history.release(run) }?)
    }

    /// Puts configurations into the queue ([`History::enqueue`]).
    ///
    /// # Errors
    /// A point of another space, or one that is no open candidate.
    pub fn enqueue(&mut self, queued: Vec<Queued>) -> Result<(), StudyError> {
        Ok(self.history.enqueue(queued)?)
    }

    /// Empties the queue.
    pub fn clear_queue(&mut self) {
        self.history.clear_queue();
    }

    /// Records the report of a pending run ([`History::tell`]).
    ///
    /// # Errors
    /// A report that does not fit, or a method that fails on it.
    pub fn tell(&mut self, report: Report) -> Result<(), StudyError> {
        self.history.tell(report)?;
        self.observe()
    }

    /// Records runs trained elsewhere ([`History::import`]).
    ///
    /// # Errors
    /// A run that cannot be imported, or a method that fails on them.
    pub fn import(&mut self, runs: Vec<ImportedRun>) -> Result<(), StudyError> {
        self.history.import(runs)?;
        self.observe()
    }

    /// Records metrics of a pending run, before its report ([`History::record_metrics`]).
    ///
    /// # Errors
    /// A run that is not pending, or an invalid value.
    pub fn record_metrics(&mut self, run: RunId, values: MetricValues) -> Result<(), StudyError> {
        Ok(self.history.record_metrics(run, values)?)
    }

    /// Withdraws a run ([`History::forget`]); returns the steps that are free again.
    ///
    /// # Errors
    /// A run that does not exist or was withdrawn before, or a method that fails without it.
    pub fn forget(&mut self, run: RunId) -> Result<Steps, StudyError> {
        let freed = self.history.forget(run)?;
        self.observe()?;
        Ok(freed)
    }

    /// Gives the study another budget ([`History::set_total`]). What the method derived from the old one follows from the new one.
    ///
    /// # Errors
    /// Fewer steps than are used or than a full run has, or a method that cannot split them.
    pub fn set_total(&mut self, total: Steps) -> Result<(), StudyError> {
        self.history.set_total(total)?;
        self.follow_budget()?;
        self.observe()
    }

    /// The present recommendation.
    ///
    /// # Errors
    /// A method that cannot decide.
    pub fn best(&self) -> Result<Option<Recommendation>, StudyError> {
        self.method.recommend(&self.history).map_err(|source| self.method_error(source))
    }

    /// Everything that has happened.
    pub fn history(&self) -> &History {
        &self.history
    }

    pub(crate) fn history_mut(&mut self) -> &mut History {
        &mut self.history
    }

    /// The same, as events in order.
    pub fn events(&self) -> &[Event] {
        self.history.events()
    }

    /// Name of the method.
    pub fn method_name(&self) -> &str {
        self.method.name()
    }

    fn follow_budget(&mut self) -> Result<(), StudyError> {
        self.method.budget_changed(self.history.problem()).map_err(|source| self.method_error(source))
    }

    fn observe(&mut self) -> Result<(), StudyError> {
        self.method.observe(&self.history).map_err(|source| self.method_error(source))
    }

    fn method_error(&self, source: MethodError) -> StudyError {
        StudyError::Method { method: self.method.name().to_owned(), source }
    }
}
