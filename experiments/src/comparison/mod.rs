//! What every comparison of methods shares: methods x tasks x budgets x seeds as cells, their rows, statistics, summaries and pictures.

pub mod args;
pub mod cell;
pub mod emulated;
pub mod execute;
mod output;
pub mod previous;
pub mod progress;
pub mod render;
pub(crate) mod results_folder;
pub mod row;
pub mod run;
pub mod side_by_side;
pub mod stats;
pub mod store;
pub mod suite;
pub mod summary;
pub mod table;
pub mod trace;
