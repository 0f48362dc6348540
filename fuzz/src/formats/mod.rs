//! What the workspace reads.

mod data;
mod model;
mod runs;
mod studies;
mod tokenizer;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::mutate::Shape;

/// Reads an input made of the valid file with this number; `Err` is the reader's message.
type Read = Box<dyn Fn(usize, &[u8]) -> Result<(), String>>;

/// A format: valid files and their reader.
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// What its files are.
    pub shape: Shape,
    /// Of a run over all formats, its share. Fast readers have more.
    pub weight: u64,
    /// Valid files.
    pub files: Vec<Vec<u8>>,
    /// The reader.
    pub read: Read,
}

/// Every format.
///
/// # Errors
/// A valid file that cannot be made or written.
pub fn all() -> anyhow::Result<Vec<Format>> {
    Ok([model::formats()?, tokenizer::formats()?, data::formats()?, runs::formats()?, studies::formats()?]
        .into_iter()
        .flatten()
        .collect())
}

impl Format {
    fn new(
        name: &'static str,
        shape: Shape,
        weight: u64,
        files: Vec<Vec<u8>>,
        read: impl Fn(usize, &[u8]) -> Result<(), String> + 'static,
    ) -> Self {
        Self { name, shape, weight, files, read: Box::new(read) }
    }
}

/// A folder of valid files, one of which is replaced by each input.
struct Folder {
    folder: TempDir,
    /// Name of the file that is changed.
    changed: &'static str,
}

impl Folder {
    /// A folder with these files.
    fn new(changed: &'static str, files: &[(&str, &[u8])]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, bytes)?;
        }
        Ok(Self { folder, changed })
    }

    /// Writes the changed file; its path.
    fn write(&self, bytes: &[u8]) -> Result<PathBuf, String> {
        let path = self.folder.path().join(self.changed);
        std::fs::write(&path, bytes).map_err(|e| e.to_string())?;
        Ok(path)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// A text as readers of a file get it.
fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|e| e.to_string())
}

fn message(e: impl std::fmt::Display) -> String {
    e.to_string()
}
