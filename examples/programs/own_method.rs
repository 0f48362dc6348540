//! A policy of your own: it reads the history and proposes; the loop, the budget check and the journal stay the same.

use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs::{
    DriveOptions, History, InlineExecutor, Method, MethodError, Phase, Problem, Proposal, Recommendation, Study, drive,
};
use jobs_core::{Budget, Seed, Steps, Target, Trainer};
use methods::RandomSearch;

/// Half of the budget on uniform early runs, the other half on finishing the best of them.
struct HalfAndHalf;

impl Method for HalfAndHalf {
    fn name(&self) -> &str {
        "half-and-half"
    }

    /// Called after every report. A policy that learns does so here, so that a replayed study proposes the same.
    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let budget = history.problem().budget;
        if history.spent().0 < budget.total.0 / 2 {
            let point = history.draw("half-and-half", history.runs().len() as u64);
            let start = |point| Proposal::Start { point, to: budget.early, phase: Phase::Search };
            return Ok(point.map_or(Proposal::Finish, start));
        }
        let loss = |curve: &jobs_core::LearningCurve| curve.last().map_or(f64::INFINITY, |(_, loss)| loss);
        let best = history.paused().min_by(|a, b| loss(&a.curve).total_cmp(&loss(&b.curve)));
        let affordable = history.remaining() >= budget.full.saturating_sub(budget.early);
        let advance = |run: &jobs::RunRecord| Proposal::Advance { run: run.id, to: budget.full, phase: Phase::Promote };
        Ok(best.filter(|_| affordable).map_or(Proposal::Finish, advance))
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        let best = history.best_finished();
        Ok(best.map(|(run, inference)| Recommendation { run: run.id, point: run.point.clone(), inference }))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (name, bytes) = LLAMA3_8B[1];
    let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name)?);
    let full = trainer.full_steps();
    let budget = Budget { total: Steps(10 * full.0), full, early: Steps(100) };
    for own in [true, false] {
        let problem = Problem::new(trainer.space().clone(), budget, Target::Best, Seed(1));
        let method: Box<dyn Method> = if own { Box::new(HalfAndHalf) } else { Box::new(RandomSearch) };
        let mut study = Study::new(problem, method)?;
        let best = drive(&mut study, &mut InlineExecutor::new(&trainer), &mut [], DriveOptions::default())?;
        let best = best.ok_or("no run has a value")?;
        let loss = trainer.emulator().noise_free_value(&best.point, Target::Best)?;
        println!("{}: {} steps used, loss {loss:.4}", study.method_name(), study.history().spent());
    }
    Ok(())
}
