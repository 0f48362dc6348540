use std::path::PathBuf;

use jobs_core::{RunTable, Steps, Target};
use predictor::evaluate::Recorded;

use crate::tasks::run_tables::named;
use crate::user_error::user;

/// A run table ready to be evaluated on.
pub(crate) struct Table {
    /// Its folder's name, with the parent's where two tables would be called the same.
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) full_steps: Steps,
    pub(crate) recorded: Recorded,
    /// Runs in the table, with or without a value.
    pub(crate) rows: usize,
    pub(crate) notes: Vec<String>,
}

/// Reads the tables in these folders, or in their subfolders ([`named`]).
pub(crate) fn read(folders: &[PathBuf], target: Target, search: &str) -> anyhow::Result<Vec<Table>> {
    let table = |(folder, name): (PathBuf, String)| {
        let table = RunTable::read(&folder).map_err(user)?;
        let recorded = Recorded::from_table(&table, target, search);
        let (full_steps, rows, notes) = (table.full_steps, table.runs.len(), table.note_names);
        Ok(Table { name, folder, full_steps, recorded, rows, notes })
    };
    named(folders).into_iter().map(table).collect()
}
