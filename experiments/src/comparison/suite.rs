//! A suite: the methods, tasks, budgets and seeds of a comparison, at equal budgets.

use std::ops::Range;
use std::path::PathBuf;

use jobs_core::Steps;
use methods::{ALGORITHM_VERSION, METHODS, MethodEntry};

use super::args::RunArgs;
use super::cell::Cell;
use crate::ablation::ABLATIONS;
use crate::nearest::unknown;
use crate::tasks::Task;
use crate::user_error::user;

/// Methods that run only if named: they take ten to a hundred times as long as the others.
const SLOW: &[&str] = &["mf-kg"];

/// What a comparison runs, and where its results go.
pub struct Suite {
    /// Name of the comparison and of its CSV file.
    pub name: &'static str,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The methods compared.
    pub methods: Vec<&'static MethodEntry>,
    /// Budgets in full runs, the largest first.
    pub budgets: Vec<u64>,
    /// Steps of an early run.
    pub early: Steps,
    /// Seeds.
    pub seeds: Range<u64>,
    /// The results folder.
    pub out: PathBuf,
    /// Whether its methods are rivals, with pictures and a win/tie/loss table of `jobs` against the others.
    pub compares: bool,
    /// Further entries of the manifest.
    pub notes: serde_json::Value,
}

impl Suite {
    /// Every cell, the most expensive first, so that no worker is left with a long cell at the end.
    pub fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = vec![];
        for &full_runs in &self.budgets {
            for &method in &self.methods {
                for task in &self.tasks {
                    let cell = |seed| Cell { task, full_runs, early: self.early, method, seed };
                    cells.extend(self.seeds.clone().map(cell));
                }
            }
        }
        cells
    }

    /// What the manifest records: with each method, its settings and the version of the algorithms behind them.
    pub fn settings(&self) -> serde_json::Value {
        let tasks = self.tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash}));
        let methods = self.methods.iter().map(|m| manifest_entry(m));
        serde_json::json!({
            "experiment": self.name,
            "seeds": self.seeds.clone().collect::<Vec<_>>(),
            "full_runs": self.budgets,
            "early": self.early,
            "tasks": tasks.collect::<Vec<_>>(),
            "methods": methods.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

/// A method as manifests record it.
pub fn manifest_entry(method: &MethodEntry) -> serde_json::Value {
    serde_json::json!({"name": method.name, "settings": method.settings_json(), "version": ALGORITHM_VERSION})
}

/// The methods with these names or former names; all but the slow ones if no name is given.
///
/// # Errors
/// An unknown name.
pub fn chosen_methods(table: &'static [MethodEntry], names: &[String]) -> anyhow::Result<Vec<&'static MethodEntry>> {
    let known: Vec<&str> = table.iter().map(|m| m.name).collect();
    if let Some(name) = names.iter().find(|n| !table.iter().any(|m| m.is_called(n))) {
        return Err(user(unknown("method", name, &known)));
    }
    let chosen = |m: &&MethodEntry| match names {
        [] => !SLOW.contains(&m.name),
        names => names.iter().any(|n| m.is_called(n)),
    };
    Ok(table.iter().filter(chosen).collect())
}

/// The same among all methods and, if named, the rows of the ablation.
///
/// # Errors
/// An unknown name.
pub fn chosen_with_ablations(names: &[String]) -> anyhow::Result<Vec<&'static MethodEntry>> {
    let (rows, methods): (Vec<String>, Vec<String>) =
        names.iter().cloned().partition(|n| ABLATIONS.iter().any(|m| m.is_called(n)) && methods::find(n).is_none());
    let mut chosen = if methods.is_empty() && !rows.is_empty() { vec![] } else { chosen_methods(METHODS, &methods)? };
    chosen.extend(ABLATIONS.iter().filter(|m| rows.iter().any(|n| m.is_called(n))));
    Ok(chosen)
}

/// Budgets, the largest first, each once.
pub fn sorted_budgets(full_runs: &[u64]) -> Vec<u64> {
    let mut budgets = full_runs.to_vec();
    budgets.sort_unstable_by(|a, b| b.cmp(a));
    budgets.dedup();
    budgets
}

/// The seeds of a suite, from `--first-seed` on or else from `default`.
pub fn seeds(args: &RunArgs, default: u64) -> anyhow::Result<Range<u64>> {
    let (first, count) = (args.first_seed.unwrap_or(default), args.seeds);
    if count == 0 {
        return Err(user("--seeds is 0, expected at least 1"));
    }
    let end = first.checked_add(count).ok_or_else(|| {
        user(format!("--first-seed {first} and --seeds {count} go beyond the largest seed, {}", u64::MAX))
    })?;
    Ok(first..end)
}
