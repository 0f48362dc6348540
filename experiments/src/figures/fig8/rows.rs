//! Timings of fit, conditioning and suggestion.

use serde::Serialize;
use std::time::Instant;

/// Runs seen.
pub(super) const SEEN: [usize; 6] = [25, 50, 100, 200, 400, 800];

#[derive(Serialize)]
pub(super) struct Row {
    pub(super) runs: usize,
    pub(super) part: &'static str,
    pub(super) seconds: f64,
}

/// The lowest of some timings: what else the machine does only adds.
pub(super) fn lowest(times: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..times {
        let clock = Instant::now();
        work()?;
        best = best.min(clock.elapsed().as_secs_f64());
    }
    Ok(best)
}
