//! How far a journal had been written, in a file beside it: what a journal cut at the end of a line cannot say of itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::line::Chain;

/// The file beside a journal: `journal.head`.
pub(super) fn path(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".head");
    journal.with_file_name(name)
}

/// Notes the end of the chain once it is on the disk. A note that is lost or older than the journal costs nothing; it is never newer.
/// It is not synced for the same reason.
pub(super) fn write(journal: &Path, chain: &Chain) -> io::Result<()> {
    let note = path(journal);
    let part = note.with_extension("head.part");
    fs::write(&part, format!("{} {}\n", chain.lines, chain.digits))?;
    fs::rename(part, note)
}

/// The note; `None` where there is none that can be read.
pub(super) fn read(journal: &Path) -> Option<Chain> {
    let text = fs::read_to_string(path(journal)).ok()?;
    let (lines, digits) = text.trim().split_once(' ')?;
    Some(Chain { lines: lines.parse().ok()?, digits: digits.to_owned() })
}
