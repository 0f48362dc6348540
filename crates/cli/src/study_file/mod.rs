//! The study file in TOML: keys, values and their errors.

mod check;
mod gpus;
mod lines;
mod old_names;
mod outcome;
mod parse;
mod settings;
mod slurm;

pub(crate) use check::{Complaints, check};
pub(crate) use gpus::{listed_gpus, too_few_gpus};
pub use old_names::OldNames;
pub(crate) use old_names::normalised;
pub use outcome::OutcomeConstraintTable;
pub(crate) use outcome::outcome_constraints;
pub(crate) use parse::parse;
pub use settings::{
    BudgetTable, EarlySteps, ExecutorKind, ExecutorTable, Gpu, MethodTable, ModelTable, ObjectiveTable, Promote, Sense,
    StudyFile, TrainerKind, TrainerTable, TransferTable,
};
