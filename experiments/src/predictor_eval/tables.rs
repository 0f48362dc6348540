use std::path::{Path, PathBuf};

use jobs_core::{RunTable, Steps, Target};
use predictor::evaluate::Recorded;

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

/// Reads the tables in these folders. A folder without `space.toml` stands for the tables in its own folders.
pub(crate) fn read(folders: &[PathBuf], target: Target, search: &str) -> anyhow::Result<Vec<Table>> {
    let mut found = vec![];
    for folder in folders {
        let inside = if folder.join("space.toml").is_file() { vec![] } else { tables_in(folder) };
        if inside.is_empty() { found.push(folder.clone()) } else { found.extend(inside) }
    }
    let names = names(&found);
    let table = |(folder, name): (PathBuf, String)| {
        let table = RunTable::read(&folder).map_err(user)?;
        let recorded = Recorded::from_table(&table, target, search);
        let (full_steps, rows, notes) = (table.full_steps, table.runs.len(), table.note_names);
        Ok(Table { name, folder, full_steps, recorded, rows, notes })
    };
    found.into_iter().zip(names).map(table).collect()
}

/// The folders in `folder` that hold a table, by name.
fn tables_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.join("space.toml").is_file()).collect();
    all.sort();
    all
}

/// Last parts of the paths, two where one would not tell them apart.
fn names(folders: &[PathBuf]) -> Vec<String> {
    let last = |folder: &PathBuf, parts: usize| {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let all: Vec<String> = whole.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    let short: Vec<String> = folders.iter().map(|f| last(f, 1)).collect();
    let twice = |name: &String| short.iter().filter(|n| *n == name).count() > 1;
    folders.iter().zip(&short).map(|(f, name)| if twice(name) { last(f, 2) } else { name.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_apart() {
        let paths: Vec<PathBuf> = ["/a/loss/x", "/a/other/x", "/a/loss/y"].map(PathBuf::from).to_vec();
        assert_eq!(names(&paths), ["loss/x", "other/x", "y"]);
    }
}
