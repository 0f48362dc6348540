//! # experiments: figures and tables that reproduce and ablate JoBS
//!
//! `cargo run -p experiments -- list` names them. Each is methods x tasks x seeds as tables and one loop ([`runner`]); every
//! result comes with a manifest that says how it was made.

pub mod all;
pub mod ask_tell;
pub mod cli;
pub mod fig1;
pub mod figures;
pub mod fit_emulator;
pub mod foresee;
pub mod live;
pub mod methods;
pub mod plan;
pub mod plot;
pub mod predictor_eval;
pub mod predictors;
pub mod progress;
pub mod registry;
pub mod report;
mod run_tables;
pub mod runner;
pub mod side_by_side;
pub mod sources;
pub mod stats;
pub mod suite;
pub mod summary;
pub mod table;
pub mod user_error;

pub use ::manifest;
pub use jobs_core::{files, nearest};
