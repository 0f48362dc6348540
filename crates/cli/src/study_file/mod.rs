//! The study file: what a study is about, in TOML.

mod check;
mod parse;
mod place;
mod settings;

pub use place::{Direction, Place};
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, ExperienceTable, MethodTable, ObjectiveTable, Promote, Sense,
    StudyFile, TrainerKind, TrainerTable,
};
