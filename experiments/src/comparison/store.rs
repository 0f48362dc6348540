//! Finished cells as files, so that an interrupted comparison resumes.

use std::path::PathBuf;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::cell::{Cell, CellRow};
use crate::files::write_atomic;

/// Finished cells as files: `cells/<task>-<C>-<method>-<seed>.json`. A file is valid only while the hash of everything that the cell
/// depends on is unchanged.
pub struct CellStore {
    folder: PathBuf,
    /// The commit that computes cells now.
    commit: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    hash: String,
    /// The commits that computed them.
    #[serde(default = "unknown")]
    commits: Vec<String>,
    rows: Vec<CellRow>,
}

/// For cells stored before commits were recorded.
fn unknown() -> Vec<String> {
    vec!["unknown".into()]
}

impl CellStore {
    /// A store in `folder`, created if absent, for cells that this commit computes.
    pub fn open(folder: PathBuf, commit: String) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        Ok(Self { folder, commit })
    }

    /// The rows of a finished cell; `None` if it has to be computed.
    pub fn get(&self, cell: &Cell<'_>) -> Option<Vec<CellRow>> {
        self.kept(cell).map(|kept| kept.rows)
    }

    /// The commits that computed a finished cell: one, or several for cells reused from an existing table.
    pub fn commits(&self, cell: &Cell<'_>) -> Vec<String> {
        self.kept(cell).map(|kept| kept.commits).unwrap_or_default()
    }

    /// Stores a finished cell.
    pub fn put(&self, cell: &Cell<'_>, rows: &[CellRow]) -> anyhow::Result<()> {
        self.take_over(cell, rows, std::slice::from_ref(&self.commit))
    }

    /// Stores a cell that these commits computed.
    pub fn take_over(&self, cell: &Cell<'_>, rows: &[CellRow], commits: &[String]) -> anyhow::Result<()> {
        let kept = Kept { hash: hash(cell), commits: commits.to_vec(), rows: rows.to_vec() };
        Ok(write_atomic(&self.path(cell), &serde_json::to_vec(&kept)?)?)
    }

    fn kept(&self, cell: &Cell<'_>) -> Option<Kept> {
        let text = std::fs::read(self.path(cell)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        (kept.hash == hash(cell) && !kept.rows.is_empty()).then_some(kept)
    }

    /// Deletes a cell, finished or not.
    pub fn forget(&self, cell: &Cell<'_>) -> anyhow::Result<()> {
        let path = self.path(cell);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e).with_context(|| path.display().to_string()),
            _ => Ok(()),
        }
    }

    fn path(&self, cell: &Cell<'_>) -> PathBuf {
        self.folder.join(format!("{}.json", cell.file_name()))
    }
}

/// Hash of everything the cell's rows depend on: the method's settings and the version of the algorithms behind them
/// ([`methods::MethodEntry::cache_key`]), the task, the budget, the early runs and the seed. Names are not part of it.
fn hash(cell: &Cell<'_>) -> String {
    let key = [
        cell.method.cache_key(),
        cell.task.hash.clone(),
        format!("{} full runs, early runs of {}, seed {}", cell.full_runs, cell.early, cell.seed),
    ];
    format!("{:x}", Sha256::digest(key.join("\n").as_bytes()))
}
