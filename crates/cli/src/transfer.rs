//! The transferred prior of a study. The tables of earlier studies are copied when the study starts, so that it does not depend on
//! the originals later.

use std::path::Path;

use anyhow::Context;
use jobs::Transfer;
use jobs_core::RunTable;
use methods::transfer::{Source, prior};

use crate::dependencies::kept_in;
use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::{Direction, LoadedStudy};
use crate::run_table::run_table;

/// An earlier study.
pub struct SourceStudy {
    /// As written in the study file.
    pub path: String,
    /// Its runs, with values as losses.
    pub table: RunTable,
}

/// The studies in `transfer.studies`: the copies if the study has started, otherwise the originals.
pub fn sources(loaded: &LoadedStudy) -> anyhow::Result<Vec<SourceStudy>> {
    let named = loaded.file.transfer.studies.iter();
    if loaded.journal()?.exists() {
        let kept = named.enumerate().map(|(i, path)| {
            let folder = kept_in(&loaded.runs()?, i);
            let hint = "the study copied this table when it started, and needs it to continue";
            let table = RunTable::read(&folder).map_err(|e| Kind::Disk.error(format_args!("{e}; {hint}")))?;
            Ok(SourceStudy { path: path.display().to_string(), table })
        });
        return kept.collect();
    }
    named.map(|path| Ok(SourceStudy { path: path.display().to_string(), table: read(loaded, path)? })).collect()
}

/// The transferred prior.
pub fn transferred(loaded: &LoadedStudy, sources: &[SourceStudy]) -> anyhow::Result<Transfer> {
    let studies: Vec<Source<'_>> = sources.iter().map(|e| Source { name: &e.path, table: &e.table }).collect();
    let problem = &loaded.problem;
    prior(&problem.space, &studies, problem.target)
        .map_err(|e| loaded.complaint("transfer", "studies", &format!("cannot be used: {e}")))
}

/// Copies the tables next to the journal. Must be called before the journal is created: a journal implies complete copies.
pub fn keep(loaded: &LoadedStudy, sources: &[SourceStudy]) -> anyhow::Result<()> {
    for (i, study) in sources.iter().enumerate() {
        study.table.write(&kept_in(&loaded.runs()?, i)).map_err(|e| Kind::Disk.error(e))?;
    }
    Ok(())
}

/// Reads a study file, its folder, or a run table.
fn read(loaded: &LoadedStudy, path: &Path) -> anyhow::Result<RunTable> {
    let invalid = |problem: &dyn std::fmt::Display| loaded.complaint("transfer", "studies", &problem.to_string());
    let location = loaded.directory()?.join(path);
    let shown = path.display();
    if location.join("space.toml").is_file() {
        let table = RunTable::read(&location)
            .map_err(|e| invalid(&format_args!("contains {shown}, which cannot be read: {e}")))?;
        return Ok(as_losses(table, loaded.direction));
    }
    let file = if location.is_dir() { location.join("study.toml") } else { location };
    if !file.is_file() {
        return Err(invalid(&format_args!(
            "contains {shown}, expected a study file, the folder of a study.toml, or a run table written by `jobs export`"
        )));
    }
    let other = LoadedStudy::read(&file)?;
    let history = read_history(&other).with_context(|| format!("the earlier study {shown}"))?;
    Ok(as_losses(run_table(&other, &history), other.direction))
}

/// The table with values as losses.
fn as_losses(mut table: RunTable, direction: Direction) -> RunTable {
    table.runs.iter_mut().for_each(|run| run.curve = direction.turn_curve(&run.curve));
    table
}
