use crate::shared::{best_measured, uniform_full_run};
use jobs::{History, Method, MethodError, Proposal, Recommendation};

/// Full runs at points drawn uniformly; recommends the lowest measured value.
#[derive(Debug, Default)]
pub struct RandomSearch;

impl Method for RandomSearch {
    fn name(&self) -> &str {
        "random"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        Ok(uniform_full_run(history))
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }
}
