use jobs::external::Gpus;

use super::ExecutorTable;

/// The GPUs of `[executor]`; `None` where it lists none.
///
/// # Errors
/// The key, and the problem with it.
pub(crate) fn listed_gpus(table: &ExecutorTable) -> Result<Option<Gpus>, (&'static str, String)> {
    let per_run = table.gpus_per_run.unwrap_or(1);
    if per_run == 0 {
        return Err(("gpus_per_run", "is 0, expected at least 1".into()));
    }
    let Some(gpus) = &table.gpus else { return Ok(None) };
    let gpus = Gpus::parse(gpus.iter().map(ToString::to_string), per_run).map_err(|problem| ("gpus", problem))?;
    Ok(Some(gpus))
}

/// Why the runs at once cannot each have GPUs of their own.
pub(crate) fn too_few_gpus(gpus: &Gpus, workers: usize) -> Option<String> {
    let (most, each) = (gpus.runs_at_once(), gpus.per_run());
    (workers > most).then(|| {
        format!("has GPUs for {most} runs at once ({each} each), but there are {workers} workers; expected at most {most} workers")
    })
}
