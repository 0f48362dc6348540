//! Where run tables are: folders with `space.toml`, `runs.csv` and `curves.csv`.

use std::path::{Path, PathBuf};

use crate::user_error::user;

/// The tables in these folders, each with a name that tells it from the others: its folder's, with as many parents' as that
/// takes. A folder without `space.toml` stands for the tables in its own folders, or for itself where there
/// are none.
pub(crate) fn named(folders: &[PathBuf]) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    for folder in folders {
        let inside = if folder.join("space.toml").is_file() { vec![] } else { tables_in(folder) };
        if inside.is_empty() { found.push(folder.clone()) } else { found.extend(inside) }
    }
    let names = names(&found);
    found.into_iter().zip(names).collect()
}

/// The folders in `folder` that hold a table, by name.
pub(crate) fn tables_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.join("space.toml").is_file()).collect();
    all.sort();
    all
}

/// The bytes of a table's three files, one after another: what a hash of it is of.
pub(crate) fn bytes(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![];
    for file in ["space.toml", "runs.csv", "curves.csv"] {
        let path = folder.join(file);
        bytes.extend(std::fs::read(&path).map_err(|e| user(format!("{}: {e}", path.display())))?);
    }
    Ok(bytes)
}

/// Last parts of the paths, as few as tell each from the others; two where nothing does, the folder being given twice.
fn names(folders: &[PathBuf]) -> Vec<String> {
    let parts = |folder: &PathBuf| -> Vec<String> {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        whole.iter().map(|p| p.to_string_lossy().into_owned()).collect()
    };
    let all: Vec<Vec<String>> = folders.iter().map(parts).collect();
    let last = |path: &[String], n: usize| path[path.len().saturating_sub(n)..].join("/");
    let name = |path: &Vec<String>| {
        let alone = |n: &usize| all.iter().filter(|other| last(other, *n) == last(path, *n)).count() == 1;
        last(path, (1..=path.len()).find(alone).unwrap_or(2))
    };
    all.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_named_apart() {
        let paths: Vec<PathBuf> = ["/a/loss/x", "/a/other/x", "/a/loss/y"].map(PathBuf::from).to_vec();
        assert_eq!(names(&paths), ["loss/x", "other/x", "y"]);
        let deep: Vec<PathBuf> = ["/a/loss/x", "/b/loss/x"].map(PathBuf::from).to_vec();
        assert_eq!(names(&deep), ["a/loss/x", "b/loss/x"]);
    }
}
