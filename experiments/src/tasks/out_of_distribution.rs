//! Tasks whose own domain is not in the mixture.

use emulator::WithoutPart;
use emulator::{Emulator, EmulatorTrainer, SearchEffort, search_optimum};
use jobs_core::{Point, Seed};

use super::{TARGET, Task, Truth};
use crate::user_error::user;

/// The built-in tasks with enough recorded runs that hold less than a fiftieth of the task's own domain: elsewhere the emulator
/// would be asked where nothing was recorded. (Of 110 and, for arc_challenge, 60 runs: gsm8k 22, triviaqa 29, mmlu 33,
/// arc_challenge 29; commonsense_qa has 6 and truthfulqa_gen 17 of 110.)
pub const RECORDED: &[&str] = &["gsm8k", "triviaqa", "mmlu", "arc_challenge"];

/// What follows the name of a task, and of its experiment's folder.
pub const SUFFIX: &str = "-ood";

impl Truth for WithoutPart<EmulatorTrainer> {
    fn value(&self, point: &Point) -> anyhow::Result<f64> {
        Ok(self.inner().emulator().noise_free_value(&self.widen(point)?, TARGET)?)
    }
}

/// The emulator's task without its own domain, the one with the emulator's name. Its optimum is searched with a fixed seed.
pub fn task(emulator: &Emulator, defined_by: &[u8]) -> anyhow::Result<Task> {
    let name = emulator.name();
    let trainer = WithoutPart::new(EmulatorTrainer::new(emulator.clone()), name)
        .map_err(|e| user(format!("{name}: out of distribution means without the task's own domain, but {e}")))?;
    let value = |p: &Point| trainer.value(p).unwrap_or(f64::INFINITY);
    let found = search_optimum(jobs_core::Trainer::space(&trainer), &[], &value, SearchEffort::default(), Seed(0));
    let found = found.ok_or_else(|| user(format!("{name}: no point of the space without its own domain")))?;
    let name = format!("{name}{SUFFIX}");
    let defined_by = [defined_by, SUFFIX.as_bytes()].concat();
    let noise = Some(emulator.noise().sd(found.value));
    Ok(Task::new(&name, Box::new(trainer.clone()), Box::new(trainer), found.value, &defined_by).with_noise(noise))
}
