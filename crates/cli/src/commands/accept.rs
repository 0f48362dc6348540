use std::collections::BTreeMap;
use std::fs;

use jobs::{History, Journal};
use serde_json::json;

use crate::dependencies::{accepted, changed};
use crate::failure::Kind;
use crate::history::{journal_error, other_study, read_journal, replay_error};
use crate::loaded_study::LoadedStudy;
use crate::open_study::take_lock;
use crate::output::show;

/// `jobs accept`: the journal records that files which the study depends on have changed on purpose.
pub(super) fn run(loaded: &LoadedStudy, as_json: bool) -> anyhow::Result<()> {
    // without a journal there is nothing to accept, and no lock to take
    read_journal(loaded)?;
    let _lock = take_lock(loaded)?;
    let (mut journal, recovered) = Journal::open(&loaded.journal()?).map_err(journal_error)?;
    let (recorded, present) = (accepted(&recovered.header, &recovered.events), loaded.header());
    let files = changed(&recorded, &present);
    let hashes: BTreeMap<String, String> = files.iter().map(|(_, hash)| hash.clone()).collect();
    let mut settings = recorded.settings.clone();
    settings.extend(hashes.clone());
    if let Some(problem) = loaded.difference(&recorded.with_settings(settings)) {
        return Err(other_study(loaded.journal()?, problem, &recovered.events));
    }
    let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
    if !hashes.is_empty() {
        let mut history =
            History::replay(loaded.problem_of(&recovered.header), recovered.events).map_err(replay_error)?;
        history.accept_files(hashes);
        journal.append(history.events()).map_err(|e| Kind::Disk.error(e))?;
        // the models were fitted with the files as they were
        let _ = fs::remove_file(loaded.runs()?.join("state"));
    }
    show(as_json, &json!({ "accepted": names }), || match names.as_slice() {
        [] => "no file that the study depends on has changed\n".to_owned(),
        names => names.iter().map(|name| format!("{name}: the change is accepted and recorded\n")).collect(),
    })
}
