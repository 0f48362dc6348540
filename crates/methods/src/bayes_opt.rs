use crate::model::Model;
use crate::shared::{before_the_model, best_measured};
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation};
use jobs_core::Point;

/// Bayesian optimisation on full runs: a space-filling design, then the maximiser of the acquisition function, one full run each.
pub struct BayesOpt {
    name: String,
    model: Model,
    design: Vec<Point>,
}

impl BayesOpt {
    /// A search of `problem` that starts with `initial` full runs of the space-filling design.
    pub fn new(name: &str, problem: &Problem, initial: usize, model: Model) -> Self {
        Self { name: name.to_owned(), model, design: problem.design(initial) }
    }
}

impl Method for BayesOpt {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.model.update_from_full_runs(history, self.design.len())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if let Some(proposal) = before_the_model(history, &self.design, &self.model, problem.budget.full) {
            return Ok(proposal);
        }
        let mut ranked: Vec<_> = history.finished().filter_map(|r| Some((history.value(r)?, &r.point))).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranked: Vec<&Point> = ranked.into_iter().map(|(_, p)| p).collect();
        let seed = problem.seed.derive("suggest", history.runs().len() as u64);
        let suggestion = self.model.suggest(history, self.model.surrogate.as_posterior(), &ranked, seed)?;
        Ok(match suggestion {
            Some(s) => Proposal::Start { point: s.point, to: problem.budget.full, phase: Phase::Search },
            None => Proposal::Finish,
        })
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }

    fn save(&self) -> Option<Vec<f64>> {
        self.model.to_state()
    }

    fn restore(&mut self, state: &[f64]) -> bool {
        self.model.set_state(state)
    }
}
