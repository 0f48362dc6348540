use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why reading a model, an adapter or data failed, or why a run could not be set up. A run that diverges is not an error.
#[derive(Debug, Error)]
pub enum LlmError {
    /// A file that is missing, unreadable or not writable.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// The operating system's message.
        cause: String,
    },
    /// A text file with a wrong line.
    #[error("{}:{line}: {problem}", path.display())]
    Line {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// A file with unusable content.
    #[error("{}: {problem}", path.display())]
    File {
        /// File.
        path: PathBuf,
        /// What is wrong, and what is expected.
        problem: String,
    },
    /// A tensor that the model needs and the files lack.
    #[error("{}: no tensor `{name}`{hint}", path.display())]
    MissingTensor {
        /// File or folder.
        path: PathBuf,
        /// Name of the tensor.
        name: String,
        /// A clause that suggests the nearest existing name, or empty.
        hint: String,
    },
    /// A tensor whose shape differs from the configuration.
    #[error("{}: tensor `{name}` is {found:?}, expected {expected:?}", path.display())]
    Shape {
        /// File.
        path: PathBuf,
        /// Name of the tensor.
        name: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape according to the configuration.
        expected: Vec<usize>,
    },
    /// An invalid setting.
    #[error("setting `{name}` is {found}, expected {expected}")]
    Setting {
        /// Name of the setting.
        name: String,
        /// Value found.
        found: String,
        /// Valid values.
        expected: String,
    },
    /// A device that is not available.
    #[error("{0}")]
    Device(String),
}

impl LlmError {
    /// An error about a file.
    pub(crate) fn file(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::File { path: path.into(), problem: problem.into() }
    }

    /// An operating system error about a file.
    pub(crate) fn io(path: impl Into<PathBuf>, cause: impl std::fmt::Display) -> Self {
        Self::Io { path: path.into(), cause: cause.to_string() }
    }

    /// An error about a setting.
    pub(crate) fn setting(name: impl Into<String>, found: impl ToString, expected: impl Into<String>) -> Self {
        Self::Setting { name: name.into(), found: found.to_string(), expected: expected.into() }
    }
}

/// "; did you mean `near`?" for the nearest of `known`, or an empty string if none is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    jobs_core::nearest::nearest(name, &known).map_or(String::new(), |k| format!("; did you mean `{k}`?"))
}

/// Writes a file atomically; creates its folder if needed.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), LlmError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| LlmError::io(folder, e))?;
    jobs_core::files::write_atomic(path, bytes).map_err(|e| LlmError::io(path, e))
}
