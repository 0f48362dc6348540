use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a model, an adapter or data could not be read, or a run not be set up. A run that diverges is not an error.
#[derive(Debug, Error)]
pub enum LlmError {
    /// A file that is missing or cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// A text file that is not what it should be.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A file whose content cannot be used.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A tensor the model needs and the files lack.
    #[error("{}: no tensor `{name}`{hint}", path.display())]
    MissingTensor {
        /// Which file or folder.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// The nearest name there is, as a clause.
        hint: String,
    },
    /// A tensor of another shape than the configuration says.
    #[error("{}: tensor `{name}` is {found:?}, expected {expected:?}", path.display())]
    Shape {
        /// Which file.
        path: PathBuf,
        /// The tensor's name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape `config.json` asks for.
        expected: Vec<usize>,
    },
    /// A setting that makes no sense.
    #[error("setting `{name}` is {found}, expected {expected}")]
    Setting {
        /// Which setting.
        name: String,
        /// Its value.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A device that is not there.
    #[error("{0}")]
    Device(String),
}

impl LlmError {
    /// An error about a whole file.
    pub(crate) fn file(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::File { path: path.into(), problem: problem.into() }
    }

    /// The system's error about a file.
    pub(crate) fn io(path: impl Into<PathBuf>, cause: impl std::fmt::Display) -> Self {
        Self::Io { path: path.into(), cause: cause.to_string() }
    }

    /// An error about a setting.
    pub(crate) fn setting(name: impl Into<String>, found: impl ToString, expected: impl Into<String>) -> Self {
        Self::Setting { name: name.into(), found: found.to_string(), expected: expected.into() }
    }
}

/// "; is `near` meant?" for the nearest of `known`, or nothing where none is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    jobs_core::nearest::nearest(name, &known).map_or(String::new(), |k| format!("; is `{k}` meant?"))
}

/// Writes a whole file or none, its folder made if absent.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), LlmError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| LlmError::io(folder, e))?;
    jobs_core::files::write_atomic(path, bytes).map_err(|e| LlmError::io(path, e))
}
