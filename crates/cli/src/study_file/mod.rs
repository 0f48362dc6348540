//! The study file: what a study is about, in TOML.

mod check;
mod parse;
mod settings;

pub(crate) use check::{Complaints, check};
pub(crate) use parse::parse;
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, ExperienceTable, MethodTable, ObjectiveTable, Promote, Sense,
    StudyFile, TrainerKind, TrainerTable,
};
