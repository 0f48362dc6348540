//! Tasks with a prior mean transferred from source studies of other tasks.

use std::path::PathBuf;

use jobs_core::RunTable;
use methods::transfer::{Source, prior};
use sha2::{Digest, Sha256};

use super::run_tables;
use super::{TARGET, Task, out_of_distribution};
use crate::user_error::user;

/// Suffix of the results folders of comparisons with transfer.
pub const SUFFIX: &str = "-transfer";

/// Each task with a prior transferred from the run tables in `folders`. A table whose folder has the task's name is not used for that
/// task.
///
/// # Errors
/// A table that cannot be read, or a task without a source study of another task.
pub fn with_priors(tasks: Vec<Task>, folders: &[PathBuf]) -> anyhow::Result<Vec<Task>> {
    let studies = run_tables::named(folders).into_iter().map(|(folder, name)| {
        let table = RunTable::read(&folder).map_err(|e| user(format!("--transfer: {e}")))?;
        Ok(Study {
            name,
            table,
            hash: Sha256::digest(run_tables::bytes(&folder)?).to_vec(),
            task: folder.file_name().map(|s| s.to_string_lossy().into_owned()),
        })
    });
    let studies: Vec<Study> = studies.collect::<anyhow::Result<_>>()?;
    tasks.into_iter().map(|task| with_prior(task, &studies)).collect()
}

struct Study {
    name: String,
    table: RunTable,
    hash: Vec<u8>,
    task: Option<String>,
}

fn with_prior(task: Task, studies: &[Study]) -> anyhow::Result<Task> {
    let own = task.name.strip_suffix(out_of_distribution::SUFFIX).unwrap_or(&task.name);
    let others: Vec<&Study> = studies.iter().filter(|s| s.task.as_deref() != Some(own)).collect();
    if others.is_empty() {
        return Err(user(format!("--transfer: no study of a task other than {own}")));
    }
    let sources: Vec<Source<'_>> = others.iter().map(|s| Source { name: &s.name, table: &s.table }).collect();
    let transfer = prior(task.trainer.space(), &sources, TARGET).map_err(|e| user(format!("--transfer: {e}")))?;
    let mut hash = Sha256::new_with_prefix(&task.hash);
    others.iter().for_each(|s| hash.update(&s.hash));
    // how runs of the sources that did not finish are estimated
    hash.update(b"kernel regression");
    Ok(Task { transfer, hash: format!("{:x}", hash.finalize()), ..task })
}
