//! The study file: what a study is about, in TOML.

mod check;
mod loaded;
pub mod method;
mod parse;
mod renamed;
mod settings;

pub use loaded::{Direction, LoadedStudy};
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, MethodTable, ObjectiveTable, Promote, Sense, StudyFile,
    TrainerKind, TrainerTable, TransferTable,
};
