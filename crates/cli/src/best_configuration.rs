//! The configuration that a study recommends, as every command shows it.

use std::collections::BTreeMap;

use jobs::{RunRecord, Study};
use jobs_core::{PointRecord, Target};
use serde::Serialize;
use serde_json::Value;

use crate::best::{Best, best};
use crate::feasibility::words;
use crate::loaded_study::LoadedStudy;
use crate::numbers::number;
use crate::output::value_text;
use crate::peft::{Peft, dataset_weights};
use crate::warnings;

/// The recommended configuration.
#[derive(Clone, Debug, Serialize)]
pub struct BestConfiguration {
    study: String,
    #[serde(flatten)]
    best: Best,
    metric: String,
    /// Steps of a full run.
    full_steps: u64,
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
    /// The configuration of the best run; `None` while no run has a value.
    ///
    /// # Errors
    /// A method that cannot decide.
    pub fn of(loaded: &LoadedStudy, study: &Study) -> anyhow::Result<Option<Self>> {
        let Some((recommended, best)) = best(loaded, study)? else { return Ok(None) };
        let (history, point) = (study.history(), &recommended.point);
        let record = history.run(recommended.run);
        let peft = Peft::of(loaded, point);
        let infeasible = best.infeasible();
        Ok(Some(Self {
            study: loaded.name(),
            best,
            metric: loaded.metric().to_owned(),
            full_steps: history.problem().budget.full.0,
            metrics: record.map(|r| metrics_of(r, history.problem().target)).unwrap_or_default(),
            budget_used: history.spent().0,
            spent: history.spent().0,
            total: history.problem().budget.total.0,
            configuration: point.record(),
            peft: peft.whole().cloned(),
            peft_undetermined: peft.undetermined,
            dataset_weights: dataset_weights(point),
            warnings: infeasible.into_iter().chain(warnings::of_best(loaded, history, point)).collect(),
        }))
    }

    /// Whether the study has constraints that the run does not satisfy.
    pub(crate) fn is_infeasible(&self) -> bool {
        self.best.feasible == Some(false)
    }

    /// The configuration as text.
    pub fn text(&self) -> String {
        let how = self.best.words(&self.metric, self.full_steps);
        let mut out = format!(
            "Best of {}: run {}, {how} ({} of {} steps used)\n",
            self.study, self.best.run, self.budget_used, self.total
        );
        self.best.reason.iter().for_each(|why| out += &format!("Why this run: {why}\n"));
        if !self.best.constraints.is_empty() {
            out += &format!("Constraints: {}\n", words(&self.best.constraints));
        }
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
