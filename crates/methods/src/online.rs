use crate::{Evidence, Jobs, JobsParts, Recommend, Scale};
use budget::{Decision, ErrorPoint, FixedSplit, OnlineRule};
use jobs::{History, Method, MethodError, Phase, Problem, Status};
use jobs::{Proposal, Recommendation};
use jobs_core::{Budget, Example, Point, Predictor};
use predictor::TwoScales;

use crate::joint::HEADROOM;
use crate::parts::{BETA, GpSettings, model, ucb};

/// Folds of the cross-validation that estimates the predictor's error.
const FOLDS: usize = 5;
/// Fewest full runs to cross-validate on.
const FEWEST: usize = 4;

/// JoBS as published with a given N, except that losses are on a logarithmic scale.
///
/// # Errors
/// More full runs than the budget covers.
pub fn jobs_with_full_runs(problem: &Problem, full_runs: u64) -> Result<Jobs, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(FixedSplit { full_runs, verification_runs: 0 }),
        initial_early_runs: 0,
        evidence: Evidence::Predicted { predictor: Box::new(|| Box::new(TwoScales::default())), variance_from: None },
        levels: vec![problem.budget.early],
        target_so_far: false,
        model: model(problem, &GpSettings::default(), ucb(BETA)),
        promotion: None,
        early_signal_check: false,
        final_acquisition: None,
        scale: Scale::Logarithmic { headroom: HEADROOM },
        is_logarithmic: false,
        constraints: vec![],
        recommend: Recommend::LowestEstimate,
    };
    Jobs::new("jobs-fixed", problem, parts)
}

/// [`jobs_with_full_runs`] with N decided during the study. After each full run, [`OnlineRule`] decides from the predictor's error
/// (five-fold cross-validation on the full runs so far) whether another full run is worth its steps.
pub struct OnlineJobs {
    rule: OnlineRule,
    design: Vec<Point>,
    predictor: Box<dyn Predictor>,
    errors: Vec<ErrorPoint>,
    considered: usize,
    search: Option<Jobs>,
}

impl OnlineJobs {
    /// The method for a problem.
    pub fn new(problem: &Problem, rule: OnlineRule) -> Self {
        let most = usize::try_from(problem.budget.full_runs()).unwrap_or(usize::MAX);
        Self {
            rule,
            design: problem.design(most),
            predictor: Box::new(TwoScales::default()),
            errors: vec![],
            considered: 0,
            search: None,
        }
    }

    /// Root mean squared error of the predictor, by five-fold cross-validation.
    fn error(&mut self, problem: &Problem, examples: &[Example]) -> Result<ErrorPoint, MethodError> {
        let mut squares = 0.0;
        for fold in 0..FOLDS {
            let (out, kept): (Vec<_>, Vec<_>) =
                examples.iter().cloned().enumerate().partition(|(i, _)| i % FOLDS == fold);
            let kept: Vec<Example> = kept.into_iter().map(|(_, e)| e).collect();
            let seed = problem.seed.derive("online error", (examples.len() * FOLDS + fold) as u64);
            self.predictor.fit(&problem.space, &kept, problem.budget.early, seed)?;
            for (_, e) in out {
                let early = e.curve.up_to(problem.budget.early);
                let seen = if early.is_empty() { &e.curve } else { &early };
                squares += (self.predictor.predict(&e.point, seen)?.mean - e.value).powi(2);
            }
        }
        let n = examples.len();
        let learnt_from = (n - n.div_ceil(FOLDS)).max(1) as u64;
        Ok(ErrorPoint { full_runs: learnt_from, rmse: (squares / n as f64).sqrt(), residuals: n as u64 })
    }
}

/// Number of full runs started before the search.
fn learning(history: &History) -> usize {
    let counts =
        |phase: Phase, status: Status| phase == Phase::Learn || (phase == Phase::Import && status == Status::Finished);
    history.runs().iter().filter(|r| counts(r.phase, r.status)).count()
}

impl Method for OnlineJobs {
    fn name(&self) -> &str {
        "jobs-online"
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        if let Some(search) = &mut self.search {
            return search.observe(history);
        }
        let (problem, done) = (history.problem(), learning(history));
        if history.pending().next().is_some() || done <= self.considered {
            return Ok(());
        }
        self.considered = done;
        let finished = history.finished().filter(|r| !r.curve.is_empty());
        let examples: Vec<Example> = finished
            .filter_map(|r| Some(Example { point: r.point.clone(), curve: r.curve.clone(), value: history.value(r)? }))
            .collect();
        if examples.len() >= FEWEST {
            let error = self.error(problem, &examples)?;
            self.errors.push(error);
        }
        let remaining = Budget { total: history.remaining(), ..problem.budget };
        let verdict = self.rule.worth_another_full_run(done as u64, &self.errors, &remaining);
        // where the rule fails, the search starts
        let learn_on = verdict.is_ok_and(|v| v.decision == Decision::Learn);
        let affordable = history.remaining() >= problem.budget.full && done < self.design.len();
        let go_on = learn_on && affordable;
        if !go_on && !examples.is_empty() {
            let mut search = jobs_with_full_runs(problem, done as u64)?;
            search.observe(history)?;
            self.search = Some(search);
        }
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        if let Some(search) = &self.search {
            return search.propose(history);
        }
        let (full, done) = (history.problem().budget.full, learning(history));
        match self.design.get(done) {
            // one at a time: the report of this one decides on the next
            Some(point) if history.pending().next().is_none() && history.remaining() >= full => {
                Ok(Proposal::Start { point: point.clone(), to: full, phase: Phase::Learn })
            }
            _ => Ok(Proposal::Finish),
        }
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        if let Some(search) = &self.search {
            return search.recommend(history);
        }
        let best = history.best_finished();
        Ok(best.map(|(run, inference)| Recommendation { run: run.id, point: run.point.clone(), inference }))
    }
}

#[cfg(test)]
mod tests {
    use jobs::{Report, Study};
    use jobs_core::test_spaces::TestSpace;
    use jobs_core::{LearningCurve, Seed, Steps, Target};

    use super::*;

    /// Curves that end at rate^2; `residual` sets how much early losses deviate from it.
    fn finish(study: &mut Study, residual: f64) -> Vec<Phase> {
        let mut phases = vec![];
        while let Some(trial) = study.ask().unwrap() {
            let rate = trial.point.real("rate").unwrap();
            let wiggle = residual * (40.0 * rate).sin();
            let loss = |s: u64| rate * rate + (wiggle + 0.2) * (1.0 - s as f64 / 100.0);
            let steps = (1..=10).map(|k| Steps(10 * k)).filter(|s| *s <= trial.to);
            let curve = LearningCurve::from_pairs(steps.map(|s| (s, loss(s.0)))).unwrap();
            study.tell(Report { run: trial.run, step: trial.to, curve }).unwrap();
            phases.push(trial.phase);
        }
        phases
    }

    fn study(full_runs: u64, least_gain: f64) -> Study {
        let space = TestSpace::default().real("rate", 0.0, 1.0).build();
        let budget = Budget { total: Steps(100 * full_runs), full: Steps(100), early: Steps(20) };
        let problem = Problem::new(space, budget, Target::Last, Seed(3));
        let rule = OnlineRule { verification_runs: 0, least_gain, ..OnlineRule::default() };
        let method = OnlineJobs::new(&problem, rule);
        Study::new(problem, Box::new(method)).unwrap()
    }

    #[test]
    fn full_runs_come_first_and_the_budget_holds() {
        let mut study = study(16, 0.0);
        let phases = finish(&mut study, 0.5);
        let learnt = phases.iter().take_while(|p| **p == Phase::Learn).count();
        assert!((2..15).contains(&learnt) && phases[learnt..].iter().all(|p| *p == Phase::Search), "{phases:?}");
        assert!(study.history().spent() <= Steps(1600) && study.history().remaining() < Steps(20));
        assert!(study.best().unwrap().is_some());
    }

    #[test]
    fn a_larger_least_gain_needs_fewer_full_runs() {
        let learnt = |least_gain| {
            let phases = finish(&mut study(16, least_gain), 0.5);
            phases.iter().filter(|p| **p == Phase::Learn).count()
        };
        assert!(learnt(0.5) < learnt(0.0), "{} {}", learnt(0.5), learnt(0.0));
    }
}
