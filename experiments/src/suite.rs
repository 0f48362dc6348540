//! Suites: methods x tasks x budgets x seeds at equal budgets. fig5 compares methods, `ablation` the parts of one.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use anyhow::Context;
use jobs_core::Steps;

use crate::cli::Fig5Args;
use crate::files::write_atomic;
use crate::manifest::ManifestBuilder;
use crate::methods::{ABLATIONS, METHODS, MethodEntry, learning_runs};
use crate::nearest::unknown;
use crate::plot::{Fig5Meta, Fig5Row};
use crate::progress::Progress;
use crate::runner::{Cell, CellStore, run_cells};
use crate::sources::{Task, tasks};
use crate::user_error::user;
use crate::{plot, summary};

/// Everything small: what `--smoke` replaces.
const SMOKE_TASKS: [&str; 2] = ["gsm8k", "truthfulqa_gen"];
const SMOKE_SEEDS: u64 = 2;
const SMOKE_FULL_RUNS: [u64; 2] = [10, 6];

/// A table of methods to run, and where.
struct Suite {
    name: &'static str,
    methods: &'static [MethodEntry],
    tasks: &'static [&'static str],
    first_seed: u64,
    figure: bool,
}

/// The comparison of methods on all tasks.
const FIG5: Suite = Suite { name: "fig5", methods: METHODS, tasks: &[], first_seed: 0, figure: true };
/// The tasks everything here is tuned on; the other three are only looked at in fig5.
pub const TUNING_TASKS: &[&str] = &["gsm8k", "triviaqa", "mmlu"];
/// The ablation, on the tuning tasks and on seeds that fig5 never uses.
const ABLATION: Suite =
    Suite { name: "ablation", methods: ABLATIONS, tasks: TUNING_TASKS, first_seed: 1000, figure: false };

/// Runs fig5.
pub fn run(args: Fig5Args) -> anyhow::Result<()> {
    run_suite(&FIG5, args)
}

/// Runs the ablation.
pub fn run_ablation(args: Fig5Args) -> anyhow::Result<()> {
    run_suite(&ABLATION, args)
}

fn run_suite(suite: &Suite, mut args: Fig5Args) -> anyhow::Result<()> {
    if args.smoke {
        args.seeds = SMOKE_SEEDS;
        args.full_runs = SMOKE_FULL_RUNS.to_vec();
    }
    if args.tasks.is_empty() && args.emulator.is_empty() {
        let tasks = if args.smoke { &SMOKE_TASKS[..] } else { suite.tasks };
        args.tasks = tasks.iter().map(|&t| t.to_owned()).collect();
    }
    let folder = if args.smoke { "results/smoke" } else { "results" };
    let out = args.out.clone().unwrap_or_else(|| Path::new(folder).join(suite.name));
    if args.seeds == 0 {
        return Err(user("--seeds is 0, expected at least 1"));
    }
    let tasks = tasks(&args.tasks, &args.emulator)?;
    let methods = chosen_methods(suite.methods, &args.methods)?;
    let mut budgets = args.full_runs.clone();
    budgets.sort_unstable_by(|a, b| b.cmp(a));
    budgets.dedup();
    let cells = all_cells(&tasks, &methods, &budgets, Steps(args.early), seeds(suite, &args));
    for cell in &cells {
        // every method and budget is built once before anything runs
        cell.problem()
            .check()
            .map_err(|e| user(format!("--full-runs {}, --early {}: {e}", cell.full_runs, args.early)))?;
        if cell.seed == suite.first_seed {
            cell.method.make(&cell.problem()).map_err(|e| user(format!("{cell}: {e}")))?;
        }
    }
    writable(&out)?;
    let manifest = ManifestBuilder::start(&settings(suite, &args, &tasks, &methods, &budgets));

    let store = CellStore::open(out.join("cells"))?;
    if args.fresh {
        cells.iter().try_for_each(|c| store.forget(c))?;
    }
    let todo: Vec<Cell<'_>> = cells.iter().filter(|c| store.get(c).is_none()).copied().collect();
    let workers = args.workers.unwrap_or_else(cores).clamp(1, todo.len().max(1));
    let kept = cells.len() - todo.len();
    if kept > 0 {
        eprintln!("{kept} of {} cells were finished before and are kept (--fresh computes them anew)", cells.len());
    }
    let progress = Progress::new(todo.len(), workers);
    let failures = run_cells(todo, &store, workers, &progress);
    progress.finish();

    let mut rows = vec![];
    for cell in &cells {
        let found = store.get(cell).unwrap_or_default();
        rows.extend(found.into_iter().map(|r| Fig5Row {
            task: cell.task.name.clone(),
            full_runs: cell.full_runs,
            method: cell.method.name.to_owned(),
            seed: cell.seed,
            steps: r.steps,
            oracle: r.oracle,
            inference: r.inference,
        }));
    }
    report(suite, &out, &rows, &tasks, &methods, &args, manifest)?;
    if failures.is_empty() {
        return Ok(());
    }
    anyhow::bail!("{} of {} cells failed and are left out:\n  {}", failures.len(), cells.len(), failures.join("\n  "))
}

/// The dearest cells first, so that the last worker does not wait long.
fn all_cells<'a>(
    tasks: &'a [Task],
    methods: &[&'static MethodEntry],
    budgets: &[u64],
    early: Steps,
    seeds: Range<u64>,
) -> Vec<Cell<'a>> {
    let mut cells = vec![];
    for &full_runs in budgets {
        for &method in methods {
            for task in tasks {
                cells.extend(seeds.clone().map(|seed| Cell { task, full_runs, early, method, seed }));
            }
        }
    }
    cells
}

fn seeds(suite: &Suite, args: &Fig5Args) -> Range<u64> {
    suite.first_seed..suite.first_seed.saturating_add(args.seeds)
}

fn chosen_methods(table: &'static [MethodEntry], names: &[String]) -> anyhow::Result<Vec<&'static MethodEntry>> {
    let known: Vec<&str> = table.iter().map(|m| m.name).collect();
    if let Some(name) = names.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(user(unknown("method", name, &known)));
    }
    Ok(table.iter().filter(|m| names.is_empty() || names.iter().any(|n| n == m.name)).collect())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Makes the folder and tries it before anything is computed.
fn writable(out: &Path) -> anyhow::Result<()> {
    let probe = out.join(".probe");
    let tried = std::fs::create_dir_all(out)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|e| user(format!("cannot write to the results folder {}: {e}", out.display())))
}

fn settings(
    suite: &Suite,
    args: &Fig5Args,
    tasks: &[Task],
    methods: &[&'static MethodEntry],
    budgets: &[u64],
) -> serde_json::Value {
    serde_json::json!({
        "experiment": suite.name,
        "seeds": seeds(suite, args).collect::<Vec<_>>(),
        "full_runs": budgets,
        "early": args.early,
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "emulator_sha256": t.hash})).collect::<Vec<_>>(),
        "methods": methods.iter().map(|m| serde_json::json!({"name": m.name, "settings": m.settings})).collect::<Vec<_>>(),
    })
}

/// Tables, figure, manifest, and the table on the terminal.
fn report(
    suite: &Suite,
    out: &Path,
    rows: &[Fig5Row],
    tasks: &[Task],
    methods: &[&'static MethodEntry],
    args: &Fig5Args,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(vec![]);
    for row in rows {
        csv.serialize(row)?;
    }
    let table = format!("{}.csv", suite.name);
    write_atomic(&out.join(&table), &csv.into_inner().context("the table of results")?)?;
    let mut files = vec![table, "summary.csv".to_owned()];
    let optima: BTreeMap<String, f64> = tasks.iter().map(|t| (t.name.clone(), t.optimum)).collect();
    let summary = summary::summarise(rows, &optima);
    summary::write_csv(&out.join("summary.csv"), &summary)?;
    if suite.figure {
        let meta = Fig5Meta {
            tasks: tasks.iter().map(|t| t.name.clone()).collect(),
            methods: methods.iter().map(|m| m.name.to_owned()).collect(),
            optima,
            full_steps: tasks.first().map_or(0, |t| t.trainer.full_steps().0),
            learning: learning(tasks, methods, args),
        };
        plot::fig5(rows, &meta, out)?;
        plot::fig5_regret(rows, &meta, out)?;
        files.extend(["fig5.svg", "fig5.png", "fig5-regret.svg", "fig5-regret.png"].map(String::from));
    }
    for name in files {
        manifest.file(&out.join(name))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", summary::table(&summary))?;
    writeln!(stdout, "Results are in {}", out.display())?;
    Ok(())
}

/// Steps of JoBS's learning phase by budget, for the shading; empty where it is not among the methods.
fn learning(tasks: &[Task], methods: &[&'static MethodEntry], args: &Fig5Args) -> BTreeMap<u64, u64> {
    let (Some(task), Some(method)) = (tasks.first(), methods.iter().find(|m| m.name == "jobs")) else {
        return BTreeMap::new();
    };
    let steps = |&full_runs: &u64| {
        let cell = Cell { task, full_runs, early: Steps(args.early), method, seed: 0 };
        (full_runs, learning_runs(&cell.problem()) * task.trainer.full_steps().0)
    };
    args.full_runs.iter().map(steps).collect()
}
