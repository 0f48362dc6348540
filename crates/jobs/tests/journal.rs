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
    let file = dir.path().join("a/b/run-3.ckpt");
    let sound = fs::read(&file).unwrap();
    for at in [0, 30, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        fs::write(&file, damaged).unwrap();
        let read = kept.get(RunId(3));
        let noticed = read.as_ref().is_err_and(|e| e.kind() == std::io::ErrorKind::InvalidData);
        assert!(noticed || at == 0, "byte {at}: {read:?}");
    }
    fs::write(&file, b"of an earlier version").unwrap();
    assert_eq!(kept.get(RunId(3)).unwrap().as_deref(), Some(&b"of an earlier version"[..]));
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

/// A journal of a whole study, its events and the folder it is in.
fn written() -> (tempfile::TempDir, std::path::PathBuf, Study) {
    let dir = tempfile::tempdir().unwrap();
    let p = problem(700, 5);
    let path = dir.path().join("journal");
    let mut journal = Journal::create(&path, &JournalHeader::of(&p, "random")).unwrap();
    let mut study = Study::new(p.clone(), policy("promoting")).unwrap();
    drive(&mut study, &mut InlineExecutor::new(&ToyTrainer::new()), &mut [&mut journal], DriveOptions::default())
        .unwrap();
    (dir, path, study)
}

#[test]
fn every_line_that_is_missing_repeated_moved_or_cut_off_is_noticed() {
    let (_dir, path, study) = written();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    assert_eq!(lines.len(), study.events().len() + 1);
    let refused = |lines: &[&str], what: &str| {
        fs::write(&path, lines.concat()).unwrap();
        let (peeked, opened) = (Journal::peek(&path), Journal::open(&path).map(|(_, r)| r));
        assert!(matches!(peeked, Err(JournalError::Damaged { .. })), "{what}: {peeked:?}");
        assert!(matches!(opened, Err(JournalError::Damaged { .. })), "{what}");
    };
    for i in 0..lines.len() {
        let mut missing = lines.clone();
        missing.remove(i);
        refused(&missing, &format!("line {i} is missing"));
        let mut repeated = lines.clone();
        repeated.insert(i, lines[i]);
        refused(&repeated, &format!("line {i} is repeated"));
        if i + 1 < lines.len() {
            let mut moved = lines.clone();
            moved.swap(i, i + 1);
            refused(&moved, &format!("lines {i} and {} are swapped", i + 1));
        }
        refused(&lines[..i], &format!("cut off after {i} lines"));
        let half = &lines[i][..lines[i].len() / 2];
        refused(&[&lines[..i], &[half]].concat(), &format!("cut in line {i}"));
    }
    // the last line, rewritten with a checksum of its own, is not the one that was noted
    let other = JournalHeader::of(&problem(700, 6), "random");
    let twin = path.with_file_name("twin");
    Journal::create(&twin, &other).unwrap().append(study.events()).unwrap();
    fs::copy(&twin, &path).unwrap();
    assert!(Journal::peek(&path).unwrap_err().to_string().contains("not the one that was written"));
    fs::remove_file(&path).unwrap();
    let gone = Journal::open_or_create(&path, &other).unwrap_err().to_string();
    assert!(gone.contains("the journal is missing"), "{gone}");
}

#[test]
fn a_journal_that_was_removed_or_replaced_takes_nothing_more_and_is_rescued() {
    for how in ["removed", "replaced", "written to"] {
        let (_dir, path, study) = written();
        let (mut journal, recovered) = Journal::open(&path).unwrap();
        let events = study.events();
        let bytes = fs::read(&path).unwrap();
        let more = [events, &events[..1]].concat();
        match how {
            "removed" => fs::remove_file(&path).unwrap(),
            "replaced" => {
                fs::rename(&path, path.with_file_name("old")).unwrap();
                fs::write(&path, &bytes).unwrap();
            }
            _ => fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"1 2 3\n").unwrap(),
        }
        let error = journal.append(&more).unwrap_err();
        assert!(matches!(error, JournalError::Replaced { .. }), "{how}: {error}");
        assert!(journal.has_failed() && journal.append(&more).is_err());
        let rescued = Journal::peek(&path.with_file_name("journal.rescued")).unwrap();
        assert_eq!((rescued.header, rescued.events), (recovered.header, more), "{how}");
    }
}

#[test]
fn a_journal_of_version_1_is_read_and_upgraded() {
    let (_dir, path, study) = written();
    let header = Journal::peek(&path).unwrap().header;
    let line = |json: String| format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()));
    let json = |value: &serde_json::Value| serde_json::to_string(value).unwrap();
    let mut first = serde_json::to_value(&header).unwrap();
    first["version"] = 1.into();
    let mut old = line(json(&first));
    old.extend(study.events().iter().map(|e| line(serde_json::to_string(e).unwrap())));
    let new = fs::read(&path).unwrap();
    fs::remove_file(path.with_file_name("journal.head")).unwrap();
    fs::write(&path, format!("{old}torn")).unwrap();
    assert_eq!(Journal::peek(&path).unwrap().events, study.events());
    let (journal, recovered) = Journal::open(&path).unwrap();
    drop(journal);
    assert_eq!((recovered.events.as_slice(), recovered.torn_bytes), (study.events(), 4));
    assert_eq!(fs::read(&path).unwrap(), new, "as if it had been written by this version");
    assert_eq!(fs::read_to_string(path.with_file_name("journal.v1")).unwrap(), format!("{old}torn"));
}
