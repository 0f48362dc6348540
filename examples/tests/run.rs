//! Every example runs and does what it says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;

fn output(program: &str) -> String {
    let out = Command::new(program).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Numbers that follow a word.
fn after(text: &str, word: &str) -> Vec<f64> {
    text.split(word).skip(1).map(|rest| rest.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

#[test]
fn asking_and_telling_uses_the_budget_and_finds_the_bowl() {
    let text = output(env!("CARGO_BIN_EXE_ask_tell"));
    assert!(text.starts_with("1000 of 1000 steps used"), "{text}");
    let loss: f64 = text.split("loss of ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
    assert!(loss < 1.1, "{text}");
}

#[test]
fn an_own_method_runs_beside_random_search() {
    let losses = after(&output(env!("CARGO_BIN_EXE_own_method")), "loss ");
    assert!(losses.len() == 2 && losses[0] < losses[1], "fixed seed: {losses:?}");
}

#[test]
fn an_own_predictor_is_part_of_jobs() {
    let losses = after(&output(env!("CARGO_BIN_EXE_own_predictor")), "loss ");
    assert!(losses.len() == 1 && losses[0] < 1.0, "{losses:?}");
}

#[test]
fn an_interrupted_study_continues() {
    let text = output(env!("CARGO_BIN_EXE_own_trainer"));
    let steps = after(&text, "starting at step ");
    assert!(text.contains("interrupted") && steps.len() == 2 && steps[0] == 0.0 && steps[1] > 0.0, "{text}");
    let rate = after(&text, "best rate ")[0];
    assert!((0.004..0.025).contains(&rate), "{text}");
}

#[test]
fn jobs_ends_below_random_search_on_the_emulator() {
    let regrets = after(&output(env!("CARGO_BIN_EXE_emulated_study")), "regret ");
    assert!(regrets.len() == 3 && regrets[0] < regrets[2], "fixed seed: {regrets:?}");
}
