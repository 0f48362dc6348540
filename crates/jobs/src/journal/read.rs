use std::path::Path;

use super::line::{Chain, decode_unchained};
use super::{JournalError, JournalHeader, Recovered, VERSION};
use crate::Event;

/// What a journal's bytes hold, and the end of its chain. The last line counts as torn where it has no line feed, or where it holds zero
/// bytes: some file systems give a file its new length before its new content. `noted` is how far it had been written.
pub(super) fn read(bytes: &[u8], path: &Path, noted: Option<&Chain>) -> Result<(Recovered, Chain), JournalError> {
    let damaged = |line: usize, problem: String| JournalError::Damaged { path: path.into(), line, problem };
    let whole = whole_length(bytes);
    let lines: Vec<&[u8]> = bytes[..whole].split_inclusive(|&b| b == b'\n').map(|l| &l[..l.len() - 1]).collect();
    let first = lines.first().ok_or_else(|| damaged(1, "no header line".into()))?;
    let torn_bytes = (bytes.len() - whole) as u64;
    if !first.starts_with(b"0 ") {
        return Ok((unchained(&lines, torn_bytes, &damaged)?, Chain::default()));
    }
    let mut chain = Chain::default();
    let header: JournalHeader = chain.decode(first).map_err(|problem| damaged(1, problem))?;
    check_version(&header, VERSION).map_err(|problem| damaged(1, problem))?;
    let mut events = Vec::with_capacity(lines.len());
    let mut checksums = vec![chain.digits.clone()];
    for (i, text) in lines.iter().enumerate().skip(1) {
        check_note(&chain, noted).map_err(|problem| damaged(i, problem))?;
        events.push(chain.decode::<Event>(text).map_err(|problem| damaged(i + 1, problem))?);
        checksums.push(chain.digits.clone());
    }
    check_note(&chain, noted).map_err(|problem| damaged(lines.len(), problem))?;
    if let Some(noted) = noted.filter(|noted| noted.lines > chain.lines) {
        let problem = format!(
            "the journal ends after {} lines, but {} had been written: its end was cut off",
            chain.lines, noted.lines
        );
        return Err(damaged(lines.len(), problem));
    }
    Ok((Recovered { header, events, torn_bytes, checksums }, chain))
}

/// A journal of version 1.
fn unchained(
    lines: &[&[u8]],
    torn_bytes: u64,
    damaged: &dyn Fn(usize, String) -> JournalError,
) -> Result<Recovered, JournalError> {
    let header: JournalHeader = decode_unchained(lines[0]).map_err(|problem| damaged(1, problem))?;
    check_version(&header, 1).map_err(|problem| damaged(1, problem))?;
    let events = lines.iter().enumerate().skip(1);
    let events = events.map(|(i, text)| decode_unchained(text).map_err(|problem| damaged(i + 1, problem)));
    Ok(Recovered { header, events: events.collect::<Result<_, _>>()?, torn_bytes, checksums: vec![] })
}

fn check_version(header: &JournalHeader, expected: u32) -> Result<(), String> {
    if header.version == expected {
        return Ok(());
    }
    Err(format!("the journal has version {}, this program reads versions 1 and {VERSION}", header.version))
}

/// Where the chain is as long as the note says, it is the chain that was noted.
fn check_note(chain: &Chain, noted: Option<&Chain>) -> Result<(), String> {
    match noted.filter(|noted| noted.lines == chain.lines && **noted != *chain) {
        Some(noted) => {
            Err(format!("line {} is not the one that was written: its checksum was {}", chain.lines - 1, noted.digits))
        }
        None => Ok(()),
    }
}

/// Bytes up to the end of the last whole line.
pub(super) fn whole_length(bytes: &[u8]) -> usize {
    let end = |bytes: &[u8]| bytes.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let whole = end(bytes);
    let before = end(&bytes[..whole.saturating_sub(1)]);
    if bytes[before..whole].contains(&0) { before } else { whole }
}
