//! Standard output: text or JSON.

use std::io::{self, Write};

use anyhow::Context;
use jobs_core::RecordValue;
use serde::Serialize;

use crate::numbers::number;
use crate::printable::printable;

/// Writes text. A closed pipe (`| head`) is not an error.
pub fn emit(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(printable(text).as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Writes a line to standard error. `false` if nobody can read it: the stream is closed or its disk is full, which is not an error.
pub fn say(line: &str) -> bool {
    let mut err = io::stderr().lock();
    writeln!(err, "{}", printable(line)).and_then(|()| err.flush()).is_ok()
}

/// Writes `value` as JSON, or the text.
pub fn show(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    if json { emit(&(serde_json::to_string_pretty(value)? + "\n")) } else { emit(&text()) }
}

/// A table: the first column is aligned to the left, the others to the right.
pub fn columns(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (w, cell) in widths.iter_mut().zip(row) {
            *w = (*w).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(i, (cell, &w))| {
            let pad = " ".repeat(w.saturating_sub(cell.chars().count()));
            if i == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        });
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    std::iter::once(line(&header)).chain(rows.iter().map(|r| line(r))).collect()
}

/// A value as text. Shares are in percent, the largest first; shares below 0.05 % are left out.
pub fn value_text(value: &RecordValue) -> String {
    match value {
        RecordValue::Boolean(v) => if *v { "yes" } else { "no" }.to_owned(),
        RecordValue::Integer(v) => v.to_string(),
        RecordValue::Real(v) => number(*v),
        RecordValue::Choice(v) => v.clone(),
        RecordValue::Shares(parts) => {
            let mut parts: Vec<_> = parts.iter().collect();
            parts.sort_by(|a, b| b.1.total_cmp(a.1));
            let some = parts.iter().filter(|(_, v)| **v >= 0.0005);
            some.map(|(name, v)| format!("{name} {:.1} %", 100.0 * **v)).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["1".into(), "finished".into()], vec!["12".into(), "paused".into()]];
        assert_eq!(columns(&["run", "state"], &rows), "run     state\n1    finished\n12     paused\n");
    }
}
