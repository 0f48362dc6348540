//! A short run of the fuzz harness; `scripts/fuzz` is the long one.
#![allow(clippy::unwrap_used)]

use fuzz::{Watch, formats, run, try_input};
use jobs_core::Seed;

/// Inputs of all formats together.
const INPUTS: u64 = 20_000;

#[test]
fn no_reader_fails_on_a_changed_file() {
    let (all, watch) = (formats::all().unwrap(), Watch::start(None));
    let weights: u64 = all.iter().map(|f| f.weight).sum();
    for format in &all {
        let counts = run(format, Seed(1), INPUTS * format.weight / weights, &watch);
        assert!(counts.findings.is_empty(), "{}: {:#?}", format.name, counts.findings);
        let share = counts.accepted as f64 / counts.inputs as f64;
        assert!(share < 0.95, "{}: {share} of the inputs were accepted", format.name);
    }
}

#[test]
fn every_valid_file_is_accepted() {
    let mut refused = vec![];
    for format in formats::all().unwrap() {
        for (i, file) in format.files.iter().enumerate() {
            let (answer, _) = try_input(&format, i, file);
            refused.extend((answer != Ok(Ok(()))).then(|| format!("file {i} of {}: {answer:?}", format.name)));
        }
    }
    // panics are kept, not printed: a failed assertion would say nothing
    if !refused.is_empty() {
        eprintln!("{}", refused.join("\n"));
    }
    assert!(refused.is_empty(), "{refused:#?}");
}
