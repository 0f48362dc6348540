//! Progress over many cells computed in parallel, on stderr.
//!
//! On a terminal: a bar for all cells and a line per worker. Elsewhere (a log, a pipe): a plain line every few seconds.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// Seconds between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Progress over all cells; share it by reference.
#[derive(Debug)]
pub struct Progress {
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Bars { all: MultiProgress, cells: ProgressBar, lines: Vec<ProgressBar> },
    Plain(Arc<Plain>),
}

/// What one worker is doing.
#[derive(Clone, Debug)]
pub struct WorkerLine(Line);

#[derive(Clone, Debug)]
enum Line {
    Bar(ProgressBar),
    Plain(Arc<Plain>),
}

impl Progress {
    /// Progress over `total_cells`, with a line for each of `workers`.
    pub fn new(total_cells: usize, workers: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { shown: Shown::Plain(Arc::new(Plain::new(total_cells))) };
        }
        let all = MultiProgress::new();
        let cells = all.add(ProgressBar::new(total_cells as u64).with_style(cells_style()));
        cells.enable_steady_tick(Duration::from_millis(500));
        let line = |_| all.add(ProgressBar::new_spinner().with_style(line_style()));
        let lines = (0..workers).map(line).collect();
        Self { shown: Shown::Bars { all, cells, lines } }
    }

    /// The line of worker `i`. A worker beyond those announced gets a line of its own.
    pub fn worker(&self, i: usize) -> WorkerLine {
        WorkerLine(match &self.shown {
            Shown::Bars { all, lines, .. } => Line::Bar(match lines.get(i) {
                Some(line) => line.clone(),
                None => all.add(ProgressBar::new_spinner().with_style(line_style())),
            }),
            Shown::Plain(plain) => Line::Plain(Arc::clone(plain)),
        })
    }

    /// One more cell is done.
    pub fn cell_done(&self) {
        match &self.shown {
            Shown::Bars { cells, .. } => cells.inc(1),
            Shown::Plain(plain) => plain.cell_done(),
        }
    }

    /// Removes the workers' lines and leaves the number of cells and the time.
    pub fn finish(&self) {
        match &self.shown {
            Shown::Bars { cells, lines, .. } => {
                lines.iter().for_each(ProgressBar::finish_and_clear);
                cells.abandon();
            }
            Shown::Plain(plain) => plain.finish(),
        }
    }
}

impl WorkerLine {
    /// Shows what the worker is doing now.
    pub fn say(&self, text: String) {
        match &self.0 {
            Line::Bar(bar) => bar.set_message(text),
            Line::Plain(plain) => plain.say(&text),
        }
    }
}

/// Time left if the rest goes on as the cells so far; indicatif's own estimate forgets all but the last seconds, and a cell
/// can take longer than that.
fn left(done: u64, total: u64, elapsed: Duration) -> Option<Duration> {
    (done > 0).then(|| elapsed.mul_f64(total.saturating_sub(done) as f64 / done as f64))
}

/// `4:07`, or `1:02:03` from an hour on.
fn clock(time: Duration) -> String {
    let s = time.as_secs();
    if s < 3600 {
        format!("{}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3600, s % 3600 / 60, s % 60)
    }
}

fn left_in_words(done: u64, total: u64, elapsed: Duration) -> String {
    match left(done, total, elapsed) {
        _ if done >= total => String::new(),
        Some(left) => format!(", about {} left", clock(left)),
        None => String::from(", time left not yet known"),
    }
}

fn cells_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} cells, {took} elapsed{left}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    style
        .with_key("took", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&clock(state.elapsed()));
        })
        .with_key("left", |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&left_in_words(state.pos(), state.len().unwrap_or(0), state.elapsed()));
        })
}

fn line_style() -> ProgressStyle {
    ProgressStyle::with_template("  {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Lines for a log.
#[derive(Debug)]
struct Plain {
    total: usize,
    started: Instant,
    state: Mutex<PlainState>,
}

#[derive(Debug)]
struct PlainState {
    done: usize,
    /// When the last line was printed.
    last: Instant,
}

impl Plain {
    fn new(total: usize) -> Self {
        let now = Instant::now();
        Self { total, started: now, state: Mutex::new(PlainState { done: 0, last: now }) }
    }

    /// Some line if it is time for one.
    fn line(&self, now: Instant, newly_done: usize, doing: &str) -> Option<String> {
        // A worker that panicked while it held the lock left two plain numbers, which are still good.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.done += newly_done;
        if now.duration_since(state.last) < PLAIN_EVERY {
            return None;
        }
        state.last = now;
        let elapsed = now.duration_since(self.started);
        let left = left_in_words(state.done as u64, self.total as u64, elapsed);
        let doing = if doing.is_empty() { String::new() } else { format!("; {doing}") };
        Some(format!("{}/{} cells, {} elapsed{left}{doing}", state.done, self.total, clock(elapsed)))
    }

    fn say(&self, text: &str) {
        if let Some(line) = self.line(Instant::now(), 0, text) {
            eprintln!("{line}");
        }
    }

    fn cell_done(&self) {
        if let Some(line) = self.line(Instant::now(), 1, "") {
            eprintln!("{line}");
        }
    }

    fn finish(&self) {
        let done = self.state.lock().map_or(0, |s| s.done);
        eprintln!("{done}/{} cells, {} elapsed", self.total, clock(self.started.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_come_every_few_seconds() {
        let plain = Plain::new(10);
        let at = |s: f64| plain.started + Duration::from_secs_f64(s);
        assert_eq!(plain.line(at(1.0), 0, "a"), None);
        assert_eq!(
            plain.line(at(10.0), 0, "gsm8k").as_deref(),
            Some("0/10 cells, 0:10 elapsed, time left not yet known; gsm8k")
        );
        assert_eq!(plain.line(at(12.0), 4, ""), None);
        assert_eq!(plain.line(at(20.0), 0, "").as_deref(), Some("4/10 cells, 0:20 elapsed, about 0:30 left"));
        assert_eq!(plain.line(at(40.0), 6, "").as_deref(), Some("10/10 cells, 0:40 elapsed"));
    }

    #[test]
    fn the_time_left_is_in_proportion() {
        assert_eq!(left(0, 10, Duration::from_secs(5)), None);
        assert_eq!(left(3, 12, Duration::from_secs(30)), Some(Duration::from_secs(90)));
        assert_eq!(left(12, 12, Duration::from_secs(30)), Some(Duration::ZERO));
        assert_eq!(
            (clock(Duration::from_secs(247)), clock(Duration::from_secs(3723))),
            ("4:07".into(), "1:02:03".into())
        );
    }

    #[test]
    fn templates_are_well_formed() {
        assert!(ProgressStyle::with_template("{bar:32} {pos}/{len} cells, {took} elapsed{left}").is_ok());
        assert!(ProgressStyle::with_template("  {wide_msg}").is_ok());
    }

    #[test]
    fn workers_on_many_threads_lose_no_cell() {
        let progress = Progress::new(80, 4);
        std::thread::scope(|scope| {
            for worker in 0..5 {
                let progress = &progress;
                scope.spawn(move || {
                    let line = progress.worker(worker);
                    for i in 0..16 {
                        line.say(format!("cell {i}"));
                        progress.cell_done();
                    }
                });
            }
        });
        let done = match &progress.shown {
            Shown::Bars { cells, .. } => cells.position(),
            Shown::Plain(plain) => plain.state.lock().unwrap().done as u64,
        };
        assert_eq!(done, 80);
        progress.finish();
    }
}
