//! A whole study on a built-in emulator of Llama-3-8B fine-tuning: what it recommends, and how far that is from the optimum.

use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs::{DriveOptions, InlineExecutor, Problem, Study, drive};
use jobs_core::{Budget, Seed, Steps, Target, Trainer};
use methods::find;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (name, bytes) = LLAMA3_8B[1];
    let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name)?);
    let full = trainer.full_steps();
    let budget = Budget { total: Steps(10 * full.0), full, early: Steps(100) };
    let optimum = trainer.emulator().optimum().map_or(f64::NAN, |optimum| optimum.value);
    for method in ["jobs", "bo-ucb", "random"] {
        let problem = Problem::new(trainer.space().clone(), budget, Target::Best, Seed(0));
        let policy = find(method).ok_or("no such method")?.make(&problem)?;
        let mut study = Study::new(problem, policy)?;
        let best = drive(&mut study, &mut InlineExecutor::new(&trainer), &mut [], DriveOptions::default())?;
        let best = best.ok_or("no run has a value")?;
        // the emulator knows the noise-free loss, which no real study does
        let loss = trainer.emulator().noise_free_value(&best.point, Target::Best)?;
        println!("{name}, {method}: regret {:.4} after {} steps", loss - optimum, study.history().spent());
    }
    Ok(())
}
