//! What stands for the built-in trainer in a program that was built without Burn: every function says so.

use std::collections::BTreeMap;
use std::path::Path;

use jobs_core::{Point, SearchSpace, Steps, Trainer};
use serde_json::Value;

use crate::study_file::TrainerTable;

const WITHOUT_BURN: &str = "the built-in trainer needs the feature `burn`, and this program was built without it; \
                            `cargo build --bin jobs` builds it in";

/// The length of a full run.
///
/// # Errors
/// Always.
pub fn full_steps(_: &TrainerTable, _: &Path, _: &SearchSpace) -> Result<Steps, String> {
    Err(WITHOUT_BURN.into())
}

/// The trainer of a space.
///
/// # Errors
/// Always.
pub fn trainer(_: &TrainerTable, _: &Path, _: SearchSpace) -> Result<Box<dyn Trainer>, String> {
    Err(WITHOUT_BURN.into())
}

/// The arguments of PEFT for the adapter that the trainer would train.
///
/// # Errors
/// Always.
pub fn peft_arguments(_: &TrainerTable, _: &Path, _: &Point) -> Result<BTreeMap<String, Value>, String> {
    Err(WITHOUT_BURN.into())
}
