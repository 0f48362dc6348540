use std::fs;
use std::path::Path;
use std::time::Instant;

use jobs::{Executor, History, Outcome, Phase, Problem, Status, Trial};
use jobs_core::{Budget, Steps};
use methods::transfer::shared_dimensions;
use serde_json::json;

use super::check_journal;
use crate::adapter_config::{differences, find};
use crate::args::CheckArgs;
use crate::executors::executor;
use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::numbers::number;
use crate::open_study::prepare;
use crate::output::show;
use crate::pace::{Pace, duration};
use crate::peft::Peft;
use crate::transfer::{SourceStudy, sources};
use crate::warnings;

/// `jobs check`
pub(super) fn run(args: &CheckArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    if args.journal {
        return check_journal::run(loaded, as_json);
    }
    let budget = &loaded.problem.budget;
    let sources = sources(loaded)?;
    prepare(loaded, &loaded.problem, &loaded.file.method, &sources)?;
    let dry = if args.no_run { None } else { Some(dry_run(args, loaded)?) };
    let mut notices = Peft::notices(&Peft::undetermined_in(loaded), &loaded.path);
    notices.extend(warnings::direction(loaded));
    notices.extend(warnings::constraints_not_modelled(loaded));
    let value = json!({
        "notices": notices,
        "study": loaded.name(), "dimensions": loaded.problem.space.dimensions().len(), "coordinates": loaded.problem.space.encoded_len(),
        "total_steps": budget.total, "full_steps": budget.full, "early_steps": budget.early, "full_runs": budget.full_runs(),
        "method": loaded.file.method.name, "metric": loaded.metric(),
        "transfer": sources.iter().map(|e| json!({ "study": e.path, "runs": e.table.runs.len(), "dimensions": transferred_dimensions(loaded, e) })).collect::<Vec<_>>(),
        "dry_run": dry.as_ref().map(|d| json!({ "steps": d.steps, "seconds": d.seconds, "value": d.value, "notes": d.notes,
            "seconds_per_step": d.pace.estimate(1.0, 1).map(|e| e.per_step), "seconds_per_start": d.pace.estimate(1.0, 1).and_then(|e| e.per_start) })),
    });
    show(as_json, &value, || text(loaded, &sources, dry.as_ref(), &notices))
}

fn text(loaded: &LoadedStudy, sources: &[SourceStudy], dry: Option<&DryRun>, notices: &[String]) -> String {
    let budget = &loaded.problem.budget;
    let mut out = format!("{} is valid.\n", loaded.path.display());
    let space = &loaded.problem.space;
    for (i, d) in space.dimensions().iter().enumerate() {
        let notes = space.notes(i);
        let notes = if notes.is_empty() { notes } else { format!("; {notes}") };
        out += &format!("  {:<20} {}{notes}\n", d.name, d.domain);
    }
    for constraint in &loaded.problem.constraints {
        out += &format!("  constraint: {constraint}\n");
    }
    out += &lengths(loaded);
    for e in sources {
        out += &format!(
            "  transfers from {}: {} runs; {}\n",
            e.path,
            e.table.runs.len(),
            transferred_dimensions(loaded, e).join(", ")
        );
    }
    notices.iter().for_each(|notice| out += &format!("warning: {notice}\n"));
    let Some(dry) = dry else { return out + "The trainer was not tested (--no-run).\n" };
    let value = dry.value.map_or(String::new(), |v| format!(", {} {}", loaded.metric(), number(v)));
    out += &format!(
        "The trainer works: {} steps, half of them after a resume, in {:.1} s{value}.\n",
        dry.steps, dry.seconds
    );
    for note in &dry.notes {
        out += &format!("note: {note}\n");
    }
    let (steps, workers) = (budget.total.as_f64(), loaded.file.executor.workers);
    if let Some(limit) = loaded.time_limit(workers) {
        let pace = dry.seconds / dry.steps.max(1) as f64;
        let full = limit.seconds / pace / budget.full.as_f64();
        return out
            + &format!("At this pace the time covers {full:.1} full runs (start-up time included in every step).\n");
    }
    // no trial is shorter than an early run
    let trials = (steps / budget.early.as_f64().max(1.0)).ceil();
    let takes = match dry.pace.estimate_of(steps, trials, workers) {
        Some(estimate) => estimate.to_string(),
        None => duration(dry.seconds / dry.steps as f64 * steps / workers as f64),
    };
    out + &format!("At this pace the study takes at most {takes}.\n")
}

/// The budget, the lengths of runs, and the method.
fn lengths(loaded: &LoadedStudy) -> String {
    let budget = &loaded.problem.budget;
    let (total, full, early) = (budget.total, budget.full, budget.early);
    let limit = loaded.time_limit(loaded.file.executor.workers).map(|limit| number(limit.seconds / 3600.0));
    let size = match (limit, loaded.file.budget.total_steps) {
        (Some(hours), None) => format!("{hours} hours of all runs together; full runs of {full}"),
        (Some(hours), Some(_)) => {
            format!("{hours} hours of all runs together, at most {total} steps; full runs of {full}")
        }
        (None, _) => format!("{total} steps: {} full runs of {full}", budget.full_runs()),
    };
    format!("  {size}, early runs of {early}; method {}\n", loaded.file.method.name)
}

/// Names of the dimensions that an earlier study transfers.
fn transferred_dimensions<'a>(loaded: &'a LoadedStudy, earlier: &SourceStudy) -> Vec<&'a str> {
    let space = &loaded.problem.space;
    let here = shared_dimensions(space, &earlier.table.space).into_iter();
    here.filter_map(|(here, _)| space.dimensions().get(here)).map(|d| d.name.as_str()).collect()
}

struct DryRun {
    steps: u64,
    seconds: f64,
    value: Option<f64>,
    notes: Vec<String>,
    pace: Pace,
}

/// Trains one configuration for a few steps, then resumes it from its checkpoint for as many steps.
fn dry_run(args: &CheckArgs, loaded: &LoadedStudy) -> anyhow::Result<DryRun> {
    let budget = &loaded.problem.budget;
    let few = args.steps.or(loaded.file.budget.eval_every).unwrap_or(budget.early.0 / 2).clamp(1, budget.full.0);
    let (first, second) = (Steps(few), Steps(few.saturating_mul(2).min(budget.full.0)));
    let total = Steps(budget.full.0.saturating_add(second.0));
    let problem = Problem { budget: Budget { total, ..*budget }, ..loaded.problem.clone() };
    let point = problem.space.design(1, problem.seed).remove(0);
    let folder = loaded.runs()?.join("check");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut executor = executor(loaded, &folder, 1, true)?;
    let mut history = History::new(problem).map_err(|e| Kind::Input.error(e))?;
    let (began, mut notes, mut pace) = (Instant::now(), vec![], Pace::default());
    let trial = history.start(point, first, Phase::Learn).map_err(|e| Kind::Training.error(e))?;
    let run = trial.run;
    train(&mut history, executor.as_mut(), trial, &mut notes, &folder)?;
    executor.timing(run).into_iter().for_each(|timing| pace.add(timing));
    if history.run(run).is_some_and(|r| r.status == Status::Paused && r.step < second) {
        let trial = history.advance(run, second, Phase::Promote).map_err(|e| Kind::Training.error(e))?;
        train(&mut history, executor.as_mut(), trial, &mut notes, &folder)?;
        executor.timing(run).into_iter().for_each(|timing| pace.add(timing));
    }
    let curve = &history.runs()[0].curve;
    let value = curve.last().map(|(_, v)| loaded.direction.turn(v));
    if curve.is_empty() {
        notes.push(format!(
            "no `{}` was reported within {second} steps; if the trainer evaluates less often, raise --steps",
            loaded.metric()
        ));
    }
    if let Some(step) = curve.diverged_at() {
        notes.push(format!("the run diverged at step {step}"));
    }
    for c in loaded.problem.constraints.iter().filter(|c| history.constrained_value(&history.runs()[0], c).is_none()) {
        notes.push(format!(
            "no `{}`, which has a limit, was reported together with `{}`; a run without it cannot be the best",
            c.metric,
            loaded.metric()
        ));
    }
    compare_adapter(loaded, &history, &folder, &mut notes)?;
    fs::remove_dir_all(&folder)?;
    Ok(DryRun { steps: second.0, seconds: began.elapsed().as_secs_f64(), value, notes, pace })
}

/// Compares what `jobs best` would say of the trial run with the adapter that its trainer wrote, if it wrote one.
fn compare_adapter(
    loaded: &LoadedStudy,
    history: &History,
    folder: &Path,
    notes: &mut Vec<String>,
) -> anyhow::Result<()> {
    let Some(written) = find(&folder.join("runs")) else { return Ok(()) };
    let peft = Peft::of(loaded, &history.runs()[0].point);
    let differing = differences(&peft, &written, loaded.model.layers).map_err(|e| Kind::Training.error(e))?;
    if differing.is_empty() {
        notes.push("the adapter that the trainer wrote has the arguments that `jobs best` would say".to_owned());
        return Ok(());
    }
    let words: String = differing.iter().map(|d| format!("\n  {d}")).collect();
    Err(Kind::Training.error(format_args!(
        "the trainer works, but its adapter is not the one that `jobs best` would hand over:{words}\n\
         Fix the trainer, [model] or the roles of the dimensions. The adapter is {}",
        written.display()
    )))
}

/// Trains one trial. A failure is an error unless an earlier trial worked; then the run counts as diverged, as in a study.
fn train(
    history: &mut History,
    executor: &mut dyn Executor,
    trial: Trial,
    notes: &mut Vec<String>,
    folder: &Path,
) -> anyhow::Result<()> {
    executor.submit(history, &[trial]).map_err(|e| Kind::Training.error(e))?;
    let report = loop {
        let outcome = executor.wait().map_err(|e| Kind::Training.error(e))?;
        notes.extend(executor.notes());
        match outcome {
            None | Some(Outcome::Interrupted(_)) => {}
            Some(Outcome::Report(report)) => break report,
            Some(Outcome::Failed { why, .. }) if history.tells() == 0 => {
                let notes: String = notes.iter().map(|n| format!("\n  {n}")).collect();
                return Err(Kind::Training.error(format_args!(
                    "the study file is valid, but the trainer failed: {why}{notes}\nIts files are in {}",
                    folder.display()
                )));
            }
            Some(Outcome::Failed { report, why }) => {
                notes.push(format!("run {} counts as diverged: {why}", report.run));
                break history.as_diverged(report);
            }
        }
    };
    history.tell(report).map_err(|e| Kind::Training.error(e))
}
