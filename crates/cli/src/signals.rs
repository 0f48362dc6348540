//! SIGTERM and Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Signals so close together are one request: `timeout` and some schedulers send one to the process and one to its group.
const ONE_REQUEST: Duration = Duration::from_secs(1);

/// A flag that the first SIGTERM or Ctrl-C sets. A later one ends the program immediately; its trainers then go on, and the next `jobs run`
/// takes them over.
pub(crate) fn stop_flag() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let (mut signals, set) = (Signals::new([SIGINT, SIGTERM])?, Arc::clone(&flag));
    thread::Builder::new().name("signals".into()).spawn(move || {
        let mut first: Option<Instant> = None;
        for _ in signals.forever() {
            set.store(true, Ordering::Relaxed);
            if first.get_or_insert_with(Instant::now).elapsed() > ONE_REQUEST {
                std::process::exit(130);
            }
        }
    })?;
    Ok(flag)
}
