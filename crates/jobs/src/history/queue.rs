//! Configurations that the user wants tried first.

use jobs_core::Point;

use super::{History, HistoryError};
use crate::{Event, QueuedRecord};

/// A configuration that waits to be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The configuration.
    pub point: Point,
    /// Whether it is trained as a full run, however long the method's own runs are.
    pub full: bool,
}

impl History {
    /// Puts configurations at the end of the queue. A study takes them, in their order, in place of the configurations that its method
    /// proposes; one leaves the queue when a run with it starts.
    ///
    /// # Errors
    /// A point of another space, or one that is no open candidate. The queue is then as it was.
    ///
    /// ```
    /// # use jobs::{History, HistoryError, Phase, Problem, Queued};
    /// # use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
    /// # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
    /// # let points = space.design(2, Seed(0));
    /// # let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
    /// # let mut history = History::new(Problem::new(space, budget, Target::Best, Seed(0)))?;
    /// let queued = points.iter().map(|p| Queued { point: p.clone(), full: false }).collect();
    /// history.enqueue(queued)?;
    /// assert_eq!(history.next_queued().map(|q| &q.point), Some(&points[0]));
    /// history.start(points[0].clone(), Steps(20), Phase::Search)?;
    /// assert_eq!(history.queue().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn enqueue(&mut self, queued: Vec<Queued>) -> Result<(), HistoryError> {
        let open = self.open_candidates();
        for Queued { point, .. } in &queued {
            self.problem.space.check_owns(point)?;
            if open.as_ref().is_some_and(|open| !open.contains(&point)) {
                return Err(HistoryError::NotOpen);
            }
        }
        let record = |q: &Queued| QueuedRecord { point: q.point.record(), full: q.full };
        self.events.push(Event::Enqueue { queued: queued.iter().map(record).collect() });
        self.queue.extend(queued);
        Ok(())
    }

    /// Empties the queue.
    pub fn clear_queue(&mut self) {
        self.queue.clear();
        self.events.push(Event::ClearQueue);
    }

    /// The configurations that wait to be tried, in their order.
    pub fn queue(&self) -> &[Queued] {
        &self.queue
    }

    /// The first of the queue that may be tried.
    pub fn next_queued(&self) -> Option<&Queued> {
        if self.queue.is_empty() {
            return None;
        }
        let open = self.open_candidates();
        self.queue.iter().find(|q| open.as_ref().is_none_or(|open| open.contains(&&q.point)))
    }

    pub(super) fn leave_queue(&mut self, point: &Point) {
        if let Some(at) = self.queue.iter().position(|q| q.point == *point) {
            self.queue.remove(at);
        }
    }
}
