use jobs_core::{LearningCurve, Point, PointRecord, Run, RunState, SearchSpace, Seed, Steps, TrainerError};
use serde::{Deserialize, Serialize};

/// One recorded run, read up to the step it has been advanced to.
pub(super) struct RecordedRun {
    point: Point,
    seed: Seed,
    step: Steps,
    full: Steps,
    whole: LearningCurve,
    seen: LearningCurve,
}

/// What a paused run keeps: the table holds the rest.
pub(super) struct Saved {
    pub(super) point: Point,
    pub(super) seed: Seed,
    pub(super) step: Steps,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    recorded: PointRecord,
    seed: Seed,
    step: Steps,
}

impl Saved {
    pub(super) fn read(bytes: &[u8], space: &SearchSpace) -> Result<Self, TrainerError> {
        let bad = |what: String| TrainerError::BadCheckpoint(what);
        let record: Record = serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))?;
        let point = space.point_from_record(&record.recorded).map_err(|e| bad(e.to_string()))?;
        Ok(Self { point, seed: record.seed, step: record.step })
    }
}

impl RecordedRun {
    pub(super) fn new(point: Point, seed: Seed, whole: LearningCurve, full: Steps) -> Self {
        let seen = whole.up_to(Steps::ZERO);
        Self { point, seed, step: Steps::ZERO, full, whole, seen }
    }
}

impl Run for RecordedRun {
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError> {
        if step > self.full {
            return Err(TrainerError::PastFull { asked: step, full: self.full });
        }
        let end = self.whole.diverged_at().unwrap_or(self.full);
        if step.min(end) > self.step {
            self.step = step.min(end);
            self.seen = self.whole.up_to(self.step);
        }
        Ok(if self.seen.diverged_at().is_some() {
            RunState::Diverged
        } else if self.step == self.full {
            RunState::Finished
        } else {
            RunState::Paused
        })
    }

    fn step(&self) -> Steps {
        self.step
    }

    fn curve(&self) -> &LearningCurve {
        &self.seen
    }

    fn save(&self) -> Result<Vec<u8>, TrainerError> {
        let record = Record { recorded: self.point.record(), seed: self.seed, step: self.step };
        serde_json::to_vec(&record).map_err(|e| TrainerError::Failed(e.to_string()))
    }
}
