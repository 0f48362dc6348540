//! `trainer record`: random configurations as a run table.

use std::path::Path;

use anyhow::{Context, bail};
use jobs_core::files::write_atomic;
use jobs_core::run_table::RecordedRun;
use jobs_core::{LearningCurve, Point, PointRecord, RunState, RunTable, SearchSpace, Seed, Steps};
use manifest::ManifestBuilder;
use serde::{Deserialize, Serialize};
use trainer::train::{Evaluation, LiveTrainer, open};

use crate::cli::RecordArgs;
use crate::settings;

/// A finished run as it is kept until the table is written.
#[derive(Serialize, Deserialize)]
struct Kept {
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
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let root = Seed(args.seed);
    let mut rng = root.stream("points", 0);
    let mut all = vec![];
    for index in 0..args.runs {
        let point = trainer.space().sample(&mut rng);
        let path = folder.join(format!("{index:04}.json"));
        let kept = match std::fs::read(&path) {
            Ok(bytes) => {
                let kept: Kept = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
                if kept.settings != text || kept.point != point.record() {
                    bail!("{} was made with other settings, space or seed; give another --out", path.display());
                }
                kept
            }
            Err(_) => {
                let (kept, repeats) = one(trainer.as_ref(), &point, root.derive("run", index), text.clone())?;
                write_atomic(&path, &serde_json::to_vec(&kept)?)?;
                println!("{}", line(index, args.runs, &kept));
                repeats.iter().for_each(|repeat| println!("  {repeat}"));
                kept
            }
        };
        all.push((point, kept));
    }
    write(trainer.as_ref(), all, &args.out, manifest)
}

/// A run to its end, and what is to be said of domains that ran dry.
fn one(trainer: &dyn LiveTrainer, point: &Point, seed: Seed, settings: String) -> anyhow::Result<(Kept, Vec<String>)> {
    let clock = std::time::Instant::now();
    let mut run = trainer.start_live(point, seed)?;
    let state = run.advance_to(trainer.full_steps())?;
    let kept = Kept {
        settings,
        point: point.record(),
        seed,
        diverged_at: (state == RunState::Diverged).then(|| run.step().0),
        parameters: run.parameters(),
        seconds: (clock.elapsed().as_secs_f64() * 10.0).round() / 10.0,
        evaluations: run.evaluations().to_vec(),
    };
    Ok((kept, run.repeats(&trainer.domains())))
}

fn line(index: u64, runs: u64, kept: &Kept) -> String {
    let losses = kept.evaluations.last().map_or(vec![], |e| e.losses.clone());
    let losses: Vec<String> = losses.iter().map(|l| format!("{l:.3}")).collect();
    let state = kept.diverged_at.map_or(String::new(), |s| format!(", diverged at {s}"));
    format!("run {} of {runs}: {} ({} s{state})", index + 1, losses.join(" "), kept.seconds)
}

/// The target's loss is the metric; the other domains, accuracies and the training loss are further metrics.
fn write(
    trainer: &dyn LiveTrainer,
    all: Vec<(Point, Kept)>,
    out: &Path,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    let domains = trainer.domains();
    let target = trainer.settings().target.clone().unwrap_or_else(|| domains[0].clone());
    let column = |name: &str| format!("{name}_loss");
    let mut extra_metrics: Vec<String> = domains.iter().filter(|d| **d != target).map(|d| column(d)).collect();
    extra_metrics.push("train_loss".into());
    let asked = trainer.settings().questions > 0;
    extra_metrics.extend(domains.iter().filter(|_| asked).map(|d| format!("{d}_accuracy")));
    let mut runs = vec![];
    for (i, (point, kept)) in all.into_iter().enumerate() {
        let series = |value: &dyn Fn(&Evaluation) -> Option<f64>| -> Vec<(Steps, f64)> {
            kept.evaluations.iter().filter_map(|e| Some((Steps(e.step), value(e)?))).collect()
        };
        let loss_of = |d: usize| series(&move |e| Some(e.losses[d]));
        let mut curve = LearningCurve::new();
        let mut extras = vec![];
        for d in (0..domains.len()).filter(|d| domains[*d] != target) {
            extras.push(loss_of(d));
        }
        extras.push(series(&|e| e.training));
        for d in (0..domains.len()).filter(|_| asked) {
            extras.push(series(&move |e| e.accuracies[d]));
        }
        let of_target = domains.iter().position(|d| *d == target).unwrap_or(0);
        for (step, loss) in loss_of(of_target).into_iter().chain(kept.diverged_at.map(|s| (Steps(s), f64::NAN))) {
            if curve.push(step, loss).is_err() {
                break;
            }
        }
        runs.push(RecordedRun {
            id: format!("r{i:04}"),
            point,
            notes: vec![kept.seed.0.to_string(), kept.parameters.to_string(), kept.seconds.to_string()],
            curve,
            extras,
            rows_after_divergence: 0,
        });
    }
    let table = RunTable {
        space: trainer.space().clone(),
        full_steps: trainer.full_steps(),
        metric: column(&target),
        note_names: ["seed", "trained_parameters", "seconds"].map(String::from).to_vec(),
        extra_metrics,
        runs,
    };
    table.write(out)?;
    for name in ["space.toml", "runs.csv", "curves.csv"] {
        manifest.file(&out.join(name))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    println!("{} runs are in {}", table.runs.len(), out.display());
    Ok(())
}
