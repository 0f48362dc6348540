//! fig6: what N and B_small do: final regret of JoBS against the length of its early runs and the full runs it learns from first.

use jobs_core::Steps;
use plot::style::{LABEL_SIZE, method_style, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};
use serde::Serialize;
use std::collections::BTreeSet;

use crate::ablation::ABLATIONS;
use crate::ablation::TUNING_TASKS;
use crate::comparison::cell::Cell;
use crate::comparison::progress::Progress;
use crate::comparison::run::run_cells;
use crate::comparison::stats::{mean, standard_error};
use crate::comparison::store::CellStore;
use crate::comparison::suite::{chosen_methods, manifest_entry};
use crate::figures::{FigureArgs, finish};
use crate::tasks::{Task, tasks};
use manifest::ManifestBuilder;
use methods::MethodEntry;

/// Steps of an early run.
const EARLY: [u64; 5] = [25, 50, 100, 200, 400];
/// Rows of the ablation that learn from N full runs first.
const LEARN: [(&str, u64); 5] = [("jobs", 0), ("learn-3", 3), ("learn-5", 5), ("learn-10", 10), ("learn-20", 20)];
/// The budget, in full runs.
const FULL_RUNS: u64 = 20;

#[derive(Serialize)]
struct Row {
    task: String,
    varied: &'static str,
    value: u64,
    full_runs: u64,
    seeds: usize,
    mean_regret: f64,
    se_regret: Option<f64>,
}

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

fn row(task: &str, varied: &'static str, value: u64, full_runs: u64, of: &[f64]) -> Row {
    let (mean_regret, se_regret) = (mean(of).unwrap_or(f64::NAN), standard_error(of));
    Row { task: task.to_owned(), varied, value, full_runs, seeds: of.len(), mean_regret, se_regret }
}

/// Final regrets by task and method; gives back the commits that computed them.
#[expect(clippy::too_many_arguments, reason = "one call, two variants")]
fn regrets(
    tasks: &[Task],
    methods: &[&'static MethodEntry],
    full_runs: u64,
    early: u64,
    seeds: u64,
    store: &CellStore,
    workers: Option<usize>,
    mut take: impl FnMut(&str, &str, Vec<f64>),
) -> anyhow::Result<BTreeSet<String>> {
    let mut cells = vec![];
    for task in tasks {
        for &method in methods {
            let cell = |seed| Cell { task, full_runs, early: Steps(early), method, seed };
            cells.extend((1000..1000 + seeds).map(cell));
        }
    }
    let todo: Vec<Cell<'_>> = cells.iter().filter(|c| store.get(c).is_none()).copied().collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = workers.unwrap_or(cores).clamp(1, todo.len().max(1));
    let progress = Progress::new(todo.len(), workers);
    let failures = run_cells(todo, store, workers, &progress);
    progress.finish();
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("; "));
    for task in tasks {
        for method in methods {
            let own = cells.iter().filter(|c| c.task.name == task.name && c.method.name == method.name);
            let finals = own.filter_map(|c| store.get(c)?.last().map(|r| r.oracle - task.optimum)).collect();
            take(&task.name, method.name, finals);
        }
    }
    Ok(cells.iter().flat_map(|c| store.commits(c)).collect())
}

fn picture(rows: &[Row], tasks: &[String]) -> Svg {
    let grid = PanelGrid {
        rows: 1,
        columns: 2,
        panel: (340.0, 240.0),
        gap: (80.0, 0.0),
        sides: (76.0, 16.0),
        ends: (36.0, 92.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    let high = rows.iter().map(|r| r.mean_regret + r.se_regret.unwrap_or(0.0)).fold(0.0, f64::max) * 1.08;
    let styles = ["jobs", "bo-logei", "mf-ucb"];
    for (i, varied) in ["steps of an early run", "full runs first"].into_iter().enumerate() {
        let mut values: Vec<u64> = rows.iter().filter(|r| r.varied == varied).map(|r| r.value).collect();
        values.sort_unstable();
        values.dedup();
        let labels: Vec<String> = values.iter().map(u64::to_string).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let panel = Panel { frame: grid.frame(0, i), x: Axis::names(&labels), y: Axis::linear(0.0, high, 4) };
        panel.grid(&mut svg);
        for (task, like) in tasks.iter().zip(styles) {
            let style = method_style(like);
            let own: Vec<&Row> = rows.iter().filter(|r| r.varied == varied && r.task == *task).collect();
            let at = |r: &Row| values.iter().position(|v| *v == r.value).unwrap_or(0) as f64;
            let points: Vec<(f64, f64)> = own.iter().map(|r| (at(r), r.mean_regret)).collect();
            for r in &own {
                let se = r.se_regret.unwrap_or(0.0);
                let ends = [(at(r), r.mean_regret - se), (at(r), r.mean_regret + se)];
                marks::line(&mut svg, &panel, &ends, Stroke::solid(style.colour, 1.2));
            }
            let stroke = Stroke { colour: style.colour, width: 2.0, dash: style.dash };
            marks::line(&mut svg, &panel, &points, stroke);
            marks::scatter(&mut svg, &panel, &points, style.marker, 4.0, style.colour);
        }
        panel.axes(&mut svg);
        panel.title(&mut svg, varied);
    }
    let middle = grid.inner().y + grid.inner().height / 2.0;
    svg.text((22.0, middle), "final regret", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    let entry = |(task, like): (&String, &str)| {
        let style = method_style(like);
        let stroke = Stroke { colour: style.colour, width: 2.0, dash: style.dash };
        Entry { key: Key::Line(stroke, Some(style.marker)), text: task_label(task).to_owned() }
    };
    Legend::new(tasks.iter().zip(styles).map(entry).collect(), width - 20.0).draw(&mut svg, (10.0, height - 40.0));
    svg
}
