//! A study as JSON.

use jobs::{History, RunRecord, Trial};
use jobs_cli::by_hand;
use jobs_cli::loaded_study::LoadedStudy;
use jobs_cli::open_study::Opened;
use jobs_cli::peft::{Peft, dataset_weights};
use serde_json::{Value, json};

/// A trial: the request that a training command gets, and the configuration as arguments of PEFT.
pub fn trial(loaded: &LoadedStudy, opened: &Opened, trial: &Trial) -> anyhow::Result<Value> {
    let peft = Peft::of(loaded, &trial.point);
    let mut value = serde_json::to_value(by_hand::request(loaded, &opened.study, trial)?)?;
    value["peft"] = json!(peft.whole());
    value["peft_undetermined"] = json!(peft.undetermined);
    value["dataset_weights"] = json!(dataset_weights(&trial.point));
    Ok(value)
}

/// All runs, in their order.
pub fn runs(loaded: &LoadedStudy, history: &History) -> Value {
    history.runs().iter().map(|r| run(loaded, history, r)).collect()
}

fn run(loaded: &LoadedStudy, history: &History, r: &RunRecord) -> Value {
    let turn = |v: f64| loaded.direction.turn(v);
    let curve: Vec<(u64, f64)> = r.curve.iter().map(|(step, v)| (step.0, turn(v))).collect();
    json!({
        "run": r.id, "phase": r.phase.to_string(), "status": format!("{:?}", r.status).to_lowercase(), "step": r.step, "to": r.to,
        "value": history.problem().target.of(&r.curve).map(turn), "last": curve.last().map(|l| l.1),
        "diverged_at": r.curve.diverged_at(), "configuration": r.point.record(), "curve": curve,
    })
}
