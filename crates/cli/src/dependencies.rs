//! What a study depends on beside its journal: transferred tables, the emulator, the trainer's script. The header of the journal holds
//! their hashes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jobs::{Event, JournalHeader};
use sha2::{Digest, Sha256};

use crate::study_file::StudyFile;

/// Begins the keys of files that decide what the search proposes. A study does not continue with others.
const DATA: &str = "sha256 of ";
/// Begins the key of the trainer's script, which may have to be corrected. A change is reported.
const SCRIPT: &str = "trainer: sha256 of ";

/// The hashes, by file, of a study in `folder` whose own files are in `runs`.
pub fn hashes(file: &StudyFile, folder: &Path, runs: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut note = |begin: &str, path: &Path| {
        if let Ok(bytes) = fs::read(path) {
            let hash: String = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            let shown = path.strip_prefix(folder).unwrap_or(path);
            found.insert(format!("{begin}{}", shown.display()), hash);
        }
    };
    for i in 0..file.transfer.studies.len() {
        let table = kept_in(runs, i);
        ["space.toml", "runs.csv", "curves.csv"].iter().for_each(|name| note(DATA, &table.join(name)));
    }
    if let Some(emulator) = &file.trainer.file {
        note(DATA, &folder.join(emulator));
    }
    let words = file.trainer.command.iter().flatten();
    if let Some(script) = words.map(|word| folder.join(word)).find(|path| path.is_file()) {
        note(SCRIPT, &script);
    }
    found
}

/// Folder of a kept table, in that of all files of a study. Studies of earlier versions keep theirs in `experience`.
pub(crate) fn kept_in(runs: &Path, index: usize) -> PathBuf {
    let old = runs.join("experience");
    let folder = if old.is_dir() { old } else { runs.join("transfer") };
    folder.join((index + 1).to_string())
}

/// The header with the hashes that the user accepted since (`jobs accept`).
pub fn accepted(header: &JournalHeader, events: &[Event]) -> JournalHeader {
    let mut settings = header.settings.clone();
    for event in events {
        if let Event::Files { hashes } = event {
            settings.extend(hashes.clone());
        }
    }
    header.clone().with_settings(settings)
}

/// The files whose hashes differ from those recorded: name, and the present hash with its key.
pub fn changed(recorded: &JournalHeader, present: &JournalHeader) -> Vec<(String, (String, String))> {
    let is_file = |key: &str| key.starts_with(DATA) || key.starts_with(SCRIPT);
    let files = present.settings.iter().filter(|(key, _)| is_file(key));
    let differs = files.filter(|(key, hash)| recorded.settings.get(*key).is_some_and(|known| known != *hash));
    let name = |key: &str| key.trim_start_matches(SCRIPT).trim_start_matches(DATA).to_owned();
    differs.map(|(key, hash)| (name(key), (key.clone(), hash.clone()))).collect()
}

/// Two headers without what is no reason to refuse a study here: the trainer's script, files of which a journal of an earlier version has
/// no hash, and files that are gone, which whoever reads them reports.
pub fn comparable(recorded: JournalHeader, present: JournalHeader) -> (JournalHeader, JournalHeader) {
    let (known, there) = (recorded.settings.clone(), present.settings.clone());
    let kept = |header: JournalHeader| {
        let wanted = |key: &str| {
            !key.starts_with(SCRIPT) && (!key.starts_with(DATA) || known.contains_key(key) && there.contains_key(key))
        };
        let settings = header.settings.iter().filter(|(key, _)| wanted(key));
        let settings = settings.map(|(key, value)| (key.clone(), value.clone())).collect();
        header.with_settings(settings)
    };
    (kept(recorded), kept(present))
}

/// What to say where the trainer's script is not the one that the study began with.
pub fn changed_script(recorded: &JournalHeader, present: &JournalHeader) -> Option<String> {
    let scripts = recorded.settings.iter().filter(|(key, _)| key.starts_with(SCRIPT));
    let changed = scripts.into_iter().find(|(key, hash)| present.settings.get(*key) != Some(hash))?;
    Some(format!(
        "warning: {} was changed since the study began; its earlier results count as before. `jobs accept` records the change; if results no longer compare, begin anew: set `runs` to another folder",
        changed.0.trim_start_matches(SCRIPT)
    ))
}
