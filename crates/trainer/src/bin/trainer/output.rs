//! Standard output and standard error, either of which may be closed.

use std::io::{self, Write};

use anyhow::Context;

/// Writes a line of results. A closed pipe (`| head`) is not an error.
pub(crate) fn emit(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes a line of progress. Training goes on where nobody can read it.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints notes to standard error, which keeps standard output for results.
pub(crate) fn print_notes(notes: &[String]) {
    let mut err = io::stderr().lock();
    for note in notes {
        let _ = writeln!(err, "note: {note}");
    }
}
