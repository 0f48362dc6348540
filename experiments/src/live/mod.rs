//! fig5 live: methods drive real fine-tuning, end to end.
//!
//! Every method gets the same budget of training steps of one live trainer. It leaves the curves of all runs it asked for as a run
//! table, the configuration it chose, that configuration's adapter in PEFT's format, and fig5 with *measured* losses.
//!
//! With `--tasks`, several targets are compared in resumable cells by the test loss of fresh runs (`compare`).

mod compare;
mod paired;
mod references;
mod study;
mod truth;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use jobs::Problem;
use jobs_core::{Budget, Seed, Steps};
use manifest::ManifestBuilder;
use trainer::train::{LiveTrainer, TrainSettings, open};

use self::study::{Live, run_study};
use crate::comparison::args::Fig5Args;
use crate::comparison::render::{self, Fig5Meta};
use crate::comparison::results_folder::results_folder;
use crate::comparison::row::ComparisonRow;
use crate::comparison::suite::{self, chosen_methods, manifest_entry, sorted_budgets};
use crate::comparison::table::to_csv;
use crate::files::write_atomic;
use crate::tasks::TARGET;
use crate::user_error::user;
use methods::{METHODS, MethodEntry};

/// Methods compared where none is named: live training is expensive.
const METHODS_BY_DEFAULT: [&str; 2] = ["jobs", "random"];
const SMOKE_FULL_RUNS: u64 = 6;
const SMOKE_EARLY: u64 = 10;

/// The settings of `--smoke`: short runs of the built-in model.
fn smoke() -> TrainSettings {
    TrainSettings {
        steps: 60,
        evaluate_every: 5,
        batch: 8,
        micro_batch: 4,
        validation_examples: 24,
        ..TrainSettings::default()
    }
}

/// Finds every mistake before the first step of training.
fn check(trainer: &dyn LiveTrainer, budgets: &[Budget], methods: &[&'static MethodEntry]) -> anyhow::Result<()> {
    for budget in budgets {
        let problem = Problem::new(trainer.space().clone(), *budget, TARGET, Seed(0));
        let at = || format!("--full-runs {}, --early {}", budget.full_runs(), budget.early);
        problem.check().map_err(|e| user(format!("{}: {e}", at())))?;
        for method in methods {
            method.make(&problem).map_err(|e| user(format!("{}: {e}", method.name)))?;
        }
    }
    Ok(())
}

/// Replaces what `--smoke` and missing options stand for.
fn fill_in(args: &mut Fig5Args) {
    if args.run.smoke {
        args.run.seeds = 1;
        args.full_runs = vec![SMOKE_FULL_RUNS];
        args.tasks.early = SMOKE_EARLY;
    }
    if args.run.methods.is_empty() {
        args.run.methods = METHODS_BY_DEFAULT.map(String::from).to_vec();
    }
}

/// Runs it.
///
/// # Errors
/// A mistake in the arguments, or training that failed.
pub fn run(mut args: Fig5Args) -> anyhow::Result<()> {
    let settings = match &args.live_settings {
        Some(path) => TrainSettings::read(path).map_err(user)?,
        None if args.run.smoke => smoke(),
        None => TrainSettings::default(),
    };
    fill_in(&mut args);
    if !args.tasks.names.is_empty() {
        return compare::run(&args, &settings);
    }
    let seeds = suite::seeds(&args.run, 0)?;
    let methods = chosen_methods(METHODS, &args.run.methods)?;
    let out = results_folder(&args.run, "fig5-live");
    std::fs::create_dir_all(&out).map_err(|e| user(format!("cannot create {}: {e}", out.display())))?;
    let trainer = open(settings, None).map_err(user)?;
    let described = serde_json::json!({
        "experiment": "fig5-live",
        "seeds": seeds.clone().collect::<Vec<_>>(),
        "full_runs": sorted_budgets(&args.full_runs),
        "early": args.tasks.early,
        "methods": methods.iter().map(|m| manifest_entry(m)).collect::<Vec<_>>(),
        "settings": trainer.settings(),
        "space": trainer.space().to_toml_string(),
    });
    let mut manifest = ManifestBuilder::start(&described);
    let full = trainer.full_steps();
    let budget = |runs: u64| Budget { total: Steps(full.0.saturating_mul(runs)), full, early: Steps(args.tasks.early) };
    let budgets: Vec<Budget> = sorted_budgets(&args.full_runs).into_iter().map(budget).collect();
    check(trainer.as_ref(), &budgets, &methods)?;
    let task = trainer.settings().target.clone().unwrap_or_else(|| trainer.domains()[0].clone());
    let mut rows = vec![];
    for &budget in &budgets {
        for method in &methods {
            for seed in seeds.clone() {
                let folder = out.join(format!("{}-C{}-seed{seed}", method.name, budget.full_runs()));
                let live = Live { trainer: trainer.as_ref(), task: &task, method, budget, seed: Seed(seed), folder };
                let (found, files) = run_study(&live).with_context(|| format!("{} seed {seed}", method.name))?;
                rows.extend(found);
                files.iter().try_for_each(|f| manifest.file(f))?;
            }
        }
    }
    write(&rows, task, &methods, full, &out, manifest)
}

/// Writes the table, the picture and the manifest.
fn write(
    rows: &[ComparisonRow],
    task: String,
    methods: &[&'static MethodEntry],
    full: Steps,
    out: &Path,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    write_atomic(&out.join("fig5.csv"), &to_csv(rows)?)?;
    let meta = Fig5Meta {
        tasks: vec![task],
        methods: methods.iter().map(|m| m.name.to_owned()).collect(),
        optima: BTreeMap::new(),
        full_steps: full.0,
        learning: BTreeMap::new(),
    };
    render::fig5(rows, &meta, out)?;
    for name in ["fig5.csv", "fig5.svg"] {
        manifest.file(&out.join(name))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    writeln!(std::io::stdout(), "Results are in {}", out.display())?;
    Ok(())
}
