//! More budget for a study, or less.

use jobs_core::{Budget, Steps};

use super::{History, HistoryError};
use crate::Event;

impl History {
    /// Steps used, and those reserved for pending runs: the least that the budget can be.
    pub fn used(&self) -> Steps {
        self.spent.saturating_add(self.promised)
    }

    /// Gives the study this budget from here on. What happened before happened under the budget then in force, also in a replay.
    ///
    /// # Errors
    /// Fewer steps than are used, or than a full run has.
    ///
    /// ```
    /// # use jobs::{History, HistoryError, Phase, Problem, Report};
    /// # use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
    /// # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
    /// # let point = space.design(1, Seed(0)).remove(0);
    /// # let budget = Budget { total: Steps(100), full: Steps(100), early: Steps(20) };
    /// # let problem = Problem::new(space, budget, Target::Best, Seed(0));
    /// # let mut history = History::new(problem.clone())?;
    /// history.start(point, Steps(100), Phase::Search)?;
    /// assert_eq!(history.remaining(), Steps(0));
    /// history.set_total(Steps(300))?;
    /// assert_eq!(history.remaining(), Steps(200));
    /// assert_eq!(History::replay(problem, history.events().to_vec())?, history);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_total(&mut self, total: Steps) -> Result<(), HistoryError> {
        let budget = Budget { total, ..self.problem.budget };
        budget.check()?;
        let used = self.used();
        if total < used {
            return Err(HistoryError::BelowUsed { total, used });
        }
        self.problem.budget = budget;
        self.events.push(Event::Budget { total });
        Ok(())
    }
}
