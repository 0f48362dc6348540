//! The loop over cells: computed in parallel, each stored as soon as it is finished.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::cell::{Cell, run_cell};
use super::progress::Progress;
use super::store::CellStore;

/// Computes cells, `workers` at a time, in the given order. Returns a message for each cell that failed; a failed cell does not stop
/// the others.
pub fn run_cells(cells: Vec<Cell<'_>>, store: &CellStore, workers: usize, progress: &Progress) -> Vec<String> {
    let queue: Mutex<VecDeque<Cell<'_>>> = Mutex::new(cells.into());
    let failures = Mutex::new(vec![]);
    let next = || queue.lock().ok().and_then(|mut q| q.pop_front());
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (next, failures) = (&next, &failures);
            scope.spawn(move || {
                let line = progress.worker(worker);
                while let Some(cell) = next() {
                    let done = run_cell(&cell, |text| line.say(text)).and_then(|rows| store.put(&cell, &rows));
                    if let (Err(e), Ok(mut failures)) = (done, failures.lock()) {
                        failures.push(format!("{cell}: {e:#}"));
                    }
                    progress.cell_done();
                }
                line.say(String::from("done"));
            });
        }
    });
    failures.into_inner().unwrap_or_default()
}
