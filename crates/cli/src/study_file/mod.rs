//! The study file: what a study is about, in TOML.

mod check;
mod loaded;
pub mod method;
mod parse;
mod settings;

pub use loaded::{Direction, LoadedStudy};
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, ExperienceTable, MethodTable, ObjectiveTable, Promote, Sense,
    StudyFile, TrainerKind, TrainerTable,
};
