//! Suites: methods x tasks x budgets x seeds at equal budgets. fig5 compares methods, `ablation` the parts of one, `replay`
//! methods on recorded runs.

use std::ops::Range;
use std::path::{Path, PathBuf};

use jobs_core::Steps;

use crate::comparison::args::RunArgs;
use crate::comparison::cell::Cell;
use crate::comparison::output;
use crate::comparison::previous::Previous;
use crate::comparison::progress::Progress;
use crate::comparison::row::ComparisonRow;
use crate::comparison::run::run_cells;
use crate::comparison::store::CellStore;
use crate::nearest::unknown;
use crate::tasks::Task;
use crate::user_error::user;
use manifest::ManifestBuilder;
use methods::MethodEntry;

/// Methods that run only where they are named: ten to a hundred times the time of all others.
const SLOW: &[&str] = &["mf-kg"];

/// What a suite runs, and where its results go.
pub struct Suite {
    /// Its name: that of its folder and of its CSV file.
    pub name: &'static str,
    /// What is trained.
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
    /// Whether its methods are rivals: they are drawn as fig5's are, and it is said where jobs stands among them.
    pub compares: bool,
    /// What else the manifest should say.
    pub notes: serde_json::Value,
}

impl Suite {
    /// Runs every cell that is not kept, writes tables, pictures and the manifest, and prints the summary.
    pub fn execute(mut self, args: &RunArgs) -> anyhow::Result<()> {
        self.leave_out_inapplicable(!args.methods.is_empty())?;
        let cells = self.cells();
        writable(&self.out)?;
        let mut manifest = ManifestBuilder::start(&self.settings());
        let store = CellStore::open(self.out.join("cells"), manifest.commit())?;
        if args.extend {
            manifest.extends(self.take_over(&cells, &store)?);
        }
        if args.fresh {
            cells.iter().try_for_each(|c| store.forget(c))?;
        }
        let todo: Vec<Cell<'_>> = cells.iter().filter(|c| store.get(c).is_none()).copied().collect();
        cells.iter().flat_map(|c| store.commits(c)).for_each(|commit| manifest.kept(commit));
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
            rows.extend(found.into_iter().map(|r| ComparisonRow {
                task: cell.task.name.clone(),
                full_runs: cell.full_runs,
                method: cell.method.name.to_owned(),
                seed: cell.seed,
                steps: r.steps,
                oracle: r.oracle,
                inference: r.inference,
            }));
        }
        output::write(&self, &rows, failures.len(), manifest)?;
        if failures.is_empty() {
            return Ok(());
        }
        let (n, all) = (failures.len(), cells.len());
        anyhow::bail!("{n} of {all} cells failed and are left out:\n  {}", failures.join("\n  "))
    }

    /// Keeps the cells of the folder's own table that are not kept; gives back its manifest.
    fn take_over(&self, cells: &[Cell<'_>], store: &CellStore) -> anyhow::Result<serde_json::Value> {
        let earlier = Previous::read(&self.out, &format!("{}.csv", self.name))?;
        for cell in cells.iter().filter(|c| store.get(c).is_none()) {
            if let Some(rows) = earlier.get(cell) {
                store.take_over(cell, rows, earlier.commits())?;
            }
        }
        Ok(earlier.into_manifest())
    }

    /// The dearest cells first, so that the last worker does not wait long.
    fn cells(&self) -> Vec<Cell<'_>> {
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

    /// Builds every method for every task and budget once before anything runs. Methods that say they do not fit a task (no early
    /// runs, a list of candidates) are left out, aloud; an error where they were asked for by name.
    fn leave_out_inapplicable(&mut self, by_name: bool) -> anyhow::Result<()> {
        let mut out = vec![];
        for cell in self.cells().into_iter().filter(|c| c.seed == self.seeds.start) {
            let (full_runs, early) = (cell.full_runs, cell.early);
            cell.problem().check().map_err(|e| user(format!("--full-runs {full_runs}, --early {early}: {e}")))?;
            match cell.method.make(&cell.problem()) {
                Ok(_) => {}
                Err(jobs::MethodError::NotApplicable(why)) if !by_name => {
                    if !out.contains(&cell.method.name) {
                        eprintln!("{} is left out: {why}", cell.method.name);
                        out.push(cell.method.name);
                    }
                }
                Err(e) => return Err(user(format!("{cell}: {e}"))),
            }
        }
        self.methods.retain(|m| !out.contains(&m.name));
        Ok(())
    }

    fn settings(&self) -> serde_json::Value {
        let tasks = self.tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash}));
        let methods = self.methods.iter().map(|m| serde_json::json!({"name": m.name, "settings": m.legacy_settings}));
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

/// The rows of a table of methods that were asked for; all where none was.
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

/// `results/NAME`, with --smoke `results/smoke/NAME`, unless --out says otherwise.
pub fn results_folder(args: &RunArgs, name: &str) -> PathBuf {
    let folder = if args.smoke { "results/smoke" } else { "results" };
    args.out.clone().unwrap_or_else(|| Path::new(folder).join(name))
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
