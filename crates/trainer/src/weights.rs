//! Tensors by name in safetensors files.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, View};
use serde::Deserialize;

use crate::error::{LlmError, nearest};

/// A named tensor in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Name in the file.
    pub name: String,
    /// Shape.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

impl View for &NamedTensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    fn data_len(&self) -> usize {
        4 * self.values.len()
    }
}

/// The bytes of a safetensors file with these tensors in f32 and text metadata.
pub fn encode(tensors: &[NamedTensor], metadata: HashMap<String, String>) -> Result<Vec<u8>, LlmError> {
    safetensors::serialize(tensors.iter().map(|t| (t.name.as_str(), t)), Some(metadata))
        .map_err(|e| LlmError::file("", format!("cannot encode the tensors: {e}")))
}

/// Tensors read from one or several safetensors files and not yet taken out.
#[derive(Debug)]
pub struct WeightFiles {
    /// Folder or file to name in errors.
    source: PathBuf,
    /// Each tensor with its file.
    tensors: BTreeMap<String, (PathBuf, NamedTensor)>,
}

/// `model.safetensors.index.json`.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl WeightFiles {
    /// Reads `model.safetensors` of a Hugging Face folder, or all files listed in `model.safetensors.index.json`.
    pub fn open(folder: &Path) -> Result<Self, LlmError> {
        let (single, index) = (folder.join("model.safetensors"), folder.join("model.safetensors.index.json"));
        let mut all = Self { source: folder.into(), tensors: BTreeMap::new() };
        if single.exists() {
            all.add(&single)?;
        } else if index.exists() {
            all.add_indexed(folder, &index)?;
        } else {
            let problem = "no weights: expected model.safetensors or model.safetensors.index.json";
            return Err(LlmError::file(folder, problem));
        }
        Ok(all)
    }

    /// Reads one file.
    pub fn open_file(path: &Path) -> Result<Self, LlmError> {
        let mut all = Self { source: path.into(), tensors: BTreeMap::new() };
        all.add(path)?;
        Ok(all)
    }

    /// Parses the bytes of one file; `path` is for error messages.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, LlmError> {
        let tensors = parse(bytes, path)?.into_iter().map(|t| (t.name.clone(), (path.to_owned(), t))).collect();
        Ok(Self { source: path.into(), tensors })
    }

    fn add(&mut self, path: &Path) -> Result<(), LlmError> {
        let bytes = std::fs::read(path).map_err(|e| LlmError::io(path, e))?;
        self.tensors.extend(parse(&bytes, path)?.into_iter().map(|t| (t.name.clone(), (path.to_owned(), t))));
        Ok(())
    }

    fn add_indexed(&mut self, folder: &Path, index: &Path) -> Result<(), LlmError> {
        let text = std::fs::read_to_string(index).map_err(|e| LlmError::io(index, e))?;
        let parsed: Index = serde_json::from_str(&text).map_err(|e| LlmError::Line {
            path: index.into(),
            line: e.line(),
            problem: format!("not an index of safetensors files: {e}"),
        })?;
        let mut files: Vec<&String> = parsed.weight_map.values().collect();
        files.sort();
        files.dedup();
        for file in files {
            self.add(&folder.join(file))?;
        }
        match parsed.weight_map.iter().find(|(name, _)| !self.tensors.contains_key(*name)) {
            Some((name, file)) => Err(LlmError::file(index, format!("lists `{name}` in {file}, which lacks it"))),
            None => Ok(()),
        }
    }

    /// Takes out a tensor of this shape, as f32. An error says that the tensor is missing or has another shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LlmError> {
        let Some((path, tensor)) = self.tensors.remove(name) else {
            let hint = nearest(name, self.tensors.keys().map(String::as_str));
            return Err(LlmError::MissingTensor { path: self.source.clone(), name: name.into(), hint });
        };
        if tensor.shape != shape {
            return Err(LlmError::Shape { path, name: name.into(), found: tensor.shape, expected: shape.to_vec() });
        }
        Ok(tensor.values)
    }

    /// Names of the tensors not taken out.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<NamedTensor>, LlmError> {
    let damaged = |e: safetensors::SafeTensorError| {
        LlmError::file(path, format!("not a complete safetensors file (truncated or damaged): {e}"))
    };
    let parsed = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let mut tensors = vec![];
    for (name, view) in parsed.tensors() {
        let data = view.data();
        let values = match view.dtype() {
            Dtype::F32 => of_bytes(data, f32::from_le_bytes),
            Dtype::BF16 => of_bytes(data, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::F16 => of_bytes(data, |b| f16::from_le_bytes(b).to_f32()),
            // buffers of old checkpoints: we compute the frequencies
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
