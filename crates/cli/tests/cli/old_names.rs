//! Study files, journals and kept tables of an earlier version, which used other names. The fixture was written by such a version.

use std::fs;
use std::path::Path;

use super::Folder;

const NOTICES: [&str; 2] = [
    "note: study.toml:7: [experience] is now called [transfer]; the old name still works\n",
    "note: study.toml:6: \"fallback\" is now called \"early_signal_check\"; the old name still works\n",
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn with_new_names(folder: &Folder) {
    let file = folder.path().join("study.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, text.replace("[experience]", "[transfer]").replace("fallback", "early_signal_check")).unwrap();
}

fn fixture() -> Folder {
    let folder = Folder::new();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/old-names"), folder.path());
    folder
}

#[test]
fn a_journal_with_old_names_continues_under_old_and_new_names() {
    let whole = fixture().events();
    let half: Vec<u8> = fixture().journal().split_inclusive(|b| *b == b'\n').take(6).flatten().copied().collect();
    for new in [false, true] {
        let folder = fixture();
        if new {
            with_new_names(&folder);
        }
        let status = folder.run(&["status"]);
        assert_eq!(status.code, Some(0), "{}", status.err);
        assert_eq!(status.err, if new { String::new() } else { NOTICES.concat() });
        fs::write(folder.path().join("runs/journal"), &half).unwrap();
        folder.ok(&["run"]);
        assert_eq!(folder.events(), whole, "the earlier studies are not needed: their tables were kept");
        assert!(!folder.path().join("runs/transfer").exists());
    }
}

#[test]
fn a_study_file_with_old_names_writes_the_same_journal() {
    let begun_anew = |folder: &Folder| {
        fs::rename(folder.path().join("runs/experience/1"), folder.path().join("maths")).unwrap();
        fs::remove_dir_all(folder.path().join("runs")).unwrap();
        // kept tables hold losses, as the emulator's metric does, so that the kept table is the table
        folder.ok(&["run"]);
        assert!(folder.path().join("runs/transfer/1/space.toml").exists());
        folder.events()
    };
    let (old, new) = (fixture(), fixture());
    with_new_names(&new);
    assert_eq!(begun_anew(&old), begun_anew(&new));
}

#[test]
fn old_and_new_names_are_not_mixed() {
    let folder = fixture();
    let file = folder.path().join("study.toml");
    let text = fs::read_to_string(&file).unwrap() + "[transfer]\nstudies = []\n";
    fs::write(file, text).unwrap();
    let ran = folder.run(&["status"]);
    assert!(ran.code == Some(2) && ran.err.contains("duplicate field `transfer`"), "{}", ran.err);
}
