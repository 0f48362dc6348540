use std::collections::BTreeMap;

use jobs::{History, Recommendation, Status};
use jobs_core::PointRecord;
use serde::Serialize;
use serde_json::Value;

use crate::args::BestArgs;
use crate::failure::Kind;
use crate::open_study::replay_with_method;
use crate::output::{emit, show, shown};
use crate::peft::{dataset_weights, peft};
use crate::study_file::LoadedStudy;
use crate::yaml;

/// `jobs best`
pub(super) fn run(args: &BestArgs, loaded: &LoadedStudy, json: bool) -> anyhow::Result<()> {
    let study = replay_with_method(loaded)?;
    let best = study.best()?;
    let best = best.ok_or_else(|| Kind::Nothing.says("no run has a value yet; see `jobs status`"))?;
    let best = Best::of(loaded, study.history(), &best);
    if args.yaml {
        return emit(&yaml::write(&serde_json::to_value(&best)?));
    }
    show(json, &best, || best.text())
}

/// The configuration a study would hand over.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Best {
    study: String,
    run: u64,
    /// Whether it was trained to the end; otherwise `value` is what is believed.
    trained_in_full: bool,
    metric: String,
    /// In the metric's own terms.
    value: f64,
    /// What the run itself measured, where it was trained to the end.
    measured: Option<f64>,
    spent: u64,
    total: u64,
    configuration: PointRecord,
    /// Keyword arguments of PEFT's `LoraConfig`, as far as the names of dimensions say them.
    peft: BTreeMap<String, Value>,
    /// For each mixture, the weight of every part.
    dataset_weights: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Best {
    /// Of a recommendation.
    pub(super) fn of(loaded: &LoadedStudy, history: &History, best: &Recommendation) -> Self {
        let record = history.run(best.run);
        let turn = |v: f64| loaded.direction.turn(v);
        Self {
            study: loaded.name(),
            run: best.run.0,
            trained_in_full: record.is_some_and(|r| r.status == Status::Finished),
            metric: loaded.metric().to_owned(),
            value: turn(best.inference),
            measured: record.and_then(|r| history.value(r)).map(turn),
            spent: history.spent().0,
            total: history.problem().budget.total.0,
            configuration: best.point.record(),
            peft: peft(&best.point),
            dataset_weights: dataset_weights(&best.point),
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let how = match self.measured {
            Some(v) if self.trained_in_full => format!("measured {v:.4}, estimated {:.4} without noise", self.value),
            _ => format!("estimated {:.4}; not a full run yet", self.value),
        };
        let mut out = format!(
            "Best of {}: run {}, {} {how} ({} of {} steps used)\n",
            self.study, self.run, self.metric, self.spent, self.total
        );
        let width = self.configuration.0.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &self.configuration.0 {
            out += &format!("  {name:width$}  {}\n", shown(value));
        }
        out + "`jobs best --yaml` or `--json` gives it to programs, with PEFT's arguments and the weights of the data sets.\n"
    }
}
