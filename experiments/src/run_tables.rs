//! Where run tables are: folders with `space.toml`, `runs.csv` and `curves.csv`.

use std::path::{Path, PathBuf};

/// The tables in these folders, each with a name that tells it from the others: its folder's, with the parent's where two
/// would be called the same. A folder without `space.toml` stands for the tables in its own folders, or for itself where there
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
