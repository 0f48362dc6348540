//! Runs the commands of README.md and docs/guide.md.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Folder, Ran};

/// A fenced `sh` block.
struct Block {
    /// Line of the fence in the document.
    line: usize,
    /// Number of the section. The blocks of a section share a folder.
    section: usize,
    /// Whether its commands can run here.
    runnable: bool,
    commands: Vec<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The `sh` blocks of a document. A block after `<!-- not run: ... -->`, or one that starts a study of a real model and runs it, is not
/// runnable.
fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut section, mut marked, mut open): (Vec<Block>, _, _, Option<&str>) = (vec![], 0, false, None);
    for (i, line) in text.lines().enumerate() {
        match (open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(language);
                if language == "sh" {
                    blocks.push(Block { line: i + 1, section, runnable: !marked, commands: vec![] });
                }
                marked = false;
            }
            (Some(_), Some(_)) => open = None,
            (Some("sh"), None) => blocks.last_mut().unwrap().commands.push(line.to_owned()),
            (None, None) if line.starts_with("<!-- not run: ") => marked = true,
            (None, None) if line.starts_with("## ") => section += 1,
            _ => {}
        }
    }
    for block in &mut blocks {
        let has = |start: &str| block.commands.iter().any(|c| c.starts_with(start));
        block.runnable &= !(has("jobs init --domains") && has("jobs run"));
    }
    blocks
}

/// Runs a line of shell in which `jobs` is the built binary: `jobs` alone is a builtin of bash.
fn shell(folder: &Folder, line: &str) -> Ran {
    let script = format!("set -e -o pipefail; jobs() {{ \"$JOBS\" \"$@\"; }}; {line}");
    let mut command = Command::new("bash");
    command.args(["-c", &script]).env("JOBS", env!("CARGO_BIN_EXE_jobs")).current_dir(folder.path());
    Ran::of(command.output().unwrap())
}

/// Checks that the subcommand and the flags of a command exist, from its `--help`.
fn check_flags(binary: &Path, arguments: &[&str], place: &str) {
    let subcommand = arguments.first().filter(|a| !a.starts_with('-'));
    let out = Command::new(binary).args(subcommand).arg("--help").output().unwrap();
    let help = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{place}: no command {subcommand:?}");
    for flag in arguments.iter().filter(|a| a.starts_with("--")) {
        let flag = flag.split('=').next().unwrap();
        assert!(help.contains(flag), "{place}: {subcommand:?} has no {flag}");
    }
}

/// Checks the flags of every `jobs`, `experiments` and `trainer` command in a line.
fn check_line(line: &str, place: &str) {
    let jobs = Path::new(env!("CARGO_BIN_EXE_jobs"));
    for command in line.split('#').next().unwrap().split("&&") {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words.as_slice() {
            ["jobs", arguments @ ..] => check_flags(jobs, arguments, place),
            ["cargo", "run", options @ ..] => {
                let Some(end) = options.iter().position(|w| *w == "--") else { continue };
                let Some(program) = options[..end].iter().find(|w| ["experiments", "trainer"].contains(w)) else {
                    continue;
                };
                let binary = jobs.with_file_name(program);
                if binary.exists() {
                    check_flags(&binary, &options[end + 1..], place);
                } else {
                    eprintln!("SKIPPED {place}: {} is not built", binary.display());
                }
            }
            _ => {}
        }
    }
}

/// Checks a document; returns the number of commands that were run.
fn check_document(name: &str) -> usize {
    let text = fs::read_to_string(repository().join(name)).unwrap();
    let (mut ran, mut section, mut folder) = (0, usize::MAX, Folder::new());
    for block in blocks(&text) {
        if block.section != section {
            (section, folder) = (block.section, Folder::new());
        }
        for (i, line) in block.commands.iter().enumerate() {
            let place = format!("{name}:{}: {line}", block.line + i + 1);
            check_line(line, &place);
            if block.runnable && (line.starts_with("jobs ") || line.starts_with("printf ")) {
                let got = shell(&folder, line);
                assert_eq!(got.code, Some(0), "{place}\n{}{}", got.out, got.err);
                ran += 1;
            }
        }
    }
    ran
}

#[test]
fn commands_of_the_readme_work() {
    assert!(check_document("README.md") >= 1);
}

#[test]
fn commands_of_the_guide_work() {
    assert!(check_document("docs/guide.md") >= 15);
}

/// Every key that the study file accepts is in the guide's table.
#[test]
fn the_guide_lists_every_key() {
    let guide = fs::read_to_string(repository().join("docs/guide.md")).unwrap();
    let table = guide.split("## Study file reference").nth(1).unwrap();
    let settings = fs::read_to_string(repository().join("crates/cli/src/study_file/settings.rs")).unwrap();
    let keys = settings.lines().filter_map(|l| l.strip_prefix("    pub ")?.split_once(": ").map(|(key, _)| key));
    let missing = |key: &&str| !table.contains(&format!("`{key}`")) && !table.contains(&format!("[{key}]"));
    assert_eq!(keys.filter(missing).collect::<Vec<_>>(), [""; 0]);
}
