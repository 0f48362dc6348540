use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest time for one input, on a machine that does other work besides.
pub const MOST_SECONDS: u64 = 30;

/// Knows which input is being read, for the two failures that no caller can catch: a reader that never returns, and one that aborts the
/// process (a stack overflow, memory that cannot be had).
#[derive(Clone, Debug)]
pub struct Watch {
    current: Arc<Mutex<(Instant, String)>>,
    note: Option<PathBuf>,
}

impl Watch {
    /// Starts a thread that ends the process with status 3 when an input takes longer than [`MOST_SECONDS`]. The current input is also
    /// written to `note`, which stays when the process aborts.
    pub fn start(note: Option<&Path>) -> Self {
        let current = Arc::new(Mutex::new((Instant::now(), String::new())));
        let seen = current.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_secs(1));
                let current = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if !current.1.is_empty() && current.0.elapsed().as_secs() > MOST_SECONDS {
                    eprintln!("error: input {} took more than {MOST_SECONDS} s", current.1);
                    std::process::exit(3);
                }
            }
        });
        Self { current, note: note.map(Path::to_owned) }
    }

    /// Notes that this input is read from now on.
    pub(crate) fn begin(&self, input: String) {
        if let Some(note) = &self.note {
            // losing the note loses only the name of an input that aborts
            let _ = std::fs::write(note, &input);
        }
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (Instant::now(), input);
    }

    /// Notes that nothing is read.
    pub(crate) fn end(&self) {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}
