//! An edited study file before any run has a result: there is nothing to lose, so the study starts again.

use std::fs;
use std::path::Path;

use anyhow::Context;
use jobs::external::training;
use jobs::{Event, Journal, QueuedRecord};

use crate::dependencies::accepted;
use crate::failure::Kind;
use crate::history::has_results;
use crate::loaded_study::LoadedStudy;
use crate::study_file::ExecutorKind;

/// What belongs to a study in the folder of its files. The journal is last: until it has moved, the next start moves the rest.
const FILES: [&str; 12] = [
    "runs",
    "checkpoints",
    "transfer",
    "experience",
    "state",
    "status.json",
    "stopped",
    "times",
    "journal.v1",
    "journal.rescued",
    "journal.head",
    "journal",
];

/// What an earlier start of the study leaves.
pub(crate) struct SetAside {
    /// What to say.
    pub(crate) note: String,
    /// The configurations that the user wanted tried first.
    pub(crate) queue: Vec<QueuedRecord>,
}

/// Moves the files of a study aside whose file was edited before any run had a result. `None` where there was no such edit. Needs the
/// study's lock.
pub(crate) fn set_aside(loaded: &LoadedStudy) -> anyhow::Result<Option<SetAside>> {
    let (path, runs) = (loaded.journal()?, loaded.runs()?);
    // a damaged journal is reported where it is opened
    let Some(recovered) = path.exists().then(|| Journal::peek(&path).ok()).flatten() else { return Ok(None) };
    let Some(problem) =
        loaded.difference(&accepted(&recovered.header, &recovered.events)).filter(|_| !has_results(&recovered.events))
    else {
        return Ok(None);
    };
    if let Some(run) = training(&runs.join("runs"), loaded.file.executor.kind == ExecutorKind::Slurm) {
        return Err(Kind::InUse.error(format_args!(
            "the study file was edited ({problem}), but {} may still be in training; end it, or set `runs` to another folder",
            run.display()
        )));
    }
    let aside = (1..).map(|n| runs.join(format!("before-edit-{n}"))).find(|folder| !folder.exists());
    let aside = aside.unwrap_or_else(|| runs.join("before-edit"));
    move_files(&runs, &aside).with_context(|| format!("cannot move the files of the study to {}", aside.display()))?;
    let note = format!(
        "note: the study file was edited: {problem}. No run had a result, so the study starts again; its earlier files are in {}",
        aside.display()
    );
    Ok(Some(SetAside { note, queue: queue(recovered.events) }))
}

/// The configurations that were put into the queue, also where they were asked for already.
fn queue(events: Vec<Event>) -> Vec<QueuedRecord> {
    let mut queue = vec![];
    for event in events {
        match event {
            Event::Enqueue { queued } => queue.extend(queued),
            Event::ClearQueue => queue.clear(),
            _ => {}
        }
    }
    queue
}

fn move_files(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for name in FILES.iter().filter(|name| from.join(name).exists()) {
        fs::rename(from.join(name), to.join(name))?;
    }
    Ok(())
}
