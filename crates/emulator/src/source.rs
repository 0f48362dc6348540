use std::path::Path;

use serde::{Deserialize, Serialize};

use super::EmulatorError;

/// A table an emulator was fitted from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its name (the last parts of the folder's path).
    pub name: String,
    /// Its files, with the CRC-32 of their bytes (as `crc32` or `zip -v` print it).
    pub files: Vec<(String, String)>,
}

/// Where an emulator comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The repository and commit the tables were derived from, if known.
    pub upstream: Option<String>,
    /// The tables.
    pub sources: Vec<Source>,
    /// Seed of the fit.
    pub seed: u64,
    /// Version of the model family and of this crate.
    pub model: String,
}

impl Source {
    /// Describes a table's folder; files that are not there are left out.
    pub fn of_folder(folder: &Path) -> Result<Self, EmulatorError> {
        let mut files = vec![];
        for file in ["space.toml", "runs.csv", "curves.csv", "outcomes.csv"] {
            let path = folder.join(file);
            match std::fs::read(&path) {
                Ok(bytes) => files.push((file.to_owned(), format!("{:08x}", crc32fast::hash(&bytes)))),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(EmulatorError::Io { path, cause: e.to_string() }),
            }
        }
        let parts: Vec<_> = folder.components().filter_map(|c| c.as_os_str().to_str()).collect();
        let name = parts[parts.len().saturating_sub(2)..].join("/");
        Ok(Self { name, files })
    }
}
