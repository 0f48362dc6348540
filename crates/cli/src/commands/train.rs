use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use jobs::external::Request;
use jobs_core::files::write_atomic;
use jobs_core::{Run, RunState, Seed, Steps};
use signal_hook::consts::SIGTERM;

use crate::args::TrainArgs;
use crate::executors::built_in;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::output::emit;

/// Slices of a full run; SIGTERM is checked between slices.
const SLICES: u64 = 25;

/// `jobs train`: the built-in trainer as an external command.
pub(super) fn run(args: &TrainArgs, loaded: &LoadedStudy) -> anyhow::Result<()> {
    let named = || args.request.display().to_string();
    let text = fs::read(&args.request).with_context(named)?;
    let request: Request =
        serde_json::from_slice(&text).map_err(|e| Kind::Input.error(format_args!("{}: {e}", named())))?;
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&stop))?;
    let trainer = built_in(loaded)?;
    let kept = request.checkpoint.join("state");
    let saved = if request.resume { fs::read(&kept).ok() } else { None };
    let resumed = saved.and_then(|saved| trainer.resume(&saved).ok()).filter(|run| run.step() <= request.to);
    let mut run: Box<dyn Run> = match resumed {
        Some(run) => run,
        None => trainer.start(&trainer.space().point_from_record(&request.configuration)?, Seed(request.seed))?,
    };
    let slice = (request.full_steps.0 / SLICES).max(1);
    let mut reported = if run.step() == request.to { Steps(request.to.0.saturating_sub(1)) } else { run.step() };
    loop {
        let state = run.advance_to(Steps(run.step().0.saturating_add(slice)).min(request.to))?;
        for (step, loss) in run.curve().iter().filter(|(step, _)| *step > reported) {
            let value = loaded.direction.turn(loss);
            emit(&format!("{}\n", serde_json::json!({ "step": step, request.metric.as_str(): value })))?;
        }
        if let (RunState::Diverged, Some(step)) = (state, run.curve().diverged_at()) {
            return emit(&format!("{{\"step\": {step}, \"{}\": NaN}}\n", request.metric));
        }
        reported = run.step();
        let over = reported >= request.to;
        if over || stop.load(Ordering::Relaxed) {
            write_atomic(&kept, &run.save()?)?;
            return if over { emit(&format!("{{\"step\": {reported}}}\n")) } else { Ok(()) };
        }
    }
}
