//! # jobs-cli: the program `jobs`
//!
//! From a study file and any training command to the best data mixture and LoRA configuration, on one machine or a Slurm cluster. The
//! guide is `docs/guide.md`; this crate wires the method (crate `jobs`) to its parts, files and processes.

pub mod args;
pub mod best_configuration;
pub mod burn;
pub mod choice;
pub mod commands;
pub mod emulator;
pub mod executors;
pub mod failure;
pub mod history;
pub mod loaded_study;
pub mod open_study;
pub mod output;
pub mod peft;
pub mod report;
pub mod run_table;
pub mod status;
pub mod study_file;
pub mod transfer;
pub mod yaml;
