//! The configuration that a study recommends, as every command shows it.

use std::collections::BTreeMap;

use jobs::{History, Recommendation, Status};
use jobs_core::PointRecord;
use serde::Serialize;
use serde_json::Value;

use crate::loaded_study::LoadedStudy;
use crate::output::value_text;
use crate::peft::{Peft, dataset_weights};

/// The recommended configuration.
#[derive(Clone, Debug, Serialize)]
pub struct BestConfiguration {
    study: String,
    run: u64,
    /// Whether the run is a full run. Otherwise `value` is an expectation.
    trained_in_full: bool,
    metric: String,
    /// Expected value of the metric, without noise.
    value: f64,
    /// Measured value of the run.
    measured: Option<f64>,
    spent: u64,
    total: u64,
    configuration: PointRecord,
    /// Keyword arguments of PEFT's `LoraConfig`; none where one of them cannot be determined.
    peft: Option<BTreeMap<String, Value>>,
    /// Arguments that cannot be determined, each with what would help.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) peft_undetermined: BTreeMap<String, String>,
    /// Weights of the parts of each mixture.
    dataset_weights: BTreeMap<String, BTreeMap<String, f64>>,
}

impl BestConfiguration {
    /// The configuration of a recommendation.
    pub fn of(loaded: &LoadedStudy, history: &History, best: &Recommendation) -> Self {
        let record = history.run(best.run);
        let turn = |v: f64| loaded.direction.turn(v);
        let peft = Peft::of(loaded, &best.point);
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
            peft: peft.whole().cloned(),
            peft_undetermined: peft.undetermined,
            dataset_weights: dataset_weights(&best.point),
        }
    }

    /// The configuration as text.
    pub fn text(&self) -> String {
        let how = match self.measured {
            Some(v) if self.trained_in_full => format!("measured {v:.4}, {:.4} expected without noise", self.value),
            _ => format!("{:.4} expected, not trained in full yet", self.value),
        };
        let mut out = format!(
            "Best of {}: run {}, {} {how} ({} of {} steps used)\n",
            self.study, self.run, self.metric, self.spent, self.total
        );
        let width = self.configuration.0.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &self.configuration.0 {
            out += &format!("  {name:width$}  {}\n", value_text(value));
        }
        out + "For arguments of PEFT and weights of the data sets: `jobs best --yaml` or `--json`.\n"
    }
}
