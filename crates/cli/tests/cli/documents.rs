//! Every command of every document names a subcommand, flags and scripts that exist. Those of README.md and the guide are also run
//! (`docs.rs`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// README.md, CONTRIBUTING.md, the READMEs of crates and everything in docs/.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md"].map(|f| root().join(f)).into();
    for folder in ["docs", "docs/log", "crates/*", "experiments", "examples", "benches"] {
        let (parent, each) = (folder.trim_end_matches("/*"), folder.ends_with("/*"));
        for entry in fs::read_dir(root().join(parent)).into_iter().flatten().map(|e| e.unwrap().path()) {
            let file = if each { entry.join("README.md") } else { entry };
            if file.extension().is_some_and(|e| e == "md") && file.is_file() {
                found.push(file);
            }
        }
    }
    found
}

/// Shell blocks of a document, with whether they are run.
fn blocks(text: &str) -> Vec<(String, bool)> {
    let (mut blocks, mut open, mut marked) = (vec![], None::<String>, false);
    for line in text.lines() {
        match &mut open {
            Some(block) if line.trim_start().starts_with("```") => {
                blocks.push((std::mem::take(block), !marked));
                (open, marked) = (None, false);
            }
            Some(block) => *block += &format!("{line}\n"),
            None if line.trim_start().starts_with("```sh") => open = Some(String::new()),
            None if line.starts_with("<!-- not run:") => marked = true,
            None if line.trim().is_empty() => {}
            None => marked = false,
        }
    }
    blocks
}

/// Commands in code spans: `jobs ...`, `cargo run ...`, `scripts/...`.
fn spans(text: &str) -> Vec<String> {
    let spans = text.lines().filter(|l| !l.starts_with("```")).flat_map(|l| l.split('`').skip(1).step_by(2));
    spans
        .filter(|s| ["jobs ", "cargo run ", "scripts/"].iter().any(|start| s.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

fn help(program: &Path, subcommand: &[&str]) -> Option<String> {
    let out = Command::new(program).args(subcommand).arg("--help").output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// What is wrong with one command, by the programs' own help; `None` also where a program is not built.
fn problem(command: &str) -> Option<String> {
    let command = command.split(" #").next().unwrap_or_default();
    let words: Vec<&str> = command.split_whitespace().collect();
    let beside = |name: &str| Path::new(env!("CARGO_BIN_EXE_jobs")).with_file_name(name);
    let (program, rest) = match words.as_slice() {
        ["jobs", rest @ ..] => (beside("jobs"), rest),
        ["cargo", "run", "-p", name, rest @ ..] => {
            let dashes = rest.iter().position(|w| *w == "--").map_or(rest.len(), |at| at + 1);
            (beside(name), &rest[dashes..])
        }
        [script, ..] if script.starts_with("scripts/") => {
            let there = root().join(script.trim_end_matches([',', '.'])).exists();
            return (!there).then(|| format!("there is no {script}"));
        }
        _ => return None,
    };
    if !program.is_file() {
        eprintln!("SKIPPED: {} is not built", program.display());
        return None;
    }
    let subcommand: Vec<&str> =
        rest.first().filter(|w| w.chars().all(|c| c.is_alphanumeric() || c == '-')).copied().into_iter().collect();
    // `jobs COMMAND --help` stands for any
    let subcommand =
        if subcommand.iter().any(|s| s.starts_with('-') || **s == s.to_uppercase()) { vec![] } else { subcommand };
    let Some(help) = help(&program, &subcommand) else { return Some(format!("no such subcommand: {subcommand:?}")) };
    let flags = rest.iter().take_while(|w| !["|", ">", "<", "&&", ";"].contains(*w)).filter(|w| w.starts_with("--"));
    let unknown = flags.map(|f| f.split('=').next().unwrap_or(f).trim_end_matches([',', '.', ')']));
    unknown.filter(|f| *f != "--" && !help.contains(*f)).map(|f| format!("no such flag: {f}")).next()
}

#[test]
fn commands_of_all_documents_exist() {
    let mut found = vec![];
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap();
        let lines =
            blocks(&text).into_iter().flat_map(|(block, _)| block.lines().map(str::to_owned).collect::<Vec<_>>());
        let commands =
            lines.flat_map(|l| l.split("&&").map(|c| c.trim().to_owned()).collect::<Vec<_>>()).chain(spans(&text));
        // the log tells of commands as they were
        for command in commands.filter(|_| !file.starts_with(root().join("docs/log"))) {
            if let Some(problem) = problem(&command) {
                found.push(format!("{}: {command}: {problem}", file.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn blocks_and_their_marks_are_found() {
    let text = "a\n```sh\njobs run\n```\n<!-- not run: why -->\n```sh\njobs check\n```\n\n```text\nno\n```\nuse `jobs best` or `x`\n";
    assert_eq!(blocks(text), [("jobs run\n".to_owned(), true), ("jobs check\n".to_owned(), false)]);
    assert_eq!(spans(text), ["jobs best"]);
    assert!(problem("jobs frobnicate").is_some() && problem("jobs best --nothing").is_some());
    assert_eq!((problem("jobs best --yaml"), problem("scripts/check")), (None, None));
    assert!(problem("scripts/no-such").is_some());
}
