//! How far runs in training are, from the output of their trainers.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jobs::external::{Measurement, parse_line};

use crate::loaded_study::LoadedStudy;

/// Bytes of an output that are read.
const END: u64 = 1 << 16;

/// The step that the trainer of a run reported last; `None` where it has reported none, or trains in this process.
pub(crate) fn reached(loaded: &LoadedStudy, run: u64) -> Option<u64> {
    let folder = loaded.runs().ok()?.join("runs").join(format!("run-{run:05}"));
    let mut outputs: Vec<(Vec<u64>, PathBuf)> = fs::read_dir(folder)
        .ok()?
        .filter_map(|e| {
            let path = e.ok()?.path();
            let number = order(path.file_name()?.to_str()?)?;
            Some((number, path))
        })
        .collect();
    outputs.sort();
    outputs.iter().rev().find_map(|(_, path)| last_step(path, loaded.metric()))
}

/// Attempt and requeue of `attempt-2.out` or `attempt-2.r1.out`.
fn order(name: &str) -> Option<Vec<u64>> {
    let inner = name.strip_prefix("attempt-")?.strip_suffix(".out")?;
    inner.split(".r").map(|n| n.parse().ok()).collect()
}

fn last_step(path: &Path, metric: &str) -> Option<u64> {
    let mut file = fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
    let mut bytes = vec![];
    file.take(END).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().find_map(|line| match parse_line(line, metric) {
        Ok(Some(Measurement::Metric(step, _) | Measurement::Progress(step))) => Some(step.0),
        _ => None,
    })
}
