use jobs_core::{LearningCurve, Point, PointRecord, Run, RunState, SearchSpace, Seed, Steps, Trainer, TrainerError};
use serde::{Deserialize, Serialize};

use super::{Emulator, EmulatorError};

/// A [`Trainer`] whose runs are emulated.
#[derive(Clone, Debug)]
pub struct EmulatorTrainer {
    emulator: Emulator,
}

impl EmulatorTrainer {
    /// A trainer of this emulator's runs.
    pub fn new(emulator: Emulator) -> Self {
        Self { emulator }
    }

    /// The emulator.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }
}

/// What [`Run::save`] keeps: a run is decided by its point and seed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    emulator: String,
    point: PointRecord,
    seed: Seed,
    step: Steps,
}

struct EmulatedRun {
    emulator: Emulator,
    point: Point,
    seed: Seed,
    step: Steps,
    whole: LearningCurve,
    seen: LearningCurve,
}

impl EmulatedRun {
    fn new(emulator: &Emulator, point: &Point, seed: Seed) -> Result<Self, EmulatorError> {
        let whole = emulator.curve(point, seed)?;
        let seen = whole.up_to(Steps::ZERO);
        Ok(Self { emulator: emulator.clone(), point: point.clone(), seed, step: Steps::ZERO, whole, seen })
    }
}

fn failed(e: EmulatorError) -> TrainerError {
    match e {
        EmulatorError::Point(e) => TrainerError::Point(e),
        e => TrainerError::Failed(e.to_string()),
    }
}

impl Trainer for EmulatorTrainer {
    fn space(&self) -> &SearchSpace {
        self.emulator.space()
    }

    fn full_steps(&self) -> Steps {
        self.emulator.full_steps()
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        Ok(Box::new(EmulatedRun::new(&self.emulator, point, seed).map_err(failed)?))
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        let bad = |what: String| TrainerError::BadCheckpoint(what);
        let saved: Saved = serde_json::from_slice(saved).map_err(|e| bad(e.to_string()))?;
        if saved.emulator != self.emulator.name() {
            let what = format!("it is of the emulator `{}`, this is `{}`", saved.emulator, self.emulator.name());
            return Err(bad(what));
        }
        let point = self.space().point_from_record(&saved.point).map_err(|e| bad(e.to_string()))?;
        let mut run = EmulatedRun::new(&self.emulator, &point, saved.seed).map_err(failed)?;
        run.advance_to(saved.step).map_err(|e| bad(e.to_string()))?;
        Ok(Box::new(run))
    }
}

impl Run for EmulatedRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        let full = self.emulator.full_steps();
        if step > full {
            return Err(TrainerError::PastFull { asked: step, full });
        }
        if step > self.step {
            self.step = step;
            self.seen = self.whole.up_to(step);
        }
        Ok(if self.step == full { RunState::Finished } else { RunState::Paused })
    }

    fn step(&self) -> Steps {
        self.step
    }

    fn curve(&self) -> &LearningCurve {
        &self.seen
    }

    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        let saved = Saved {
            emulator: self.emulator.name().to_owned(),
            point: self.point.record(),
            seed: self.seed,
            step: self.step,
        };
        serde_json::to_vec(&saved).map_err(|e| TrainerError::Failed(e.to_string()))
    }
}
