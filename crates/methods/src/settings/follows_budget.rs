use jobs::{History, Method, MethodError, Problem, Proposal, Recommendation};

use super::MethodSettings;

/// A method that is made again from its settings where the budget of its study changes.
///
/// Designs, splits and schedules are derived from the budget when a method is made. The new method has those of a study that was planned
/// with the new budget from the start, and everything that the old one had learnt.
pub(super) struct FollowsBudget {
    name: String,
    settings: MethodSettings,
    method: Box<dyn Method>,
}

impl FollowsBudget {
    /// The method for the present budget.
    pub(super) fn new(name: &str, settings: MethodSettings, problem: &Problem) -> Result<Self, MethodError> {
        Ok(Self { name: name.to_owned(), settings, method: settings.make_for_budget(name, problem)? })
    }
}

impl Method for FollowsBudget {
    fn name(&self) -> &str {
        self.method.name()
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.method.observe(history)
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        self.method.propose(history)
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        self.method.recommend(history)
    }

    fn budget_changed(&mut self, problem: &Problem) -> Result<(), MethodError> {
        let mut method = self.settings.make_for_budget(&self.name, problem)?;
        // a state that does not fit leaves the method as it was made: the next `observe` learns from all runs at once
        if let Some(learnt) = self.method.save() {
            method.restore(&learnt);
        }
        self.method = method;
        Ok(())
    }

    fn save(&self) -> Option<Vec<f64>> {
        self.method.save()
    }

    fn restore(&mut self, state: &[f64]) -> bool {
        self.method.restore(state)
    }
}
