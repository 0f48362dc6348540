//! Comparisons on emulated tasks: `fig5` and `ablation`.

use jobs_core::Steps;

use super::args::Fig5Args;
use super::execute::execute;
use super::results_folder::results_folder;
use super::suite::{Suite, chosen_methods, seeds, sorted_budgets};
use crate::tasks::out_of_distribution::SUFFIX;
use crate::tasks::{Mixtures, fitted, transfer};
use methods::MethodEntry;

/// What `--smoke` uses.
const SMOKE_TASKS: &[&str] = &["gsm8k", "truthfulqa_gen"];
const SMOKE_OUT_OF_DISTRIBUTION: &[&str] = &["gsm8k", "mmlu"];
const SMOKE_SEEDS: u64 = 2;
const SMOKE_FULL_RUNS: [u64; 2] = [10, 6];

/// Runs methods of a table on emulated tasks.
///
/// # Errors
/// A mistake in the arguments, or cells that failed.
pub fn run(
    name: &'static str,
    table: &'static [MethodEntry],
    default_tasks: &[&str],
    first_seed: u64,
    mut args: Fig5Args,
) -> anyhow::Result<()> {
    if args.run.smoke {
        args.run.seeds = SMOKE_SEEDS;
        args.full_runs = SMOKE_FULL_RUNS.to_vec();
    }
    if args.tasks.names.is_empty() && args.tasks.emulator.is_empty() && args.source.is_none() {
        let names = match (args.run.smoke, args.out_of_distribution) {
            (true, true) => SMOKE_OUT_OF_DISTRIBUTION,
            (true, false) => SMOKE_TASKS,
            (false, _) => default_tasks,
        };
        args.tasks.names = names.iter().map(|&t| t.to_owned()).collect();
    }
    let (mixtures, folder) = match args.out_of_distribution {
        true => (Mixtures::WithoutOwn, format!("{name}{SUFFIX}")),
        false => (Mixtures::Any, name.to_owned()),
    };
    let tasks = match &args.source {
        Some(source) => vec![fitted(source)?],
        None => args.tasks.read(mixtures)?,
    };
    let (tasks, folder, notes) = match args.source_studies() {
        [] => (tasks, folder, serde_json::Value::Null),
        studies => {
            let notes = serde_json::json!({ "transfer": studies });
            (transfer::with_priors(tasks, studies)?, format!("{folder}{}", transfer::SUFFIX), notes)
        }
    };
    let suite = Suite {
        name,
        tasks,
        methods: chosen_methods(table, &args.run.methods)?,
        budgets: sorted_budgets(&args.full_runs),
        early: Steps(args.tasks.early),
        seeds: seeds(&args.run, first_seed)?,
        out: results_folder(&args.run, &folder),
        compares: name == "fig5",
        notes,
    };
    execute(suite, &args.run)
}
