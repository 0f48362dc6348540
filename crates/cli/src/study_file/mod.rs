//! The study file in TOML: keys, values and their errors.

mod check;
mod lines;
mod old_names;
mod parse;
mod settings;

pub(crate) use check::{Complaints, check};
pub use old_names::OldNames;
pub(crate) use old_names::normalised;
pub(crate) use parse::parse;
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, MethodTable, ModelTable, ObjectiveTable, Promote, Sense,
    StudyFile, TrainerKind, TrainerTable, TransferTable,
};
