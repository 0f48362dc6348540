//! Final regrets by task and method.

use crate::comparison::cell::Cell;
use crate::comparison::progress::Progress;
use crate::comparison::run::run_cells;
use crate::comparison::stats::{mean, standard_error};
use crate::comparison::store::CellStore;
use crate::tasks::Task;
use jobs_core::Steps;
use methods::MethodEntry;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) task: String,
    pub(super) varied: &'static str,
    pub(super) value: u64,
    pub(super) full_runs: u64,
    pub(super) seeds: usize,
    pub(super) mean_regret: f64,
    pub(super) se_regret: Option<f64>,
}

pub(super) fn row(task: &str, varied: &'static str, value: u64, full_runs: u64, of: &[f64]) -> Row {
    let (mean_regret, se_regret) = (mean(of).unwrap_or(f64::NAN), standard_error(of));
    Row { task: task.to_owned(), varied, value, full_runs, seeds: of.len(), mean_regret, se_regret }
}

/// Final regrets by task and method; gives back the commits that computed them.
#[expect(clippy::too_many_arguments, reason = "one call, two variants")]
pub(super) fn regrets(
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
