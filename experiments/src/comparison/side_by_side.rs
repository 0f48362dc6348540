//! Work on many items, several at a time.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::comparison::progress::Progress;

/// `f` of every item, in the items' order, computed by `workers` threads, with progress on stderr.
pub fn map<T: Sync, R: Send>(items: &[T], workers: usize, f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let progress = Progress::new(items.len(), 0);
    let queue: Mutex<VecDeque<usize>> = Mutex::new((0..items.len()).collect());
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let next = || queue.lock().ok().and_then(|mut q| q.pop_front());
    std::thread::scope(|scope| {
        for _ in 0..workers.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                while let Some(i) = next() {
                    let result = f(&items[i]);
                    if let Ok(mut done) = done.lock() {
                        done.push((i, result));
                    }
                    progress.cell_done();
                }
            });
        }
    });
    progress.finish();
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// One worker per core.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_items() {
        let items: Vec<u64> = (0..50).collect();
        assert_eq!(map(&items, 3, |i| i * i), items.iter().map(|i| i * i).collect::<Vec<_>>());
        assert!(map(&[] as &[u64], 0, |i| *i).is_empty());
    }
}
