//! `trainer record`: trains random configurations and writes them as a run table.

use std::path::Path;

use anyhow::{Context, bail};
use jobs_core::files::write_atomic;
use jobs_core::run_table::RecordedRun;
use jobs_core::{LearningCurve, Point, PointRecord, RunState, RunTable, SearchSpace, Seed, Steps};
use manifest::ManifestBuilder;
use serde::{Deserialize, Serialize};
use trainer::train::{Evaluation, LiveTrainer, open};

use crate::cli::RecordArgs;
use crate::output::{print_notes, say};
use crate::settings;

/// A finished run, stored until the table is written.
#[derive(Serialize, Deserialize)]
struct StoredRun {
    settings: String,
    point: PointRecord,
    seed: Seed,
    diverged_at: Option<u64>,
    parameters: usize,
    seconds: f64,
    evaluations: Vec<Evaluation>,
}

pub(crate) fn run(args: &RecordArgs) -> anyhow::Result<()> {
    if args.runs == 0 {
        bail!("--runs is 0, expected at least 1");
    }
    let settings = settings::of(&args.settings)?;
    let space = args.space.as_deref().map(SearchSpace::from_toml_file).transpose()?;
    let trainer = open(settings, space)?;
    print_notes(trainer.notes());
    let plain = trainer::train::TrainSettings { threads: None, ..trainer.settings().clone() };
    let described = serde_json::json!({
        "experiment": "record",
        "seeds": [args.seed],
        "runs": args.runs,
        "space": trainer.space().to_toml_string(),
        "settings": plain,
    });
    let text = serde_json::to_string(&plain)? + &trainer.space().to_toml_string();
    let manifest = ManifestBuilder::start(&described);
    let folder = args.out.join("runs");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let root = Seed(args.seed);
    let mut rng = root.stream("points", 0);
    let mut all = vec![];
    for index in 0..args.runs {
        let point = trainer.space().sample(&mut rng);
        let path = folder.join(format!("{index:04}.json"));
        let stored = match std::fs::read(&path) {
            Ok(bytes) => {
                let stored: StoredRun = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
                if stored.settings != text || stored.point != point.record() {
                    bail!(
                        "{} was recorded with other settings, another space or another seed; choose another --out",
                        path.display()
                    );
                }
                stored
            }
            Err(_) => {
                let (stored, repeats) = one(trainer.as_ref(), &point, root.derive("run", index), text.clone())?;
                write_atomic(&path, &serde_json::to_vec(&stored)?)?;
                say(&line(index, args.runs, &stored));
                repeats.iter().for_each(|repeat| say(&format!("  {repeat}")));
                stored
            }
        };
        all.push((point, stored));
    }
    write(trainer.as_ref(), all, &args.out, manifest)
}

/// Trains one configuration in full; also gives a line for each domain whose examples repeat.
fn one(
    trainer: &dyn LiveTrainer,
    point: &Point,
    seed: Seed,
    settings: String,
) -> anyhow::Result<(StoredRun, Vec<String>)> {
    let clock = std::time::Instant::now();
    let mut run = trainer.start_live(point, seed)?;
    let state = run.advance_to(trainer.full_steps())?;
    let stored = StoredRun {
        settings,
        point: point.record(),
        seed,
        diverged_at: (state == RunState::Diverged).then(|| run.step().0),
        parameters: run.parameters(),
        seconds: (clock.elapsed().as_secs_f64() * 10.0).round() / 10.0,
        evaluations: run.evaluations().to_vec(),
    };
    Ok((stored, run.repeats(&trainer.domains())))
}

fn line(index: u64, runs: u64, stored: &StoredRun) -> String {
    let losses = stored.evaluations.last().map_or(vec![], |e| e.losses.clone());
    let losses: Vec<String> = losses.iter().map(|l| format!("{l:.3}")).collect();
    let state = stored.diverged_at.map_or(String::new(), |s| format!(", diverged at {s}"));
    format!("run {} of {runs}: {} ({} s{state})", index + 1, losses.join(" "), stored.seconds)
}

/// Writes the run table. Its metric is the target's loss; the other domains' losses, the training loss and the accuracies are further
/// metrics.
fn write(
    trainer: &dyn LiveTrainer,
    all: Vec<(Point, StoredRun)>,
    out: &Path,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    let domains = trainer.domains();
    let target = trainer.settings().target.as_ref().and_then(|t| domains.iter().position(|d| d == t)).unwrap_or(0);
    let columns = Columns { domains: &domains, target, accuracies: trainer.settings().questions > 0 };
    let runs = all.into_iter().enumerate().map(|(i, (point, stored))| columns.run(i, point, &stored)).collect();
    let table = RunTable {
        space: trainer.space().clone(),
        full_steps: trainer.full_steps(),
        metric: format!("{}_loss", domains[target]),
        note_names: ["seed", "trained_parameters", "seconds"].map(String::from).to_vec(),
        extra_metrics: columns.names(),
        runs,
    };
    table.write(out)?;
    for name in ["space.toml", "runs.csv", "curves.csv"] {
        manifest.file(&out.join(name))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    say(&format!("Wrote {} runs to {}", table.runs.len(), out.display()));
    Ok(())
}

/// The metrics of the table.
struct Columns<'a> {
    domains: &'a [String],
    /// Index of the target domain.
    target: usize,
    /// Whether there are accuracies.
    accuracies: bool,
}

impl Columns<'_> {
    fn others(&self) -> impl Iterator<Item = usize> {
        (0..self.domains.len()).filter(|d| *d != self.target)
    }

    /// Names of the metrics besides the target's loss.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.others().map(|d| format!("{}_loss", self.domains[d])).collect();
        names.push("train_loss".into());
        names.extend(self.domains.iter().filter(|_| self.accuracies).map(|d| format!("{d}_accuracy")));
        names
    }

    fn run(&self, index: usize, point: Point, stored: &StoredRun) -> RecordedRun {
        let series = |value: &dyn Fn(&Evaluation) -> Option<f64>| -> Vec<(Steps, f64)> {
            stored.evaluations.iter().filter_map(|e| Some((Steps(e.step), value(e)?))).collect()
        };
        let loss_of = |d: usize| series(&move |e| Some(e.losses[d]));
        let mut extras: Vec<_> = self.others().map(loss_of).collect();
        extras.push(series(&|e| e.training));
        for d in (0..self.domains.len()).filter(|_| self.accuracies) {
            extras.push(series(&move |e| e.accuracies[d]));
        }
        let mut curve = LearningCurve::new();
        let diverged = stored.diverged_at.map(|step| (Steps(step), f64::NAN));
        for (step, loss) in loss_of(self.target).into_iter().chain(diverged) {
            if curve.push(step, loss).is_err() {
                break;
            }
        }
        RecordedRun {
            id: format!("r{index:04}"),
            point,
            notes: vec![stored.seed.0.to_string(), stored.parameters.to_string(), stored.seconds.to_string()],
            curve,
            extras,
            rows_after_divergence: 0,
        }
    }
}
