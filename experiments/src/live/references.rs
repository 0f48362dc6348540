//! What one would train without a search, and knows the target: a yardstick for methods on real training.

use std::path::Path;

use anyhow::Context;
use jobs_core::{Domain, Point, SearchSpace, Value};
use methods::default_configuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use trainer::train::LiveTrainer;

use super::truth::Tests;
use crate::comparison::summary::write_csv;
use crate::tasks::Truth;

/// Its table.
pub(super) const FILE: &str = "references.csv";
/// What it is called.
pub(super) const NAME: &str = "sensible-default";

/// A row of `references.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reference {
    /// Target.
    pub(super) task: String,
    /// The configuration.
    pub(super) configuration: String,
    /// Mean test loss of its fresh runs.
    pub(super) test: f64,
    /// Hash of the task and the configuration, by which a finished row is reused.
    pub(super) hash: String,
}

impl Reference {
    /// The row of a target, from the folder's own table where it has it.
    pub(super) fn of(
        task: &str,
        trainer: &dyn LiveTrainer,
        tests: &Tests,
        defined_by: &[u8],
        out: &Path,
    ) -> anyhow::Result<Self> {
        let point = sensible_default(trainer.space(), task).context("the space allows no default configuration")?;
        let record = serde_json::to_string(&point.record())?;
        let hash = format!("{:x}", Sha256::new().chain_update(defined_by).chain_update(&record).finalize());
        if let Some(row) = read(out).into_iter().find(|row| row.hash == hash) {
            return Ok(row);
        }
        let test = tests.value(&point)?;
        Ok(Self { task: task.into(), configuration: NAME.into(), test, hash })
    }
}

/// Rank 16, alpha 32, all modules and layers, half of the data from the target's own domain.
fn sensible_default(space: &SearchSpace, task: &str) -> Option<Point> {
    let default = default_configuration(space)?;
    let value = |(name, domain, own): (&str, &Domain, &Value)| match domain {
        Domain::Simplex { parts } if parts.iter().any(|p| p == task) => {
            let others = 0.5 / (parts.len() - 1).max(1) as f64;
            Value::Simplex(parts.iter().map(|p| if p == task { 0.5 } else { others }).collect())
        }
        Domain::Integer { low, high, .. } if name == "lora_rank" => Value::Integer(16.clamp(*low, *high)),
        Domain::Real { low, high, .. } if name == "lora_alpha" => Value::Real(32.0_f64.clamp(*low, *high)),
        Domain::Boolean if name.ends_with("_proj") => Value::Boolean(true),
        _ => own.clone(),
    };
    let dimensions = space.dimensions().iter().zip(default.values());
    space.nearest(dimensions.map(|(d, own)| value((&d.name, &d.domain, own))).collect())
}

fn read(out: &Path) -> Vec<Reference> {
    let rows = csv::Reader::from_path(out.join(FILE)).ok();
    rows.map(|mut r| r.deserialize().flatten().collect()).unwrap_or_default()
}

/// Writes the table.
pub(super) fn write(references: &[Reference], out: &Path) -> anyhow::Result<()> {
    write_csv(&out.join(FILE), references)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainer::train::{TrainSettings, open};

    #[test]
    fn the_sensible_default_takes_half_of_its_data_from_the_target() {
        let trainer = open(TrainSettings::default(), None).unwrap();
        let domains = trainer.domains();
        let point = sensible_default(trainer.space(), &domains[1]).unwrap();
        let shares = point.shares("mixture").unwrap();
        assert!((shares[1] - 0.5).abs() < 1e-9 && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
        assert_eq!(point.integer("lora_rank"), Some(16));
        assert_eq!(point.boolean("lora_down_proj"), Some(true));
    }
}
