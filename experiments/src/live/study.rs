use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context;
use jobs::{DriveOptions, InlineExecutor, Observer, Problem, Recommendation, Report, Study, drive};
use jobs_core::run_table::RecordedRun;
use jobs_core::{Budget, Point, RunTable, SearchSpace, Seed};
use trainer::train::LiveTrainer;

use crate::comparison::row::ComparisonRow;
use crate::comparison::trace::Trace;
use crate::files::write_atomic;
use crate::tasks::TARGET;
use methods::MethodEntry;

/// One study of one method.
pub(super) struct Live<'a> {
    pub(super) trainer: &'a dyn LiveTrainer,
    pub(super) task: &'a str,
    pub(super) method: &'a MethodEntry,
    pub(super) budget: Budget,
    pub(super) seed: Seed,
    /// Where its curves, choice and adapter go.
    pub(super) folder: PathBuf,
}

/// The row of a recommended run. Its value is that of the study's own curve where it was trained to the end; else it is trained now, off
/// the budget, with its own seed, so that it is the same run.
struct Measured<'a> {
    live: &'a Live<'a>,
    known: HashMap<Seed, f64>,
}

impl Measured<'_> {
    fn row(&mut self, study: &Study, best: &Recommendation) -> anyhow::Result<ComparisonRow> {
        let history = study.history();
        let run = history.run(best.run).context("the recommended run is not in the history")?;
        if let Some(value) = history.value(run) {
            self.known.insert(run.seed, value);
        }
        let oracle = self.value(&best.point, run.seed)?;
        Ok(ComparisonRow {
            task: self.live.task.to_owned(),
            full_runs: self.live.budget.total.0 / self.live.budget.full.0,
            method: self.live.method.name.to_owned(),
            seed: self.live.seed.0,
            steps: history.spent().0,
            oracle,
            inference: best.inference,
        })
    }

    fn value(&mut self, point: &Point, seed: Seed) -> anyhow::Result<f64> {
        if let Some(value) = self.known.get(&seed) {
            return Ok(*value);
        }
        let mut run = self.live.trainer.start(point, seed)?;
        run.advance_to(self.live.trainer.full_steps())?;
        let value = TARGET.of(run.curve()).context("the recommended run has no finite loss")?;
        self.known.insert(seed, value);
        Ok(value)
    }
}

struct Recorder<'a> {
    measured: Measured<'a>,
    trace: Trace<ComparisonRow>,
}

impl Observer for Recorder<'_> {
    fn told(&mut self, study: &Study, report: &Report) -> Result<(), String> {
        let live = self.measured.live;
        let (spent, total) = (study.history().spent(), live.budget.total);
        let loss = report.curve.last().map_or(f64::NAN, |(_, loss)| loss);
        let name = live.method.name;
        eprintln!("{name}: {spent} of {total} steps, run {} at step {}: loss {loss:.4}", report.run, report.step);
        self.trace.record(study, |best| self.measured.row(study, best)).map_err(|e| e.to_string())
    }
}

/// Drives the study to the end of its budget and writes its run table, its choice and the choice's adapter. Gives the rows of fig5 and
/// the files.
pub(super) fn run_study(live: &Live<'_>) -> anyhow::Result<(Vec<ComparisonRow>, Vec<PathBuf>)> {
    let problem = Problem::new(live.trainer.space().clone(), live.budget, TARGET, live.seed);
    let method = live.method.make(&problem)?;
    let mut study = Study::new(problem, method)?;
    let mut recorder = Recorder { measured: Measured { live, known: HashMap::new() }, trace: Trace::default() };
    drive(&mut study, &mut InlineExecutor::new(live.trainer), &mut [&mut recorder], DriveOptions::default())?;
    let Recorder { mut measured, trace } = recorder;
    let (best, rows) = trace.finish(&study, |best| measured.row(&study, best))?;
    let table = run_table(live.trainer.space(), &study, live.task);
    table.write(&live.folder)?;
    let choice = toml::to_string(&best.point.record()).context("the chosen configuration")?;
    write_atomic(&live.folder.join("chosen.toml"), choice.as_bytes())?;
    let seed = study.history().run(best.run).context("the chosen run")?.seed;
    let mut run = live.trainer.start_live(&best.point, seed)?;
    run.advance_to(live.trainer.full_steps())?;
    let adapter = live.folder.join("adapter");
    run.write_adapter(&adapter)?;
    println!("{}: chose in {} steps\n{choice}", live.method.name, study.history().spent());
    for repeat in run.repeats(&live.trainer.domains()) {
        println!("{repeat}");
    }
    let tables = ["space.toml", "runs.csv", "curves.csv", "chosen.toml"].map(|f| live.folder.join(f));
    let weights = ["adapter_config.json", "adapter_model.safetensors"].map(|f| adapter.join(f));
    Ok((rows, tables.into_iter().chain(weights).collect()))
}

/// All runs of a study, as a run table.
pub(super) fn run_table(space: &SearchSpace, study: &Study, task: &str) -> RunTable {
    let record = |r: &jobs::RunRecord| RecordedRun {
        id: format!("r{:04}", r.id.0),
        point: r.point.clone(),
        notes: vec![r.seed.0.to_string(), r.phase.to_string()],
        curve: r.curve.clone(),
        extras: vec![],
        rows_after_divergence: 0,
    };
    RunTable {
        space: space.clone(),
        full_steps: study.history().problem().budget.full,
        metric: format!("{task}_loss"),
        note_names: ["seed", "phase"].map(String::from).to_vec(),
        extra_metrics: vec![],
        runs: study.history().runs().iter().map(record).collect(),
    }
}
