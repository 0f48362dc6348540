//! Journals: what was written comes back; torn ends are cut; damage and foreign journals are named.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::io::Write;

use common::{FullRuns, ToyTrainer, policy, problem};
use jobs::{
    Checkpoints, DriveOptions, FolderCheckpoints, InlineExecutor, Journal, JournalError, JournalHeader, RunId, Study,
    drive,
};

#[test]
fn an_interrupted_study_resumes_to_the_same_end_wherever_its_journal_was_cut() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(700, 5);
    let header = JournalHeader::of(&p, "jobs");
    let path = dir.path().join("journal");
    let mut journal = Journal::create(&path, &header).unwrap();
    let mut whole = Study::new(p.clone(), policy("promoting")).unwrap();
    drive(&mut whole, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut journal], DriveOptions::default())
        .unwrap();
    let bytes = fs::read(&path).unwrap();
    let header_end = bytes.iter().position(|&b| b == b'\n').unwrap() + 1;

    for i in 0..40 {
        let cut = header_end + (bytes.len() - header_end) * i / 39;
        let torn = dir.path().join(format!("torn-{i}"));
        fs::write(&torn, &bytes[..cut]).unwrap();
        let (mut journal, events, torn_bytes) = Journal::open_or_create(&torn, &header).unwrap();
        assert_eq!(torn_bytes > 0, bytes[cut - 1] != b'\n');
        let mut study = Study::replay(p.clone(), policy("promoting"), events).unwrap();
        let checkpoints = FolderCheckpoints::open(dir.path().join(format!("ckpt-{i}"))).unwrap();
        drive(
            &mut study,
            &mut InlineExecutor::with_checkpoints(&ToyTrainer::new(), checkpoints),
            &mut [&mut journal],
            DriveOptions::default(),
        )
        .unwrap();
        assert_eq!(study.events(), whole.events());
        assert_eq!(fs::read(&torn).unwrap(), bytes, "the journal ends the same, byte for byte");
    }
}

#[test]
fn damage_is_named_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(700, 5);
    let path = dir.path().join("journal");
    let mut journal = Journal::create(&path, &JournalHeader::of(&p, "random")).unwrap();
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    drive(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut journal], DriveOptions::default())
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let damaged: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, l)| if i == 3 { l.replace("\"step\":100", "\"step\":101") } else { l.into() })
        .collect();
    let damaged = damaged.join("\n").replacen("\"step\"", "\"stfp\"", 1) + "\n";
    fs::write(&path, damaged).unwrap();
    let error = Journal::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 3, .. }), "{error}");
    assert!(error.to_string().contains("checksum"), "{error}");
}

#[test]
fn the_journal_of_another_study_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let header = JournalHeader::of(&problem(700, 5), "random");
    drop(Journal::create(&path, &header).unwrap());
    assert!(matches!(Journal::create(&path, &header), Err(JournalError::Io { .. })), "never overwritten");
    let other = JournalHeader::of(&problem(700, 6), "random");
    let error = Journal::open_or_create(&path, &other).unwrap_err();
    assert!(error.to_string().contains("seed 5") && error.to_string().contains("seed 6"), "{error}");
    assert_eq!(header.problem().unwrap(), problem(700, 5));
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"0000 torn").unwrap();
    let (_, recovered) = Journal::open(&path).unwrap();
    assert_eq!((recovered.events.len(), recovered.torn_bytes), (0, 9));
}

#[test]
fn folder_checkpoints_keep_the_last_and_forget() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = FolderCheckpoints::open(dir.path().join("a/b")).unwrap();
    assert_eq!(kept.get(RunId(3)).unwrap(), None);
    kept.put(RunId(3), b"one").unwrap();
    kept.put(RunId(3), b"two").unwrap();
    assert_eq!(kept.get(RunId(3)).unwrap().as_deref(), Some(&b"two"[..]));
    kept.remove(RunId(3)).unwrap();
    kept.remove(RunId(3)).unwrap();
    assert_eq!(kept.get(RunId(3)).unwrap(), None);
}

#[test]
fn an_empty_line_is_damage_and_zeros_at_the_end_are_a_torn_line() {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(700, 5);
    let path = dir.path().join("journal");
    let header = JournalHeader::of(&p, "random");
    let mut journal = Journal::create(&path, &header).unwrap();
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    drive(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut journal], DriveOptions::default())
        .unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut zeros = bytes.clone();
    zeros.extend([b'0', b'1', 0, 0, 0, b'\n']);
    fs::write(&path, zeros).unwrap();
    let peeked = Journal::peek(&path).unwrap();
    let (_, recovered) = Journal::open(&path).unwrap();
    assert_eq!(
        (peeked, recovered.torn_bytes),
        (Journal::open(&path).map(|(_, r)| jobs::Recovered { torn_bytes: 6, ..r }).unwrap(), 6)
    );
    assert_eq!(recovered.events, study.events());
    assert_eq!(fs::read(&path).unwrap(), bytes);
    let text = String::from_utf8(bytes).unwrap().replacen('\n', "\n\n", 2);
    fs::write(&path, text).unwrap();
    assert!(matches!(Journal::open(&path).unwrap_err(), JournalError::Damaged { line: 2, .. }));
}

#[test]
fn the_difference_to_another_study_is_named() {
    let p = problem(700, 5);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let with =
        |value: &str| JournalHeader::of(&p, "jobs").with_settings([("metric".to_owned(), value.to_owned())].into());
    drop(Journal::create(&path, &with("eval_loss")).unwrap());
    let error = Journal::open_or_create(&path, &with("accuracy")).unwrap_err().to_string();
    assert!(error.contains("its `metric` was eval_loss, and is now accuracy"), "{error}");
    let error = Journal::open_or_create(&path, &JournalHeader::of(&problem(800, 5), "jobs")).unwrap_err().to_string();
    assert!(error.contains("700 steps in all") && error.contains("800 steps in all"), "{error}");
}
