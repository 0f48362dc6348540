use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use jobs_core::Seed;
use rand::RngExt;

use crate::mutate::mutate;
use crate::{Format, Watch};

/// Most bytes that reading one input may hold at a time. The largest input has 1 MiB.
pub const MOST_BYTES: u64 = 256 << 20;

/// What reading the inputs of one format gave.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Inputs read.
    pub inputs: u64,
    /// Inputs that were accepted.
    pub accepted: u64,
    /// Inputs refused because a library panicked, which the reader caught.
    pub caught: u64,
    /// The longest time of an input.
    pub slowest: Duration,
    /// The most bytes that an input held at a time, on the thread of the reader.
    pub most_bytes: u64,
    /// Faults, at most `MOST_FINDINGS`.
    pub findings: Vec<Finding>,
}

/// Most faults listed for a format; one mechanism can have thousands.
const MOST_FINDINGS: usize = 20;

/// An input on which a reader failed.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its number.
    pub index: u64,
    /// What happened.
    pub problem: String,
}

thread_local! {
    /// The message and the place of the last panic on this thread.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps messages of panics instead of printing them.
fn keep_messages() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            LAST_PANIC.set(info.to_string().replace('\n', " "));
        }));
    });
}

/// Input `index` of a format: the number of the valid file it was made of, and its bytes.
pub fn input(format: &Format, seed: Seed, index: u64) -> (usize, Vec<u8>) {
    let mut rng = seed.stream(format.name, index);
    let chosen = rng.random_range(0..format.files.len());
    let other = rng.random_range(0..format.files.len());
    (chosen, mutate(&format.files[chosen], &format.files[other], format.shape, &mut rng))
}

/// Reads one input. `Ok` holds the reader's answer.
///
/// # Errors
/// A panic, or more memory than [`MOST_BYTES`].
pub fn try_input(format: &Format, chosen: usize, bytes: &[u8]) -> (Result<Result<(), String>, String>, u64) {
    keep_messages();
    let mut answer = Ok(Ok(()));
    let info = allocation_counter::measure(|| {
        let read = catch_unwind(AssertUnwindSafe(|| (format.read)(chosen, bytes)));
        answer = read.map_err(|_| LAST_PANIC.take());
    });
    if answer.is_ok() && info.bytes_max > MOST_BYTES {
        answer = Err(format!("{} MiB of memory", info.bytes_max >> 20));
    }
    (answer, info.bytes_max)
}

/// Reads the first `inputs` inputs of a format.
pub fn run(format: &Format, seed: Seed, inputs: u64, watch: &Watch) -> Counts {
    let mut counts = Counts::default();
    for index in 0..inputs {
        let (chosen, bytes) = input(format, seed, index);
        watch.begin(format!("{index} of {}", format.name));
        let start = Instant::now();
        let (answer, most) = try_input(format, chosen, &bytes);
        counts.slowest = counts.slowest.max(start.elapsed());
        counts.most_bytes = counts.most_bytes.max(most);
        counts.inputs += 1;
        match answer {
            Ok(Ok(())) => counts.accepted += 1,
            Ok(Err(message)) => counts.caught += u64::from(message.contains("panicked")),
            Err(problem) if counts.findings.len() < MOST_FINDINGS => counts.findings.push(Finding { index, problem }),
            Err(_) => {}
        }
    }
    watch.end();
    counts
}
