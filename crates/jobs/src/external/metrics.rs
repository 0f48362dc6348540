use std::collections::BTreeMap;

use jobs_core::Steps;

use super::line::fields;
use crate::MetricValues;

/// Most names per trial: memory does not grow with what a trainer prints.
const MOST: usize = 100;

/// The metrics that a trial reports besides that of the study: every number of its lines.
///
/// Values of evaluations (lines with the study's metric) are all kept. Of a metric that appears in other lines only, such as a
/// training loss in every step, the latest value is kept.
#[derive(Clone, Debug, Default)]
pub struct OtherMetrics {
    evaluated: MetricValues,
    latest: BTreeMap<String, (Steps, f64)>,
}

impl OtherMetrics {
    /// Records the numbers of a line at `step`; `metric` is that of the study.
    pub fn record(&mut self, line: &str, metric: &str, step: Steps) {
        let Some(fields) = fields(line) else { return };
        let is_evaluation = fields.contains_key(metric);
        for (name, value) in fields {
            let value = value.as_f64().filter(|v| v.is_finite() && name != "step" && name != metric);
            let (Some(value), true) = (value, self.has_room_for(&name)) else { continue };
            if is_evaluation {
                self.evaluated.entry(name).or_default().push((step, value));
            } else {
                self.latest.insert(name, (step, value));
            }
        }
    }

    fn has_room_for(&self, name: &str) -> bool {
        let known = self.evaluated.contains_key(name) || self.latest.contains_key(name);
        known || self.evaluated.len() + self.latest.len() < MOST
    }

    /// Drops the values from `step` on.
    pub(super) fn drop_from(&mut self, step: Steps) {
        self.evaluated.values_mut().for_each(|values| values.retain(|(s, _)| *s < step));
        self.latest.retain(|_, (s, _)| *s < step);
    }

    /// The values by name, each at rising steps.
    pub fn values(&self) -> MetricValues {
        let mut values = self.evaluated.clone();
        values.retain(|_, v| !v.is_empty());
        for (name, latest) in &self.latest {
            values.entry(name.clone()).or_insert_with(|| vec![*latest]);
        }
        values
    }

    /// Names of all values.
    pub fn names(&self) -> Vec<String> {
        self.values().into_keys().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_are_kept_and_the_latest_of_other_lines() {
        let mut metrics = OtherMetrics::default();
        for (step, line) in [
            (5, r#"{"step": 5, "loss": 3.0, "note": "x"}"#),
            (10, r#"{"step": 10, "loss": 2.0}"#),
            (10, r#"{"step": 10, "eval_loss": 1.5, "eval_accuracy": 0.5, "bad": NaN}"#),
            (20, r#"{"step": 20, "eval_loss": 1.4, "eval_accuracy": 0.6}"#),
        ] {
            metrics.record(line, "eval_loss", Steps(step));
        }
        let expected = [
            ("eval_accuracy".to_owned(), vec![(Steps(10), 0.5), (Steps(20), 0.6)]),
            ("loss".to_owned(), vec![(Steps(10), 2.0)]),
        ];
        assert_eq!(metrics.values(), BTreeMap::from(expected));
        metrics.drop_from(Steps(20));
        assert_eq!(metrics.values()["eval_accuracy"], [(Steps(10), 0.5)]);
    }

    #[test]
    fn names_are_limited() {
        let mut metrics = OtherMetrics::default();
        for i in 0..10_000 {
            metrics.record(&format!("{{\"step\": 1, \"m{i}\": 1}}"), "eval_loss", Steps(1));
        }
        assert_eq!(metrics.names().len(), MOST);
    }
}
