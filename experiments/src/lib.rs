//! # experiments: figures and tables that reproduce and ablate JoBS
//!
//! `cargo run -p experiments -- list` names them. A comparison is methods x tasks x seeds as tables and one loop
//! ([`comparison`]); every result comes with a manifest that records how it was made.

pub mod ablation;
pub mod all;
pub mod ask_tell;
pub mod cli;
pub mod comparison;
pub mod figures;
pub mod fit_emulator;
pub mod live;
pub mod plan;
pub mod predictor_eval;
pub mod registry;
pub mod regmix;
pub mod replay;
pub mod report;
pub mod shift;
pub mod suite;
pub mod synthetic;
pub mod tasks;
pub mod user_error;

pub use jobs_core::{files, nearest};
