//! A trainer of your own with a journal on disk: the study is interrupted, and continues from its events and checkpoints.

use std::cell::Cell;

use jobs::{
    DriveError, DriveOptions, FolderCheckpoints, InlineExecutor, Journal, JournalHeader, Problem, Study, drive,
};
use jobs_core::{
    Budget, LearningCurve, Point, PointRecord, Run, RunState, SearchSpace, Seed, Steps, Target, Trainer, TrainerError,
};
use methods::JobsOptions;

const FULL: Steps = Steps(100);

struct Bowl(SearchSpace);

struct BowlRun {
    point: PointRecord,
    bottom: f64,
    step: Steps,
    curve: LearningCurve,
}

impl Trainer for Bowl {
    fn space(&self) -> &SearchSpace {
        &self.0
    }
    fn full_steps(&self) -> Steps {
        FULL
    }
    fn start(&self, point: &Point, _seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        self.0.check_owns(point)?;
        let bottom = 1.0 + point.real("rate").map_or(0.0, |rate| (rate.ln() - 0.01f64.ln()).powi(2));
        Ok(Box::new(BowlRun { point: point.record(), bottom, step: Steps(0), curve: LearningCurve::new() }))
    }
    /// The state that [`Run::save`] returned. A resumed run must continue as if it had never been saved.
    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let damaged = |e: serde_json::Error| TrainerError::BadCheckpoint(e.to_string());
        let (point, bottom, step, curve) = serde_json::from_slice(saved).map_err(damaged)?;
        Ok(Box::new(BowlRun { point, bottom, step, curve }))
    }
}

impl Run for BowlRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        while self.step < step {
            self.step = Steps(self.step.0 + 10).min(step);
            let loss = self.bottom + (-(self.step.0 as f64) / 25.0).exp();
            self.curve.push(self.step, loss).map_err(|e| TrainerError::Failed(e.to_string()))?;
        }
        Ok(if self.step == FULL { RunState::Finished } else { RunState::Paused })
    }
    fn step(&self) -> Steps {
        self.step
    }
    fn curve(&self) -> &LearningCurve {
        &self.curve
    }
    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        let state = (&self.point, self.bottom, self.step, &self.curve);
        serde_json::to_vec(&state).map_err(|e| TrainerError::Failed(e.to_string()))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rate = "[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 1e-4\nhigh = 1.0\nlog = true";
    let trainer = Bowl(SearchSpace::from_toml_str(rate)?);
    let budget = Budget { total: Steps(1000), full: FULL, early: Steps(20) };
    let problem = Problem::new(trainer.space().clone(), budget, Target::Best, Seed(0));
    let folder = std::env::temp_dir().join(format!("jobs-own-trainer-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let header = JournalHeader::of(&problem, "jobs");
    for polls in [12, usize::MAX] {
        // the events so far are replayed: the study proposes what the interrupted one would have
        let (mut journal, events, _) = Journal::open_or_create(&folder.join("journal"), &header)?;
        let mut study = Study::replay(problem.clone(), JobsOptions::default().make(&problem)?, events)?;
        println!("starting at step {} of {}", study.history().spent(), budget.total);
        let checkpoints = FolderCheckpoints::open(folder.join("checkpoints"))?;
        let mut executor = InlineExecutor::with_checkpoints(&trainer, checkpoints);
        let left = Cell::new(polls);
        let stop = || left.replace(left.get().saturating_sub(1)) == 0;
        match drive(
            &mut study,
            &mut executor,
            &mut [&mut journal],
            DriveOptions { workers: 1, stop: &stop, ..DriveOptions::default() },
        ) {
            Err(DriveError::Interrupted) => println!("interrupted"),
            best => println!("best rate {:.4}", best?.and_then(|b| b.point.real("rate")).unwrap_or(f64::NAN)),
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
