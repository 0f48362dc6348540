use std::fs;
use std::path::{Path, PathBuf};

use super::processes::RunLock;

/// The folder of a run that may be in training, among those in `runs`: its processes hold its lock or, with `by_scheduler`, its last
/// attempt has no exit status yet, so it may wait in a queue.
pub fn training(runs: &Path, by_scheduler: bool) -> Option<PathBuf> {
    let folders = fs::read_dir(runs).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = folders.filter(|folder| folder.join("attempt-1.request.json").exists()).collect();
    folders.sort();
    folders.into_iter().find(|folder| RunLock::is_held(folder) || (by_scheduler && !has_ended(folder)))
}

/// Whether the last attempt has an exit status.
fn has_ended(folder: &Path) -> bool {
    let file = |n: u32, ending: &str| folder.join(format!("attempt-{n}.{ending}"));
    let last = (1..).take_while(|&n| file(n, "request.json").exists()).last();
    last.is_none_or(|n| file(n, "exit").exists())
}
