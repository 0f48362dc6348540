//! The GPUs of a study's runs.

use jobs::external::Gpus;

use crate::failure::Kind;
use crate::loaded_study::LoadedStudy;
use crate::study_file::{listed_gpus, too_few_gpus};

/// The environment variable that lists the GPUs a program may use.
const VISIBLE: &str = "CUDA_VISIBLE_DEVICES";

/// The GPUs that runs are to have, and a note where they cannot have their own: those of the study file, else those of
/// `CUDA_VISIBLE_DEVICES`.
///
/// # Errors
/// Fewer GPUs in the study file than `workers` runs need at once.
pub fn gpus(loaded: &LoadedStudy, workers: usize) -> anyhow::Result<(Option<Gpus>, Option<String>)> {
    let table = &loaded.file.executor;
    let listed = listed_gpus(table).map_err(|(key, problem)| loaded.complaint("executor", key, &problem))?;
    if let Some(gpus) = listed {
        too_few_gpus(&gpus, workers).map_or(Ok(()), |problem| Err(loaded.complaint("executor", "gpus", &problem)))?;
        return Ok((Some(gpus), None));
    }
    let visible = std::env::var(VISIBLE).unwrap_or_default();
    let wanted = table.gpus_per_run;
    let parsed = Gpus::parse(visible.split(',').map(str::to_owned), wanted.unwrap_or(1));
    match (parsed, wanted) {
        (Ok(gpus), _) => match too_few_gpus(&gpus, workers) {
            None => Ok((Some(gpus), None)),
            Some(problem) if wanted.is_some() => Err(Kind::Input.error(format_args!("{VISIBLE} {problem}"))),
            Some(problem) => Ok((None, Some(format!("note: {VISIBLE} {problem}; every run sees all of them")))),
        },
        (Err(problem), Some(_)) => {
            let problem = if visible.is_empty() { "is not set".to_owned() } else { problem };
            let given = format!("is given without `executor.gpus`, and {VISIBLE} {problem}");
            Err(loaded.complaint("executor", "gpus_per_run", &given))
        }
        // without a list there is nothing to share out
        (Err(_), None) => Ok((None, None)),
    }
}
