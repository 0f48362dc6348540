//! Run tables: the format in which runs are recorded.
//!
//! A folder with `space.toml` (the [`SearchSpace`] and a `[curves]` table), `runs.csv` (one row per
//! configuration) and `curves.csv` (one row per evaluation). Trainers record in it; the emulator is fitted from it, predictors
//! are evaluated on it, and optimisers replay it. An [`OutcomeTable`] has only the best loss of each run.
//!
//! Tolerated as data: runs that end early, lack steps or have no row at all, empty loss cells (not evaluated), and losses
//! that are not finite (diverged; later rows are dropped and counted). Refused with file, line and column: everything that
//! cannot be read or contradicts the space.

mod outcomes;
mod read;
mod rows;
mod write;

use std::path::PathBuf;

use thiserror::Error;

use crate::{LearningCurve, Point, PointError, SearchSpace, SpaceError, Steps};

pub use self::outcomes::{Outcome, OutcomeTable};

/// Recorded runs of one space and one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTable {
    /// The space whose points the runs are.
    pub space: SearchSpace,
    /// Steps of a full run.
    pub full_steps: Steps,
    /// Name of the loss column in `curves.csv`; lower is better.
    pub metric: String,
    /// Names of the columns of `runs.csv` that are no dimension.
    pub note_names: Vec<String>,
    /// Names of the further metrics in `curves.csv`.
    pub extra_metrics: Vec<String>,
    /// The runs, in file order.
    pub runs: Vec<RecordedRun>,
}

/// One recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRun {
    /// Its name, unique in the table.
    pub id: String,
    /// Its configuration.
    pub point: Point,
    /// Its notes, in the order of [`RunTable::note_names`].
    pub notes: Vec<String>,
    /// Losses of the table's metric.
    pub curve: LearningCurve,
    /// For each further metric, (step, value) as recorded; cells left empty are absent.
    pub extras: Vec<Vec<(Steps, f64)>>,
    /// Rows dropped because they came after the loss stopped being finite.
    pub rows_after_divergence: usize,
}

/// A run that ends at or after this share of a full run (or of the longest run recorded) is a full one: some trainers do not
/// evaluate at the very end.
const FULL_SHARE: f64 = 0.9;

impl RunTable {
    /// The step from which a run counts as a full one: nine tenths of a full run, or of the longest run where none goes to the end.
    pub fn full_from(&self) -> f64 {
        let ends = self.runs.iter().filter_map(|r| r.curve.last()).map(|(step, _)| step.min(self.full_steps));
        FULL_SHARE * ends.max().unwrap_or(self.full_steps).as_f64()
    }

    /// The note of a run by column name.
    pub fn note(&self, run: &RecordedRun, name: &str) -> Option<String> {
        self.note_names.iter().position(|n| n == name).map(|i| run.notes[i].clone())
    }
}

/// Why a table could not be read or written.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TableError {
    /// A file that is missing or cannot be read or written.
    #[error("{}: {cause}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// `space.toml` is wrong.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// `space.toml` lacks or garbles its `[curves]`.
    #[error("{}: {problem}", path.display())]
    Curves {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A header without a column, or with one twice.
    #[error("{}:1: {problem}", path.display())]
    Header {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A cell whose content does not fit its column.
    #[error("{}:{line}: column `{column}`: {problem}", path.display())]
    Cell {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// Which column.
        column: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A row whose cells are no point of the space.
    #[error("{}:{line}: {source}", path.display())]
    Point {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        source: PointError,
    },
    /// A row that is no CSV, or of the wrong length.
    #[error("{}:{line}: {problem}", path.display())]
    Row {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
}
