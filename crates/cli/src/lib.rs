//! # jobs-cli: the program `jobs`
//!
//! Reads a study file, runs a training command on one machine or a Slurm cluster, and recommends a data mixture and a LoRA
//! configuration. The guide is `docs/guide.md`. The method itself is in the crates `jobs` and `methods`.
//!
//! `main` calls [`commands`], one file per command. Commands use [`open_study`], [`history`], [`report`] and the other modules;
//! no module uses a command.

pub mod adapter_config;
pub mod args;
pub mod best;
pub mod best_configuration;
#[cfg_attr(not(feature = "burn"), path = "without_burn.rs")]
pub mod burn;
pub mod by_hand;
pub mod choice;
pub mod commands;
mod configuration;
pub mod dependencies;
pub mod emulator;
pub mod executors;
pub mod failure;
pub mod feasibility;
pub mod gpus;
pub mod history;
mod live;
pub mod loaded_study;
pub mod model;
mod more_budget;
pub mod numbers;
pub mod open_study;
pub mod output;
pub mod pace;
pub mod peft;
pub mod printable;
mod progress;
pub mod record;
pub mod report;
pub mod run_table;
mod signals;
mod start_again;
pub mod status;
mod stopped;
pub mod study_file;
mod times;
pub mod trainers;
pub mod transfer;
pub mod warnings;
pub mod yaml;
