//! A small problem, a trainer, two policies and an executor for tests: deterministic, and small enough to reason about.
#![allow(dead_code, clippy::unwrap_used, missing_docs, unreachable_pub)]

use jobs::*;
use jobs_core::test_spaces::TestSpace;
use jobs_core::*;
use proptest::prelude::*;

pub fn space() -> SearchSpace {
    TestSpace::simplex(3).integer("rank", 1, 16).build()
}

pub fn problem(total: u64, seed: u64) -> Problem {
    let budget = Budget { total: Steps(total), full: Steps(100), early: Steps(20) };
    Problem::new(space(), budget, Target::Best, Seed(seed))
}

pub fn curve(pairs: &[(u64, f64)]) -> LearningCurve {
    LearningCurve::from_pairs(pairs.iter().map(|&(s, v)| (Steps(s), v))).unwrap()
}

/// Losses fall towards a bowl over the space; points with more than 0.9 of `c` diverge at step 50.
pub struct ToyTrainer(pub SearchSpace);

impl ToyTrainer {
    pub fn new() -> Self {
        Self(space())
    }

    pub fn bottom(x: &[f64]) -> f64 {
        1.0 + (x[0] - 0.6).powi(2) + (x[1] - 0.3).powi(2) + (x[3] - 0.4).powi(2)
    }
}

pub struct ToyRun {
    x: Vec<f64>,
    step: Steps,
    curve: LearningCurve,
}

impl Trainer for ToyTrainer {
    fn space(&self) -> &SearchSpace {
        &self.0
    }
    fn full_steps(&self) -> Steps {
        Steps(100)
    }
    fn start(&self, point: &Point, _seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.0.check_owns(point)?;
        Ok(Box::new(ToyRun { x: self.0.encode(point), step: Steps(0), curve: LearningCurve::new() }))
    }
    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let bad = |e: String| TrainerError::BadCheckpoint(e);
        let (x, step, curve) = serde_json::from_slice(saved).map_err(|e| bad(e.to_string()))?;
        Ok(Box::new(ToyRun { x, step, curve }))
    }
}

impl Run for ToyRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        if step > Steps(100) {
            return Err(TrainerError::PastFull { asked: step, full: Steps(100) });
        }
        while self.step < step && self.curve.diverged_at().is_none() {
            self.step = Steps(self.step.0 + 1);
            if self.step.0.is_multiple_of(10) {
                let loss = if self.x[2] > 0.9 && self.step.0 >= 50 {
                    f64::NAN
                } else {
                    ToyTrainer::bottom(&self.x) + (-(self.step.0 as f64) / 15.0).exp()
                };
                self.curve.push(self.step, loss).unwrap();
            }
        }
        Ok(match self.curve.diverged_at() {
            Some(_) => RunState::Diverged,
            None if self.step == Steps(100) => RunState::Finished,
            None => RunState::Paused,
        })
    }
    fn step(&self) -> Steps {
        self.step
    }
    fn curve(&self) -> &LearningCurve {
        &self.curve
    }
    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        Ok(serde_json::to_vec(&(&self.x, self.step, &self.curve)).unwrap())
    }
}

/// Trains a trial from its first step.
pub fn train(trial: &Trial) -> Report {
    let mut run = ToyTrainer::new().start(&trial.point, trial.seed).unwrap();
    run.advance_to(trial.to).unwrap();
    Report { run: trial.run, step: run.step(), curve: run.curve().clone() }
}

/// The policies of this module, for tests that try both.
pub const POLICIES: [&str; 2] = ["full-runs", "promoting"];

pub fn policy(name: &str) -> Box<dyn Method> {
    match name {
        "full-runs" => Box::new(FullRuns),
        "promoting" => Box::new(Promoting { reports: 0 }),
        other => unreachable!("no policy {other}"),
    }
}

/// Full runs at uniform points.
pub struct FullRuns;

/// Early runs at uniform points; every fourth report promotes the paused run of lowest loss. Counts reports itself, so that it
/// only replays if it observes all of them.
pub struct Promoting {
    reports: u64,
}

fn uniform(history: &History, to: Steps) -> Proposal {
    let phase = Phase::Search;
    let point = history.draw("policy", history.runs().len() as u64);
    point.map_or(Proposal::Finish, |point| Proposal::Start { point, to, phase })
}

fn lowest(history: &History) -> Option<Recommendation> {
    let losses = history.runs().iter().filter_map(|r| Some((r, r.curve.best()?.1)));
    let (run, inference) = losses.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Recommendation { run: run.id, point: run.point.clone(), inference })
}

impl Method for FullRuns {
    fn name(&self) -> &str {
        "full-runs"
    }
    fn observe(&mut self, _: &History) -> Result<(), MethodError> {
        Ok(())
    }
    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let full = history.problem().budget.full;
        Ok(if history.remaining() < full { Proposal::Finish } else { uniform(history, full) })
    }
    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(lowest(history))
    }
}

impl Method for Promoting {
    fn name(&self) -> &str {
        "promoting"
    }
    fn observe(&mut self, _: &History) -> Result<(), MethodError> {
        self.reports += 1;
        Ok(())
    }
    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let budget = history.problem().budget;
        let last = |r: &RunRecord| r.curve.last().map_or(f64::INFINITY, |(_, v)| v);
        let best = history.paused().min_by(|a, b| last(a).total_cmp(&last(b)));
        let due = self.reports % 4 == 3 && history.remaining() >= budget.full.saturating_sub(budget.early);
        if let Some(run) = best.filter(|_| due) {
            return Ok(Proposal::Advance { run: run.id, to: budget.full, phase: Phase::Promote });
        }
        Ok(if history.remaining() < budget.early { Proposal::Finish } else { uniform(history, budget.early) })
    }
    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(lowest(history))
    }
}

/// Trains at once and lets trials end in an order that a list of numbers decides; every `failing`-th trial fails.
pub struct Shuffled {
    ready: Vec<Outcome>,
    order: Vec<usize>,
    turn: usize,
    submitted: usize,
    failing: usize,
    /// Most trials in training at once.
    pub most: usize,
}

impl Shuffled {
    pub fn new(order: Vec<usize>, failing: usize) -> Self {
        Self { ready: vec![], order, turn: 0, submitted: 0, failing, most: 0 }
    }
}

impl Executor for Shuffled {
    fn submit(&mut self, _: &History, trials: &[Trial]) -> Result<(), ExecutorError> {
        for trial in trials {
            self.submitted += 1;
            let fails = self.failing > 0 && self.submitted.is_multiple_of(self.failing);
            self.ready.push(if fails {
                let report = Report { run: trial.run, step: trial.from, curve: LearningCurve::new() };
                Outcome::Failed { report, why: "out of memory".into() }
            } else {
                Outcome::Report(train(trial))
            });
        }
        self.most = self.most.max(self.ready.len());
        Ok(())
    }
    fn wait(&mut self) -> Result<Option<Outcome>, ExecutorError> {
        self.turn += 1;
        let pick = self.order[self.turn % self.order.len()] % self.ready.len().max(1);
        Ok((!self.ready.is_empty()).then(|| self.ready.remove(pick)))
    }
    fn stop(&mut self) {
        self.ready.iter_mut().for_each(|e| *e = Outcome::Interrupted(e.run()));
    }
}

/// [`drive`] with so many workers, to the end.
pub fn drive_with(study: &mut Study, executor: &mut dyn Executor, workers: usize) -> Option<Recommendation> {
    drive(study, executor, &mut [], DriveOptions { workers, ..DriveOptions::default() }).unwrap()
}

/// A study of this method, trained to the end on the calling thread.
pub fn driven(problem: &Problem, method: Box<dyn Method>) -> Study {
    let mut study = Study::new(problem.clone(), method).unwrap();
    drive_with(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), 1);
    study
}

/// Whatever the order and the failures, the budget holds, it is used up, no configuration is tried twice, replaying the events gives
/// the study, and a study cut anywhere uses the rest of the budget.
pub fn any_order_is_sound_for(
    make: &dyn Fn() -> Box<dyn Method>,
    problem: &Problem,
    workers: usize,
    order: Vec<usize>,
    failing: usize,
    cut: f64,
) -> Result<(), TestCaseError> {
    let total = problem.budget.total.0;
    let failing = if failing < 3 { 0 } else { failing };
    let mut study = Study::new(problem.clone(), make()).unwrap();
    let mut executor = Shuffled::new(order.clone(), failing);
    match drive(&mut study, &mut executor, &mut [], DriveOptions { workers, ..DriveOptions::default() }) {
        Ok(best) => prop_assert!(best.is_some() || failing > 0),
        Err(DriveError::Failed { .. }) => prop_assert!(failing > 0),
        Err(e) => prop_assert!(false, "{e}"),
    }
    let h = study.history();
    prop_assert!(executor.most <= workers);
    prop_assert!(h.spent().0 <= total);
    let again = Study::replay(problem.clone(), make(), study.events().to_vec()).unwrap();
    prop_assert_eq!(again.history(), h);
    let n = (study.events().len() as f64 * cut) as usize;
    let mut rest = Study::replay(problem.clone(), make(), study.events()[..n].to_vec()).unwrap();
    prop_assert_eq!(rest.history().pending_trials().len(), rest.history().pending().count());
    drive_with(&mut rest, &mut Shuffled::new(order, 0), workers);
    prop_assert_eq!(rest.history().pending().count(), 0);
    prop_assert!(rest.history().spent().0 <= total && total - rest.history().spent().0 < 100);
    Ok(())
}
