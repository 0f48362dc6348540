//! The configuration that a study recommends, as every command shows it.

use std::collections::BTreeMap;

use jobs::{History, Recommendation, Status};
use jobs_core::PointRecord;
use serde::Serialize;
use serde_json::Value;

use crate::loaded_study::LoadedStudy;
use crate::output::value_text;
use crate::peft::{dataset_weights, peft};

/// The configuration a study would hand over.
#[derive(Clone, Debug, Serialize)]
pub struct BestConfiguration {
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

impl BestConfiguration {
    /// Of a recommendation.
    pub fn of(loaded: &LoadedStudy, history: &History, best: &Recommendation) -> Self {
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
    pub fn text(&self) -> String {
        let how = match self.measured {
            Some(v) if self.trained_in_full => format!("measured {v:.4}, {:.4} expected without noise", self.value),
            _ => format!("{:.4} expected; not trained to the end yet", self.value),
        };
        let mut out = format!(
            "Best of {}: run {}, {} {how} ({} of {} steps spent)\n",
            self.study, self.run, self.metric, self.spent, self.total
        );
        let width = self.configuration.0.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &self.configuration.0 {
            out += &format!("  {name:width$}  {}\n", value_text(value));
        }
        out + "`jobs best --yaml` or `--json` gives it to programs, with PEFT's arguments and the weights of the data sets.\n"
    }
}
