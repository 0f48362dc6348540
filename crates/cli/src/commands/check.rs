use std::fs;
use std::time::Instant;

use jobs::{
    DriveError, History, Method, MethodError, Observer, Phase, Problem, Proposal, Recommendation, Study, drive_parallel,
};
use jobs_core::{Budget, Domain, Point, SearchSpace, Steps};
use methods::transfer::shared;
use serde_json::json;

use crate::args::CheckArgs;
use crate::executors::executor;
use crate::failure::Kind;
use crate::open_study::prepare;
use crate::output::show;
use crate::study_file::LoadedStudy;
use crate::transfer::{SourceStudy, earlier};

/// `jobs check`
pub(super) fn run(args: &CheckArgs, loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    let budget = &loaded.problem.budget;
    let earlier = earlier(loaded)?;
    prepare(loaded, &earlier)?;
    let dry = if args.no_run { None } else { Some(dry_run(args, loaded)?) };
    let value = json!({
        "study": loaded.name(), "dimensions": loaded.problem.space.dimensions().len(), "coordinates": loaded.problem.space.encoded_len(),
        "total_steps": budget.total, "full_steps": budget.full, "early_steps": budget.early, "full_runs": budget.full_runs(),
        "method": loaded.file.method.name, "metric": loaded.metric(),
        "experience": earlier.iter().map(|e| json!({ "study": e.path, "runs": e.table.runs.len(), "dimensions": carried(loaded, e) })).collect::<Vec<_>>(),
        "dry_run": dry.as_ref().map(|d| json!({ "steps": d.steps, "seconds": d.seconds, "value": d.value, "notes": d.notes })),
    });
    show(as_json, &value, || text(loaded, &earlier, dry.as_ref()))
}

fn text(loaded: &LoadedStudy, earlier: &[SourceStudy], dry: Option<&DryRun>) -> String {
    let budget = &loaded.problem.budget;
    let mut out = format!("{} is sound.\n", loaded.path.display());
    for d in loaded.problem.space.dimensions() {
        out += &format!("  {:<20} {}\n", d.name, domain(&d.domain));
    }
    out += &format!(
        "  {} steps: {} full runs of {}, early runs of {}; method {}\n",
        budget.total,
        budget.full_runs(),
        budget.full,
        budget.early,
        loaded.file.method.name
    );
    for e in earlier {
        out += &format!("  learns from {}: {} runs; {}\n", e.path, e.table.runs.len(), carried(loaded, e).join(", "));
    }
    let Some(dry) = dry else { return out + "The trainer was not tried (--no-run).\n" };
    let value = dry.value.map_or(String::new(), |v| format!(", {} {v:.4}", loaded.metric()));
    out += &format!(
        "The trainer works: {} steps, half of them after a resume, in {:.1} s{value}.\n",
        dry.steps, dry.seconds
    );
    for note in &dry.notes {
        out += &format!("note: {note}\n");
    }
    let hours = dry.seconds / dry.steps as f64 * budget.total.as_f64() / loaded.file.executor.workers as f64 / 3600.0;
    out + &format!("At this pace the study takes at most {hours:.1} hours (start-up counted in every step).\n")
}

/// Names of the dimensions that carry over from an earlier study.
fn carried<'a>(loaded: &'a LoadedStudy, earlier: &SourceStudy) -> Vec<&'a str> {
    let space = &loaded.problem.space;
    let here = shared(space, &earlier.table.space).into_iter();
    here.filter_map(|(here, _)| space.dimensions().get(here)).map(|d| d.name.as_str()).collect()
}

fn domain(domain: &Domain) -> String {
    match domain {
        Domain::Simplex { parts } => format!("mixture of {}: {}", parts.len(), parts.join(", ")),
        Domain::Categorical { choices } => format!("one of {}", choices.join(", ")),
        Domain::Boolean => "yes or no".to_owned(),
        Domain::Real { low, high, log } => format!("{low} to {high}{}", if *log { ", logarithmic" } else { "" }),
        Domain::Integer { low, high, log } => {
            format!("whole, {low} to {high}{}", if *log { ", logarithmic" } else { "" })
        }
    }
}

struct DryRun {
    steps: u64,
    seconds: f64,
    value: Option<f64>,
    notes: Vec<String>,
}

/// Trains one configuration for a few steps, and goes on from its checkpoint for as many.
fn dry_run(args: &CheckArgs, loaded: &LoadedStudy) -> anyhow::Result<DryRun> {
    let budget = &loaded.problem.budget;
    let few = args.steps.or(loaded.file.budget.eval_every).unwrap_or(budget.early.0 / 2).clamp(1, budget.full.0);
    let (first, second) = (Steps(few), Steps(few.saturating_mul(2).min(budget.full.0)));
    let total = Steps(budget.full.0.saturating_add(second.0));
    let problem = Problem { budget: Budget { total, ..*budget }, ..loaded.problem.clone() };
    let space: &SearchSpace = &problem.space;
    let point = space.design(1, problem.seed).remove(0);
    let folder = loaded.runs()?.join("check");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut executor = executor(loaded, &folder, 1, true)?;
    let mut study =
        Study::new(problem, Box::new(TwoSteps { point, first, second })).map_err(|e| Kind::Input.says(e))?;
    let (began, mut notes) = (Instant::now(), Notes::default());
    let end = drive_parallel(&mut study, executor.as_mut(), 1, &mut [&mut notes], &|| false);
    end.map_err(|e| match e {
        DriveError::Failed { why, .. } => {
            let notes: String = notes.0.iter().map(|n| format!("\n  {n}")).collect();
            Kind::Training.says(format_args!(
                "the study file is sound, but the trainer does not work: {why}{notes}\nIts files are in {}",
                folder.display()
            ))
        }
        e => Kind::Training.says(e),
    })?;
    let record = &study.history().runs()[0];
    let value = record.curve.last().map(|(_, v)| loaded.direction.turn(v));
    if record.curve.is_empty() {
        notes.0.push(format!(
            "no `{}` was reported within {} steps: does it evaluate more rarely? --steps tries more",
            loaded.metric(),
            second
        ));
    }
    if let Some(step) = record.curve.diverged_at() {
        notes.0.push(format!("the run diverged at step {step}"));
    }
    fs::remove_dir_all(&folder)?;
    Ok(DryRun { steps: second.0, seconds: began.elapsed().as_secs_f64(), value, notes: notes.0 })
}

#[derive(Default)]
struct Notes(Vec<String>);

impl Observer for Notes {
    fn noted(&mut self, note: &str) {
        self.0.push(note.to_owned());
    }
}

/// One configuration, stopped once on the way.
struct TwoSteps {
    point: Point,
    first: Steps,
    second: Steps,
}

impl Method for TwoSteps {
    fn name(&self) -> &str {
        "dry run"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        Ok(match history.runs().first() {
            None => Proposal::Start { point: self.point.clone(), to: self.first, phase: Phase::Learn },
            Some(r) if r.status == jobs::Status::Paused && r.step < self.second => {
                Proposal::Advance { run: r.id, to: self.second, phase: Phase::Promote }
            }
            Some(_) => Proposal::Finish,
        })
    }

    fn recommend(&self, _history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(None)
    }
}
