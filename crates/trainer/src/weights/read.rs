use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::NamedTensor;
use crate::LlmError;
use crate::error::nearest;

/// The safetensors files of a Hugging Face folder: `model.safetensors`, or several with `model.safetensors.index.json`.
#[derive(Debug)]
pub struct WeightFiles {
    folder: PathBuf,
    tensors: BTreeMap<String, (PathBuf, NamedTensor)>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl WeightFiles {
    /// Reads the files of a folder.
    pub fn open(folder: &Path) -> Result<Self, LlmError> {
        let (single, index) = (folder.join("model.safetensors"), folder.join("model.safetensors.index.json"));
        let mut tensors = BTreeMap::new();
        let mut read = |path: &Path| -> Result<(), LlmError> {
            let found = tensors_of(path)?;
            tensors.extend(found.into_iter().map(|t| (t.name.clone(), (path.to_owned(), t))));
            Ok(())
        };
        if single.exists() {
            read(&single)?;
        } else if index.exists() {
            let text = std::fs::read_to_string(&index).map_err(|e| LlmError::io(&index, e))?;
            let parsed: Index = serde_json::from_str(&text).map_err(|e| LlmError::Line {
                path: index.clone(),
                line: e.line(),
                problem: format!("not an index of safetensors files: {e}"),
            })?;
            let mut files: Vec<&String> = parsed.weight_map.values().collect();
            files.sort();
            files.dedup();
            for file in files {
                read(&folder.join(file))?;
            }
            if let Some((name, file)) = parsed.weight_map.iter().find(|(name, _)| !tensors.contains_key(*name)) {
                return Err(LlmError::file(&index, format!("says `{name}` is in {file}, but it is not")));
            }
        } else {
            let problem = "no weights: expected model.safetensors or model.safetensors.index.json";
            return Err(LlmError::file(folder, problem));
        }
        Ok(Self { folder: folder.into(), tensors })
    }

    /// The tensors of one file's bytes; `path` is for messages.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, LlmError> {
        let tensors = parse(bytes, path)?.into_iter().map(|t| (t.name.clone(), (path.to_owned(), t))).collect();
        Ok(Self { folder: path.into(), tensors })
    }

    /// Takes a tensor of this shape out, as f32.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LlmError> {
        let Some((path, tensor)) = self.tensors.remove(name) else {
            let hint = nearest(name, self.tensors.keys().map(String::as_str));
            return Err(LlmError::MissingTensor { path: self.folder.clone(), name: name.into(), hint });
        };
        if tensor.shape != shape {
            return Err(LlmError::Shape { path, name: name.into(), found: tensor.shape, expected: shape.to_vec() });
        }
        Ok(tensor.values)
    }

    /// Whether a tensor of this name is left.
    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The names not taken.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }
}

/// All tensors of one file, as f32.
pub fn tensors_of(path: &Path) -> Result<Vec<NamedTensor>, LlmError> {
    parse(&std::fs::read(path).map_err(|e| LlmError::io(path, e))?, path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<NamedTensor>, LlmError> {
    let damaged = |e: safetensors::SafeTensorError| {
        LlmError::file(path, format!("not a whole safetensors file (truncated or damaged): {e}"))
    };
    let parsed = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut tensors = vec![];
    for (name, view) in parsed.tensors() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => of_bytes(data, f32::from_le_bytes),
            Dtype::BF16 => of_bytes(data, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::F16 => of_bytes(data, |b| f16::from_le_bytes(b).to_f32()),
            // buffers of old checkpoints; they are computed, not read
            _ if name.ends_with("rotary_emb.inv_freq") => continue,
            other => {
                let problem = format!("tensor `{name}` is {other:?}, expected F32, BF16 or F16");
                return Err(LlmError::file(path, problem));
            }
        };
        tensors.push(NamedTensor { name, shape: view.shape().to_vec(), values });
    }
    Ok(tensors)
}

fn of_bytes<const N: usize>(data: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = data.as_chunks::<N>();
    chunks.iter().map(|&b| value(b)).collect()
}
