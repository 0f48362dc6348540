use std::path::PathBuf;

use jobs_core::{Example, Point, Seed, Steps, Target, Trainer};
use predictor::evaluate::Recorded;

use crate::predictor_eval::tables;
use crate::tasks::{Task, tasks};
use crate::user_error::user;

/// Runs of an emulated task where no table is given.
const EMULATED: usize = 80;
/// What is predicted.
pub(crate) const PREDICTED: Target = Target::Last;

/// Full runs to learn from and to predict.
pub(crate) struct Material {
    pub(crate) name: String,
    pub(crate) full_steps: Steps,
    pub(crate) recorded: Recorded,
}

/// The full runs of these tables, or, without any, of space-filling configurations on the six emulators.
pub(crate) fn material(runs: &[PathBuf], early: Steps) -> anyhow::Result<Vec<Material>> {
    let all: Vec<Material> = if runs.is_empty() {
        let emulated = tasks(&[], &[])?;
        emulated.iter().map(|t| of_task(t, EMULATED, Seed(0))).collect::<Result<_, _>>()?
    } else {
        let read = tables::read(runs, PREDICTED, "trial")?.into_iter();
        read.map(|t| Material { name: t.name, full_steps: t.full_steps, recorded: t.recorded }).collect()
    };
    for m in &all {
        if early == Steps(0) || early >= m.full_steps {
            return Err(user(format!(
                "--early {early}: expected from 1 to {} on {}",
                m.full_steps.0.saturating_sub(1),
                m.name
            )));
        }
    }
    let seen = |m: Material| Material { recorded: m.recorded.seen_by(early), ..m };
    Ok(all.into_iter().map(seen).collect())
}

fn of_task(task: &Task, runs: usize, seed: Seed) -> anyhow::Result<Material> {
    let space = task.trainer.space().clone();
    let design = space.design(runs, seed);
    let runs = train(task.trainer.as_ref(), &design, seed)?;
    let recorded = Recorded { searches: vec![0; runs.len()], space, runs };
    Ok(Material { name: task.name.clone(), full_steps: task.full_steps(), recorded })
}

/// Full runs at these points; those that diverge have no value and are left out.
pub(crate) fn train(trainer: &dyn Trainer, points: &[Point], seed: Seed) -> anyhow::Result<Vec<Example>> {
    let mut all = vec![];
    for (i, point) in points.iter().enumerate() {
        let mut run = trainer.start(point, seed.derive("run", i as u64))?;
        run.advance_to(trainer.full_steps())?;
        let curve = run.curve().clone();
        if let Some(value) = PREDICTED.of(&curve) {
            all.push(Example { point: point.clone(), curve, value });
        }
    }
    Ok(all)
}
