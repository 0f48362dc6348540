//! The results that `--extend` reuses: an existing table with the manifest that describes it.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use manifest::canonical;
use methods::{ALGORITHM_VERSION, MethodEntry};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::cell::{Cell, CellRow};
use crate::comparison::row::ComparisonRow;
use crate::user_error::user;

/// By task, budget in full runs, method and seed.
type Rows = HashMap<(String, u64, String, u64), Vec<CellRow>>;

/// The settings of a method as a manifest records them, and the version of the algorithms behind them.
struct Settings {
    value: Value,
    version: u64,
}

impl Settings {
    /// `None` for manifests written before settings were values: their results cannot be reused.
    fn of(entry: &Value) -> Option<Self> {
        let value = entry["settings"].is_object().then(|| entry["settings"].clone())?;
        Some(Self { value, version: entry["version"].as_u64()? })
    }

    /// Whether the method has these settings now.
    fn are_those_of(&self, method: &MethodEntry) -> bool {
        self.version == u64::from(ALGORITHM_VERSION) && canonical(&self.value) == canonical(&method.settings_json())
    }
}

/// The previous results of a comparison: the table (`fig5.csv` and the like, or compressed as `fig5.csv.gz`) that `manifest.json` in its
/// folder describes to the byte.
///
/// A cell is reused only if everything it depends on is the same: the task, the early runs, the method's settings and the version of
/// the algorithms.
pub struct Previous {
    rows: Rows,
    /// Hashes of the tasks, by name.
    tasks: BTreeMap<String, String>,
    /// Settings of the methods, by name.
    methods: BTreeMap<String, Settings>,
    early: Option<u64>,
    commits: Vec<String>,
    manifest: Value,
}

impl Previous {
    /// Reads it; `table` is the name of the CSV file.
    ///
    /// # Errors
    /// If there is none, it cannot be read, or it is not the table that the manifest describes.
    pub fn read(folder: &Path, table: &str) -> anyhow::Result<Self> {
        let path = folder.join("manifest.json");
        let text = std::fs::read(&path)
            .map_err(|e| user(format!("--extend needs previous results in the folder: {}: {e}", path.display())))?;
        let manifest: Value = serde_json::from_slice(&text).map_err(|e| user(format!("{}: {e}", path.display())))?;
        let (settings, words) = (&manifest["settings"], |of: &Value| of.as_str().map(str::to_owned));
        let list = |name: &str| settings[name].as_array().into_iter().flatten();
        let mut commits: Vec<String> = manifest["kept"].as_array().into_iter().flatten().filter_map(words).collect();
        commits.extend(words(&manifest["git"]["commit"]));
        let listed = manifest["files"].as_array().into_iter().flatten();
        let described = listed.filter(|of| of["path"] == table).find_map(|of| words(&of["sha256"]));
        let described = described.ok_or_else(|| user(format!("{} describes no {table}", path.display())))?;
        Ok(Self {
            rows: rows(&described_table(folder, table, &described)?)?,
            tasks: list("tasks").filter_map(|t| Some((words(&t["name"])?, words(&t["sha256"])?))).collect(),
            methods: list("methods").filter_map(|m| Some((words(&m["name"])?, Settings::of(m)?))).collect(),
            early: settings["early"].as_u64(),
            commits,
            manifest,
        })
    }

    /// The rows of a cell, if it was computed as it would be now.
    pub fn get(&self, cell: &Cell<'_>) -> Option<&[CellRow]> {
        let task = &cell.task.name;
        // the table may list a method under a former name
        let names = std::iter::once(cell.method.name).chain(cell.method.aliases.iter().copied());
        let method = names.into_iter().find(|name| self.methods.contains_key(*name))?;
        let same = self.tasks.get(task) == Some(&cell.task.hash)
            && self.methods.get(method).is_some_and(|settings| settings.are_those_of(cell.method))
            && self.early == Some(cell.early.0);
        let key = (task.clone(), cell.full_runs, method.to_owned(), cell.seed);
        self.rows.get(&key).filter(|_| same).map(Vec::as_slice)
    }

    /// The manifest.
    pub fn into_manifest(self) -> Value {
        self.manifest
    }

    /// The commits that computed it.
    pub fn commits(&self) -> &[String] {
        &self.commits
    }
}

/// The content of the table, plain or compressed, that has this hash.
fn described_table(folder: &Path, table: &str, sha256: &str) -> anyhow::Result<Vec<u8>> {
    let plain = folder.join(table);
    let packed = folder.join(format!("{table}.gz"));
    let there: Vec<&PathBuf> = [&plain, &packed].into_iter().filter(|p| p.is_file()).collect();
    for path in &there {
        let read = || path.display().to_string();
        let mut content = std::fs::read(path).with_context(read)?;
        if **path == packed {
            let mut unpacked = vec![];
            flate2::read::MultiGzDecoder::new(&content[..]).read_to_end(&mut unpacked).with_context(read)?;
            content = unpacked;
        }
        if format!("{:x}", Sha256::digest(&content)) == sha256 {
            return Ok(content);
        }
    }
    Err(user(match there.first() {
        None => format!("--extend: neither {} nor {} is there", plain.display(), packed.display()),
        Some(path) => format!(
            "--extend: {} is not the table that manifest.json beside it describes (SHA-256 {sha256}); omit --extend to compute \
             everything",
            path.display()
        ),
    }))
}

fn rows(csv: &[u8]) -> anyhow::Result<Rows> {
    let mut rows = Rows::new();
    for row in csv::Reader::from_reader(csv).deserialize() {
        let ComparisonRow { task, full_runs, method, seed, steps, oracle, inference } = row?;
        rows.entry((task, full_runs, method, seed)).or_default().push(CellRow { steps, oracle, inference });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::suite::manifest_entry;

    #[test]
    fn only_the_same_settings_and_version_are_recognised() {
        let method = methods::METHODS.iter().find(|m| m.name == "jobs").unwrap();
        let same = |entry: &Value| Settings::of(entry).is_some_and(|s| s.are_those_of(method));
        let entry = manifest_entry(method);
        assert!(same(&entry), "{entry}");
        let mut other_version = entry.clone();
        other_version["version"] = (ALGORITHM_VERSION + 1).into();
        assert!(!same(&other_version));
        let mut other_settings = entry;
        other_settings["settings"]["options"]["verify"] = Value::Null;
        assert!(!same(&other_settings));
        assert!(!same(&serde_json::json!({"name": "jobs", "settings": "a sentence"})));
        assert!(!same(&serde_json::json!({"name": "jobs"})));
    }

    #[test]
    fn ablation_rows_are_found_under_their_former_names() {
        for former in ["no-fallback", "scouts-6"] {
            assert!(crate::ablation::ABLATIONS.iter().any(|m| m.is_called(former)), "{former}");
        }
    }
}
