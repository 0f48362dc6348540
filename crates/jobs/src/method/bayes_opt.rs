use jobs_core::{Observation, Point};

use super::{Method, MethodError, Model, Proposal, Recommendation, best_measured, next_of_design, without_data};
use crate::{History, Phase, Problem, Status};

/// Bayesian optimisation on full runs: an initial design, then the acquisition's maximiser, a full run each.
pub struct BayesOpt {
    name: String,
    model: Model,
    design: Vec<Point>,
}

impl BayesOpt {
    /// A search of `problem` that begins with `initial` full runs of the space-filling design.
    pub fn new(name: &str, problem: &Problem, initial: usize, model: Model) -> Self {
        Self { name: name.to_owned(), model, design: problem.design(initial) }
    }
}

impl Method for BayesOpt {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        let worst = history.worst_value();
        let ended = history.runs().iter().filter(|r| matches!(r.status, Status::Finished | Status::Diverged));
        let data: Vec<Observation> = ended
            .filter_map(|r| Some(Observation { x: r.x.clone(), y: history.value(r).or(worst)?, noise_variance: 0.0 }))
            .collect();
        if data.len() < self.design.len() {
            return Ok(());
        }
        let xs: Vec<Vec<f64>> = data.iter().map(|o| o.x.clone()).collect();
        self.model.update(data, history.problem().seed, |posterior| {
            posterior.predict_many(&xs).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min)
        })
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if let Some(proposal) = next_of_design(history, &self.design) {
            return Ok(proposal);
        }
        if !self.model.is_ready() {
            return Ok(without_data(history));
        }
        if history.remaining() < problem.budget.full {
            return Ok(Proposal::Finish);
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
}
