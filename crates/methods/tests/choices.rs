//! Every method on a space with numeric choices, steps and fixed values: no proposal leaves it, and fixed values change nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use jobs::{Problem, Report, Study, Trial};
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
use methods::{METHODS, MethodEntry, default_configuration};

const SEARCHED: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b", "c"]
[[dimension]]
name = "lora_rank"
kind = "categorical"
choices = [4, 16, 64]
[[dimension]]
name = "lora_layers"
kind = "integer"
low = 4
high = 32
step = 4
[[dimension]]
name = "rate"
kind = "real"
low = 1e-5
high = 1e-3
log = true
"#;
const FIXED: &str = r#"
[[dimension]]
name = "lora_alpha"
value = 32
[[dimension]]
name = "lora_q_proj"
value = true
[[dimension]]
name = "optimizer"
value = "adamw"
"#;

fn problem(text: &str) -> Problem {
    let budget = Budget { total: Steps(1200), full: Steps(100), early: Steps(20) };
    Problem::new(SearchSpace::from_toml_str(text).unwrap(), budget, Target::Best, Seed(3))
}

/// Losses over a bowl in the encoded coordinates.
fn train(trial: &Trial) -> Report {
    let x = trial.point.space().encode(&trial.point);
    let bottom: f64 = 1.0 + x.iter().enumerate().map(|(i, v)| (v - 0.2 * i as f64).powi(2)).sum::<f64>();
    let steps = (1..=trial.to.0 / 10).map(|i| i * 10);
    let pairs = steps.map(|s| (Steps(s), bottom + (-(s as f64) / 20.0).exp()));
    Report { run: trial.run, step: trial.to, curve: LearningCurve::from_pairs(pairs).unwrap() }
}

/// The encoded points and steps that a method proposes, all of them checked.
fn proposals(method: &MethodEntry, text: &str) -> Option<Vec<(Vec<f64>, Steps)>> {
    let problem = problem(text);
    let mut study = Study::new(problem.clone(), method.make(&problem).ok()?).unwrap();
    let mut found = vec![];
    while let Some(trial) = study.ask().unwrap() {
        let record = serde_json::to_value(trial.point.record()).unwrap();
        assert!([4, 16, 64].map(serde_json::Value::from).contains(&record["lora_rank"]), "{}: {record}", method.name);
        let layers = record["lora_layers"].as_i64().unwrap();
        assert!((4..=32).contains(&layers) && layers % 4 == 0, "{}: {record}", method.name);
        if text.contains("optimizer") {
            assert_eq!((&record["lora_alpha"], &record["optimizer"]), (&32.into(), &"adamw".into()), "{}", method.name);
        }
        found.push((problem.space.encode(&trial.point), trial.to));
        study.tell(train(&trial)).unwrap();
    }
    assert!(study.best().unwrap().is_some(), "{}", method.name);
    Some(found)
}

#[test]
fn every_method_stays_in_the_space_and_ignores_fixed_values() {
    for method in METHODS.iter().filter(|m| m.name != "mf-kg") {
        let plain = proposals(method, SEARCHED);
        let with_fixed = proposals(method, &format!("{SEARCHED}{FIXED}"));
        assert!(plain.is_some(), "{}", method.name);
        assert_eq!(plain, with_fixed, "{}", method.name);
    }
}

#[test]
fn a_part_that_is_wholly_fixed_cannot_be_searched_alone() {
    let mixture = SEARCHED.split("[[dimension]]").nth(1).unwrap();
    let text = format!("[[dimension]]{mixture}{FIXED}");
    let made = methods::find("model-only").unwrap().make(&problem(&text));
    assert!(made.is_err_and(|e| e.to_string().contains("it needs both a mixture and a model")));
    assert!(methods::find("jobs").unwrap().make(&problem(&text)).is_ok());
}

#[test]
fn the_default_configuration_takes_the_choices_nearest_to_what_is_usual() {
    let space = SearchSpace::from_toml_str(&format!("{SEARCHED}{FIXED}")).unwrap();
    let point = default_configuration(&space).unwrap();
    let integer = |name: &str| point.integer(name).unwrap();
    assert_eq!((integer("lora_rank"), integer("lora_layers"), integer("lora_alpha")), (4, 32, 32));
}
