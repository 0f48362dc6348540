use std::collections::HashMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use jobs_core::{LearningCurve, PointRecord, Seed};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::model::named;
use crate::weights::{NamedTensor, encode};

/// Version of the format. Version 1 knew the base by its last norm only.
const VERSION: u32 = 2;

/// The state of a run, apart from tensors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) version: u32,
    /// Hash of settings, space and model: a run resumes only with those it started with.
    pub(crate) fingerprint: String,
    pub(crate) point: PointRecord,
    pub(crate) seed: Seed,
    /// Steps done. With the seed this determines the data position and the state of every random stream.
    pub(crate) step: u64,
    pub(crate) updates: u64,
    pub(crate) curve: LearningCurve,
    pub(crate) evaluations: Vec<Evaluation>,
    /// Sum and number of training losses since the last evaluation.
    pub(crate) training: (f64, u64),
}

impl State {
    /// What a run of `full` steps cannot be in: its counters would overflow, or its schedule end before it does.
    pub(crate) fn check(&self, full: u64) -> Result<(), String> {
        let Self { step, updates, training: (loss, losses), .. } = self;
        if *step > full {
            return Err(format!("it is at step {step}, but a full run has {full}"));
        }
        if updates > step || losses > step {
            return Err(format!(
                "it has {updates} updates and {losses} training losses at step {step}, expected at most one a step"
            ));
        }
        if !loss.is_finite() {
            return Err(format!("its sum of training losses is {loss}, expected a finite number"));
        }
        match self.curve.last() {
            Some((last, _)) if last.get() > *step => {
                Err(format!("it is at step {step}, but its curve ends at step {last}"))
            }
            _ => Ok(()),
        }
    }
}

/// The result of one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Number of steps done before it.
    pub step: u64,
    /// Validation loss of every domain, in nats per token; NaN if it is not finite.
    #[serde(with = "finite")]
    pub losses: Vec<f64>,
    /// Share of questions answered correctly in every domain; `None` for a domain without questions.
    pub accuracies: Vec<Option<f64>>,
    /// Mean training loss since the previous evaluation, in nats per token.
    pub training: Option<f64>,
}

/// JSON has no NaN; it is written as null.
mod finite {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(values: &[f64], s: S) -> Result<S::Ok, S::Error> {
        values.iter().map(|v| v.is_finite().then_some(*v)).collect::<Vec<_>>().serialize(s)
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(d: D) -> Result<Vec<f64>, D::Error> {
        let values: Vec<Option<f64>> = Deserialize::deserialize(d)?;
        Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
    }
}

/// A saved run: one safetensors file with the state in its metadata and a checksum over state and tensors.
pub(crate) struct Checkpoint<B: Backend> {
    pub(crate) state: State,
    /// Named lists of matrices: parameters, moments, best parameters.
    pub(crate) lists: Vec<(&'static str, Vec<Tensor<B, 2>>)>,
}

impl<B: Backend> Checkpoint<B> {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let tensors: Vec<NamedTensor> = self
            .lists
            .iter()
            .flat_map(|(name, list)| list.iter().enumerate().map(move |(i, t)| named(&format!("{name}.{i}"), t)))
            .collect();
        let state =
            serde_json::to_string(&State { version: VERSION, ..self.state.clone() }).map_err(|e| e.to_string())?;
        let sum = checksum(&state, &tensors);
        // a single entry keeps the bytes reproducible: a hash map of two has no fixed order
        let metadata = HashMap::from([("run".to_owned(), format!("{sum:08x} {state}"))]);
        encode(&tensors, metadata).map_err(|e| e.to_string())
    }

    /// Reads what [`Self::to_bytes`] wrote; `names` are the lists expected.
    pub(crate) fn from_bytes(bytes: &[u8], names: &[&'static str], device: &B::Device) -> Result<Self, String> {
        let damaged = |e: safetensors::SafeTensorError| format!("not a checkpoint of this trainer, or truncated: {e}");
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let metadata = header.metadata().as_ref().ok_or("not a checkpoint: no metadata")?;
        let entry = metadata.get("run").ok_or("not a checkpoint: no entry `run` in its metadata")?;
        let (expected, text) = entry.split_once(' ').ok_or("not a checkpoint: its metadata cannot be parsed")?;
        let state: State = serde_json::from_str(text).map_err(|e| format!("its state cannot be parsed: {e}"))?;
        if state.version != VERSION {
            return Err(format!(
                "it was written by another version (format {}, this program's is {VERSION})",
                state.version
            ));
        }
        let mut all = vec![];
        let mut lists = vec![];
        for &name in names {
            let mut list = vec![];
            while let Ok(view) = file.tensor(&format!("{name}.{}", list.len())) {
                let shape: [usize; 2] =
                    view.shape().try_into().map_err(|_| format!("the tensors of `{name}` are not matrices"))?;
                if view.dtype() != Dtype::F32 {
                    return Err(format!("a tensor of `{name}` is {:?}, expected F32", view.dtype()));
                }
                let (chunks, _) = view.data().as_chunks::<4>();
                let values: Vec<f32> = chunks.iter().map(|b| f32::from_le_bytes(*b)).collect();
                all.push(NamedTensor {
                    name: format!("{name}.{}", list.len()),
                    shape: shape.to_vec(),
                    values: values.clone(),
                });
                list.push(Tensor::from_data(TensorData::new(values, shape), device));
            }
            lists.push((name, list));
        }
        if format!("{:08x}", checksum(text, &all)) != expected {
            return Err("it is damaged: its checksum does not match".into());
        }
        Ok(Self { state, lists })
    }
}

fn checksum(state: &str, tensors: &[NamedTensor]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(state.as_bytes());
    for t in tensors {
        hasher.update(t.name.as_bytes());
        t.values.iter().for_each(|v| hasher.update(&v.to_le_bytes()));
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_no_run_has_are_refused() {
        let curve = LearningCurve::from_pairs([(jobs_core::Steps(2), 1.5)]).unwrap();
        let state = State {
            version: VERSION,
            fingerprint: String::new(),
            point: serde_json::from_str("{}").unwrap(),
            seed: Seed(0),
            step: 3,
            updates: 3,
            curve,
            evaluations: vec![],
            training: (1.5, 1),
        };
        assert_eq!(state.check(4), Ok(()));
        for (wrong, said) in [
            (State { step: u64::MAX, ..state.clone() }, "it is at step 18446744073709551615, but a full run has 4"),
            (State { updates: u64::MAX, ..state.clone() }, "18446744073709551615 updates"),
            (State { training: (1.5, u64::MAX), ..state.clone() }, "18446744073709551615 training losses"),
            (State { training: (f64::INFINITY, 1), ..state.clone() }, "sum of training losses is inf"),
            (State { step: 1, updates: 1, ..state.clone() }, "its curve ends at step 2"),
        ] {
            let error = wrong.check(4).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
