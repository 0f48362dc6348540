//! # trainer: runs of configurations
//!
//! Implementations of [`jobs_core::Trainer`]. [`emulator`] yields learning curves from models fitted to recorded runs: free of charge,
//! deterministic for a seed, with run-to-run noise as recorded.

pub mod emulator;
