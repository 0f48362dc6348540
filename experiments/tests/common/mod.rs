//! What the tests of the program share.

// every test binary compiles this module and uses a part of it
#![allow(dead_code)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in the folder of this crate.
pub(crate) fn experiments(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_experiments")).args(args).stdin(Stdio::null()).output().unwrap()
}

/// Runs the program in the root of the repository, where `--source NAME` finds the committed results.
pub(crate) fn experiments_in_root(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Command::new(env!("CARGO_BIN_EXE_experiments")).args(args).current_dir(root).stdin(Stdio::null()).output().unwrap()
}

/// Output as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Bad input: exit code 2 and, after any notes, an error of one line (clap's own errors
/// have more); `expected` is in the output.
pub(crate) fn refused(args: &[&str], expected: &str) {
    let out = experiments(args);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{args:?} said: {said}");
    assert!(said.contains(expected), "{args:?} said: {said}\nexpected: {expected}");
    if !said.contains("\nUsage: ") && !said.contains("\nFor more information") {
        let error = said.trim_end().lines().skip_while(|line| !line.starts_with("error: "));
        assert_eq!(error.count(), 1, "{args:?} said: {said}");
    }
}
