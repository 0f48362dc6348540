//! The configuration that a study recommends, as every command shows it.

use std::collections::BTreeMap;

use jobs::{History, Recommendation, RunRecord, Status};
use jobs_core::{PointRecord, Target};
use serde::Serialize;
use serde_json::Value;

use crate::loaded_study::LoadedStudy;
use crate::numbers::{Digits, number};
use crate::output::value_text;
use crate::peft::{Peft, dataset_weights};
use crate::warnings;

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
    /// Other metrics of the run, where it is scored.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metrics: BTreeMap<String, f64>,
    /// Steps used.
    budget_used: u64,
    /// The old name of `budget_used`.
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
    /// What is probably not meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
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
            metrics: record.map(|r| metrics_of(r, history.problem().target)).unwrap_or_default(),
            budget_used: history.spent().0,
            spent: history.spent().0,
            total: history.problem().budget.total.0,
            configuration: best.point.record(),
            peft: peft.whole().cloned(),
            peft_undetermined: peft.undetermined,
            dataset_weights: dataset_weights(&best.point),
            warnings: warnings::of_best(loaded, history, &best.point),
        }
    }

    /// The configuration as text.
    pub fn text(&self) -> String {
        let digits = Digits::that_distinguish(self.measured.into_iter().chain([self.value]));
        let expected = digits.write(self.value);
        let how = match self.measured {
            Some(v) if self.trained_in_full => {
                format!("measured {}, {expected} expected without noise", digits.write(v))
            }
            _ => format!("{expected} expected, not trained in full yet"),
        };
        let mut out = format!(
            "Best of {}: run {}, {} {how} ({} of {} steps used)\n",
            self.study, self.run, self.metric, self.budget_used, self.total
        );
        let width = self.configuration.0.keys().map(String::len).max().unwrap_or(0);
        for (name, value) in &self.configuration.0 {
            out += &format!("  {name:width$}  {}\n", value_text(value));
        }
        if !self.metrics.is_empty() {
            let metrics: Vec<String> = self.metrics.iter().map(|(name, v)| format!("{name} {}", number(*v))).collect();
            out += &format!("Its other metrics: {}\n", metrics.join(", "));
        }
        self.warnings.iter().for_each(|warning| out += &format!("warning: {warning}\n"));
        out + "For arguments of PEFT and weights of the data sets: `jobs best --yaml` or `--json`.\n"
    }
}

/// Other metrics of a run at the step where it is scored, or at the nearest step that has them.
pub(crate) fn metrics_of(run: &RunRecord, target: Target) -> BTreeMap<String, f64> {
    let scored = match target {
        Target::Best => run.curve.best().map(|(step, _)| step),
        Target::Last => run.curve.last().map(|(step, _)| step),
    };
    let Some(scored) = scored else { return BTreeMap::new() };
    let value = |values: &Vec<(jobs_core::Steps, f64)>| {
        let before = values.iter().rev().find(|(step, _)| *step <= scored);
        before.or(values.first()).map(|(_, v)| *v)
    };
    run.metrics.iter().filter_map(|(name, values)| Some((name.clone(), value(values)?))).collect()
}
