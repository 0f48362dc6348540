//! Every method on a space with limited shares and dimensions that depend on others: no proposal leaves it.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{Problem, Report, Study, Trial};
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
use methods::{METHODS, MethodEntry};
use serde_json::Value;

const LIMITED: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["maths", "code", "chat", "law"]
low = { maths = 0.1, law = 0.05 }
high = 0.55
optional = ["law"]
[[dimension]]
name = "optimizer"
kind = "categorical"
choices = ["adamw", "lion"]
[[dimension]]
name = "beta2"
kind = "real"
low = 0.9
high = 0.999
when = { optimizer = "adamw" }
[[dimension]]
name = "lora_rank"
kind = "integer"
low = 1
high = 64
log = true
[[dimension]]
name = "use_warmup"
kind = "boolean"
[[dimension]]
name = "warmup"
kind = "integer"
low = 1
high = 50
when = "use_warmup"
[[constraint]]
kind = "sum"
of = ["mixture.maths", "mixture.code"]
high = 0.6
"#;

/// Losses whose bottom lies outside the limits, so that a search is drawn to them.
fn train(trial: &Trial) -> Report {
    let record = serde_json::to_value(trial.point.record()).unwrap();
    let share = |part: &str| record["mixture"][part].as_f64().unwrap();
    let (beta, warmup) = (record["beta2"].as_f64().unwrap_or(0.92), record["warmup"].as_f64().unwrap_or(30.0));
    let rank = record["lora_rank"].as_f64().unwrap().ln() / 64f64.ln();
    let bottom = 1.0 + (share("maths") - 0.5).powi(2) + (share("code") - 0.5).powi(2) + (share("law") - 0.01).abs();
    let bottom = bottom + (beta - 0.95).powi(2) + ((warmup - 20.0) / 50.0).powi(2) + (rank - 0.5).powi(2);
    let pairs = (1..=trial.to.0 / 10).map(|i| (Steps(i * 10), bottom + (-(i as f64) / 2.0).exp()));
    Report { run: trial.run, step: trial.to, curve: LearningCurve::from_pairs(pairs).unwrap() }
}

/// What the trainer is given.
fn check(record: &Value, method: &str) {
    let share = |part: &str| record["mixture"][part].as_f64().unwrap();
    let each = ["maths", "code", "chat", "law"].map(share);
    assert!((each.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{method}: {record}");
    assert!(each.iter().all(|v| (0.0..=0.55).contains(v)) && each[0] >= 0.1, "{method}: {record}");
    assert!(each[0] + each[1] <= 0.6 && (each[3] == 0.0 || each[3] >= 0.05), "{method}: {record}");
    assert_eq!(record.get("beta2").is_some(), record["optimizer"] == "adamw", "{method}: {record}");
    assert_eq!(record.get("warmup").is_some(), record["use_warmup"] == true, "{method}: {record}");
}

/// Asks three trials at once, so that fantasies count too, and tells them in the opposite order. Returns the best loss.
fn search(method: &MethodEntry, seed: u64) -> f64 {
    let budget = Budget { total: Steps(1500), full: Steps(100), early: Steps(20) };
    let space = SearchSpace::from_toml_str(LIMITED).unwrap();
    let problem = Problem::new(space, budget, Target::Best, Seed(seed));
    let mut study = Study::new(problem.clone(), method.make(&problem).unwrap()).unwrap();
    loop {
        let mut trials: Vec<Trial> = (0..3).map_while(|_| study.ask().unwrap()).collect();
        if trials.is_empty() {
            break;
        }
        trials.iter().for_each(|t| check(&serde_json::to_value(t.point.record()).unwrap(), method.name));
        while let Some(trial) = trials.pop() {
            study.tell(train(&trial)).unwrap();
        }
    }
    let best = study.best().unwrap().unwrap();
    check(&serde_json::to_value(best.point.record()).unwrap(), method.name);
    study.history().best_finished().map_or(f64::INFINITY, |(_, value)| value)
}

#[test]
fn no_method_leaves_the_limits() {
    for method in METHODS.iter().filter(|m| m.name != "mf-kg") {
        for seed in 0..2 {
            search(method, seed);
        }
    }
}

/// The optimum is on the limit of the sum: maths and code at 0.3 each, no law.
#[test]
fn the_search_follows_the_limits() {
    let of = |name: &str| -> f64 { (0..4).map(|seed| search(methods::find(name).unwrap(), seed)).sum::<f64>() / 4.0 };
    let (jobs, random) = (of("jobs"), of("random"));
    let optimum = 1.0 + 2.0 * 0.04 + 0.01 + (-5.0f64).exp();
    assert!(jobs < optimum + 0.04 && jobs < random, "jobs {jobs}, random {random}, optimum {optimum}");
}
