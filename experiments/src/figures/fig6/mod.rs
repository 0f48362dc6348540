//! fig6: final regret of JoBS against the length of its early runs (B_small) and the number of full runs first (N).

mod picture;
mod rows;

use self::picture::picture;
use self::rows::{regrets, row};
use crate::ablation::ABLATIONS;
use crate::ablation::TUNING_TASKS;
use crate::comparison::store::CellStore;
use crate::comparison::suite::{chosen_methods, manifest_entry};
use crate::figures::{FigureArgs, finish};
use crate::tasks::tasks;
use manifest::ManifestBuilder;

/// Steps of an early run.
const EARLY: [u64; 5] = [25, 50, 100, 200, 400];

/// Rows of the ablation that learn from N full runs first.
const LEARN: [(&str, u64); 5] = [("jobs", 0), ("learn-3", 3), ("learn-5", 5), ("learn-10", 10), ("learn-20", 20)];

/// The budget, in full runs.
const FULL_RUNS: u64 = 20;

/// Runs and draws it.
pub fn run(args: &FigureArgs) -> anyhow::Result<()> {
    let out = args.folder("fig6")?;
    let (seeds, full_runs) = if args.smoke { (2, 6) } else { (args.seeds, FULL_RUNS) };
    let names: Vec<String> =
        TUNING_TASKS.iter().take(if args.smoke { 1 } else { 3 }).map(|t| (*t).to_owned()).collect();
    let tasks = tasks(&names, &[])?;
    let learn: Vec<String> = LEARN.iter().map(|l| l.0.to_owned()).collect();
    let methods = chosen_methods(ABLATIONS, &learn)?;
    let jobs = *methods.iter().find(|m| m.name == "jobs").ok_or_else(|| anyhow::anyhow!("no row is called jobs"))?;
    let mut manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "fig6", "seeds": (1000..1000 + seeds).collect::<Vec<_>>(), "full_runs": full_runs, "early": EARLY,
        "learn": LEARN, "tasks": names, "settings": methods.iter().map(|m| manifest_entry(m)).collect::<Vec<_>>(),
    }));
    let mut rows = vec![];
    for early in EARLY {
        let store = CellStore::open(out.join(format!("cells-early-{early}")), manifest.commit())?;
        let commits = regrets(&tasks, &[jobs], full_runs, early, seeds, &store, args.workers, |task, _, of| {
            rows.push(row(task, "steps of an early run", early, full_runs, &of));
        })?;
        commits.into_iter().for_each(|commit| manifest.kept(commit));
    }
    let store = CellStore::open(out.join("cells-early-100"), manifest.commit())?;
    let commits = regrets(&tasks, &methods, full_runs, 100, seeds, &store, args.workers, |task, method, of| {
        let n = LEARN.iter().find(|l| l.0 == method).map_or(0, |l| l.1);
        rows.push(row(task, "full runs first", n, full_runs, &of));
    })?;
    commits.into_iter().for_each(|commit| manifest.kept(commit));
    finish("fig6", &rows, &picture(&rows, &names), "Regret against early length and full runs first", &out, manifest)
}
