//! Runs a suite: computes its missing cells, then writes tables, pictures and the manifest.

use std::path::PathBuf;

use manifest::ManifestBuilder;

use super::args::RunArgs;
use super::cell::Cell;
use super::output;
use super::previous::Previous;
use super::progress::Progress;
use super::results_folder::writable;
use super::row::ComparisonRow;
use super::run::run_cells;
use super::side_by_side::cores;
use super::store::CellStore;
use super::suite::Suite;
use crate::user_error::user;

/// Computes the cells without a stored result and gives back the rows of all, and what failed. Methods that do not apply are left out
/// of the suite.
///
/// # Errors
/// A mistake in the arguments, or a folder that cannot be written.
pub(crate) fn rows_of(
    suite: &mut Suite,
    args: &RunArgs,
    commit: &str,
) -> anyhow::Result<(Vec<ComparisonRow>, Vec<String>)> {
    leave_out_inapplicable(suite, false)?;
    writable(&suite.out)?;
    let store = CellStore::open(suite.out.join("cells"), commit.to_owned())?;
    let cells = suite.cells();
    if args.fresh {
        cells.iter().try_for_each(|c| store.forget(c))?;
    }
    let failures = compute(&cells, &store, args);
    Ok((cells.iter().flat_map(|cell| rows(cell, &store)).collect(), failures))
}

/// Runs every cell without a stored result, writes tables, pictures and the manifest, and prints the summary.
///
/// # Errors
/// A mistake in the arguments, a folder that cannot be written, or cells that failed.
pub fn execute(suite: Suite, args: &RunArgs) -> anyhow::Result<()> {
    execute_with(suite, args, |_, _| Ok(vec![]))
}

/// [`execute`], with further files that `more` makes of the rows; the manifest lists them.
///
/// # Errors
/// Those of [`execute`] and of `more`.
pub(crate) fn execute_with(
    mut suite: Suite,
    args: &RunArgs,
    more: impl FnOnce(&Suite, &[ComparisonRow]) -> anyhow::Result<Vec<PathBuf>>,
) -> anyhow::Result<()> {
    leave_out_inapplicable(&mut suite, !args.methods.is_empty())?;
    let cells = suite.cells();
    writable(&suite.out)?;
    let mut manifest = ManifestBuilder::start(&suite.settings());
    let store = CellStore::open(suite.out.join("cells"), manifest.commit())?;
    if args.extend {
        manifest.extends(take_over(&suite, &cells, &store)?);
    }
    if args.fresh {
        cells.iter().try_for_each(|c| store.forget(c))?;
    }
    cells.iter().flat_map(|c| store.commits(c)).for_each(|commit| manifest.kept(commit));
    let failures = compute(&cells, &store, args);
    let rows: Vec<ComparisonRow> = cells.iter().flat_map(|cell| rows(cell, &store)).collect();
    let files = more(&suite, &rows)?;
    files.iter().try_for_each(|file| manifest.file(file))?;
    output::write(&suite, &rows, failures.len(), manifest)?;
    if failures.is_empty() {
        return Ok(());
    }
    let (n, all) = (failures.len(), cells.len());
    anyhow::bail!("{n} of {all} cells failed and are missing from the results:\n  {}", failures.join("\n  "))
}

/// Computes the cells that are not stored; gives back what failed.
fn compute(cells: &[Cell<'_>], store: &CellStore, args: &RunArgs) -> Vec<String> {
    let missing: Vec<Cell<'_>> = cells.iter().filter(|c| store.get(c).is_none()).copied().collect();
    let workers = args.workers.unwrap_or_else(cores).clamp(1, missing.len().max(1));
    let finished = cells.len() - missing.len();
    if finished > 0 {
        eprintln!("{finished} of {} cells are already finished and are reused (--fresh recomputes them)", cells.len());
    }
    let progress = Progress::new(missing.len(), workers);
    let failures = run_cells(missing, store, workers, &progress);
    progress.finish();
    failures
}

fn rows(cell: &Cell<'_>, store: &CellStore) -> Vec<ComparisonRow> {
    let row = |r: super::cell::CellRow| ComparisonRow {
        task: cell.task.name.clone(),
        full_runs: cell.full_runs,
        method: cell.method.name.to_owned(),
        seed: cell.seed,
        steps: r.steps,
        oracle: r.oracle,
        inference: r.inference,
    };
    store.get(cell).unwrap_or_default().into_iter().map(row).collect()
}

/// Stores the cells that the folder's own table holds; gives back that table's manifest.
fn take_over(suite: &Suite, cells: &[Cell<'_>], store: &CellStore) -> anyhow::Result<serde_json::Value> {
    let previous = Previous::read(&suite.out, &format!("{}.csv", suite.name))?;
    for cell in cells.iter().filter(|c| store.get(c).is_none()) {
        if let Some(rows) = previous.get(cell) {
            store.take_over(cell, rows, previous.commits())?;
        }
    }
    Ok(previous.into_manifest())
}

/// Builds every method for every task and budget once before anything runs. Methods that do not apply to a task (no early runs, a
/// list of candidates) are skipped with a warning; it is an error if they were requested by name.
fn leave_out_inapplicable(suite: &mut Suite, by_name: bool) -> anyhow::Result<()> {
    let mut out = vec![];
    for cell in suite.cells().into_iter().filter(|c| c.seed == suite.seeds.start) {
        let (full_runs, early) = (cell.full_runs, cell.early);
        cell.problem().check().map_err(|e| user(format!("--full-runs {full_runs}, --early {early}: {e}")))?;
        match cell.method.make(&cell.problem()) {
            Ok(_) => {}
            Err(jobs::MethodError::NotApplicable(why)) if !by_name => {
                if !out.contains(&cell.method.name) {
                    eprintln!("warning: skipping {}: {why}", cell.method.name);
                    out.push(cell.method.name);
                }
            }
            Err(e) => return Err(user(format!("{cell}: {e}"))),
        }
    }
    suite.methods.retain(|m| !out.contains(&m.name));
    Ok(())
}
