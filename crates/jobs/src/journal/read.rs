use super::line::decode;
use super::{JournalError, JournalHeader, Recovered, VERSION};
use crate::Event;
use std::path::Path;

/// The content of a journal. The last line is incomplete where it has no line feed, or where it holds zero bytes: some file systems
/// give a file its new length before its new content.
pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Recovered, JournalError> {
    let damaged = |line: usize, problem: String| JournalError::Damaged { path: path.into(), line, problem };
    let complete = complete_length(bytes);
    let mut lines = bytes[..complete].split_inclusive(|&b| b == b'\n').map(|l| &l[..l.len() - 1]).enumerate();
    let (_, first) = lines.next().ok_or_else(|| damaged(1, "the header line is missing".into()))?;
    let header: JournalHeader = decode(first).map_err(|problem| damaged(1, problem))?;
    if header.version != VERSION {
        return Err(damaged(1, format!("the journal has version {}, expected {VERSION}", header.version)));
    }
    let events = lines
        .map(|(i, text)| decode(text).map_err(|problem| damaged(i + 1, problem)))
        .collect::<Result<Vec<Event>, _>>()?;
    Ok(Recovered { header, events, torn_bytes: (bytes.len() - complete) as u64 })
}

/// Bytes up to the end of the last complete line.
pub(super) fn complete_length(bytes: &[u8]) -> usize {
    let end = |bytes: &[u8]| bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let complete = end(bytes);
    let before = end(&bytes[..complete.saturating_sub(1)]);
    if bytes[before..complete].contains(&0) { before } else { complete }
}
