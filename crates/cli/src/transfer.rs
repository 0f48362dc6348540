//! What earlier studies teach this one. They are read once, when the study begins, and kept beside its journal: the study goes on the
//! same whatever becomes of them.

use std::path::{Path, PathBuf};

use anyhow::Context;
use jobs::Transfer;
use jobs_core::RunTable;
use methods::transfer::{Source, prior};

use crate::failure::Kind;
use crate::history::read_history;
use crate::loaded_study::{Direction, LoadedStudy};
use crate::run_table::run_table;

/// An earlier study: where the study file says it is, and its runs, lower values being better.
pub struct SourceStudy {
    /// As written in the study file.
    pub path: String,
    /// Its runs.
    pub table: RunTable,
}

/// The studies that `transfer.studies` names: as they were kept when the study began, or as they are now where it has not.
pub fn earlier(loaded: &LoadedStudy) -> anyhow::Result<Vec<SourceStudy>> {
    let named = loaded.file.transfer.studies.iter();
    if loaded.journal()?.exists() {
        let kept = named.enumerate().map(|(i, path)| {
            let folder = kept_in(loaded, i)?;
            let hint = "it was kept when the study began and is needed to go on";
            let table = RunTable::read(&folder).map_err(|e| Kind::Disk.says(format_args!("{e}; {hint}")))?;
            Ok(SourceStudy { path: path.display().to_string(), table })
        });
        return kept.collect();
    }
    named.map(|path| Ok(SourceStudy { path: path.display().to_string(), table: read(loaded, path)? })).collect()
}

/// What they teach.
pub fn transferred(loaded: &LoadedStudy, earlier: &[SourceStudy]) -> anyhow::Result<Transfer> {
    let studies: Vec<Source<'_>> = earlier.iter().map(|e| Source { name: &e.path, table: &e.table }).collect();
    let problem = &loaded.problem;
    prior(&problem.space, &studies, problem.target)
        .map_err(|e| loaded.complaint("transfer", "studies", &format!("cannot be used: {e}")))
}

/// Keeps them beside the journal. To be called before there is a journal: one that is there says that this is done.
pub fn keep(loaded: &LoadedStudy, earlier: &[SourceStudy]) -> anyhow::Result<()> {
    for (i, study) in earlier.iter().enumerate() {
        study.table.write(&kept_in(loaded, i)?).map_err(|e| Kind::Disk.says(e))?;
    }
    Ok(())
}

/// Folder of a kept table. Studies of earlier versions keep theirs in `experience`.
fn kept_in(loaded: &LoadedStudy, index: usize) -> anyhow::Result<PathBuf> {
    let (runs, number) = (loaded.runs()?, (index + 1).to_string());
    let old = runs.join("experience");
    let folder = if old.is_dir() { old } else { runs.join("transfer") };
    Ok(folder.join(number))
}

/// A study file, the folder of one, or the folder of a run table.
fn read(loaded: &LoadedStudy, path: &Path) -> anyhow::Result<RunTable> {
    let wrong = |problem: &dyn std::fmt::Display| loaded.complaint("transfer", "studies", &problem.to_string());
    let there = loaded.directory()?.join(path);
    let shown = path.display();
    if there.join("space.toml").is_file() {
        let table =
            RunTable::read(&there).map_err(|e| wrong(&format_args!("names {shown}, which cannot be read: {e}")))?;
        return Ok(turned(table, loaded.direction));
    }
    let file = if there.is_dir() { there.join("study.toml") } else { there };
    if !file.is_file() {
        return Err(wrong(&format_args!(
            "names {shown}, expected a study file, the folder of a study.toml, or a run table as `jobs export` writes it"
        )));
    }
    let other = LoadedStudy::read(&file)?;
    let history = read_history(&other).with_context(|| format!("the earlier study {shown}"))?;
    Ok(turned(run_table(&other, &history), other.direction))
}

/// The table with lower values the better ones.
fn turned(mut table: RunTable, direction: Direction) -> RunTable {
    table.runs.iter_mut().for_each(|run| run.curve = direction.turn_curve(&run.curve));
    table
}
