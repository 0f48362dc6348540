//! Tensors by name in safetensors files.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, View};
use serde::Deserialize;
use sha2::{Digest, Sha256};

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

/// Tensors of one or several safetensors files that have not been taken out yet. A tensor is converted to f32 when it is taken.
#[derive(Debug)]
pub struct WeightFiles {
    /// Folder or file to name in errors.
    source: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
    tensors: BTreeMap<String, Stored>,
    /// Whether names lack the prefix `model.`, as in files saved from the decoder without its head.
    bare: bool,
    hash: Sha256,
}

/// Where a tensor lies.
#[derive(Debug)]
struct Stored {
    /// Index of its file.
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// `model.safetensors.index.json`.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// How to convert the weights of a model in an older format.
const CONVERT_MODEL: &str = "convert them with: python -c \"import sys; from transformers import AutoModelForCausalLM as M; \
     M.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1])\" FOLDER";
/// The same for an adapter.
const CONVERT_ADAPTER: &str = "convert it with: python -c \"import sys, torch; from safetensors.torch import save_file; \
     save_file(torch.load(sys.argv[1] + '.bin', weights_only=True), sys.argv[1] + '.safetensors')\" FOLDER/adapter_model";

impl WeightFiles {
    /// Reads `model.safetensors` of a Hugging Face folder, or all files listed in `model.safetensors.index.json`.
    pub fn open(folder: &Path) -> Result<Self, LlmError> {
        let (single, index) = (folder.join("model.safetensors"), folder.join("model.safetensors.index.json"));
        let mut all = Self::empty(folder);
        if single.exists() {
            all.read(&single)?;
        } else if index.exists() {
            all.read_indexed(folder, &index)?;
        } else {
            let old =
                ["pytorch_model.bin", "pytorch_model.bin.index.json"].into_iter().find(|f| folder.join(f).exists());
            let hint = old.map_or(String::new(), |old| format!("; {old} is not read, {CONVERT_MODEL}"));
            let problem = format!("no weights: expected model.safetensors or model.safetensors.index.json{hint}");
            return Err(LlmError::file(folder, problem));
        }
        let twin = |name: &&String| name.strip_prefix("model.").is_some_and(|bare| all.tensors.contains_key(bare));
        if let Some(name) = all.tensors.keys().find(twin) {
            let problem =
                format!("has `{name}` both with and without the prefix `model.`, which are one weight to transformers");
            return Err(LlmError::file(folder, problem));
        }
        all.bare = !all.tensors.keys().any(|name| name.starts_with("model."));
        Ok(all)
    }

    /// Reads `adapter_model.safetensors` of a PEFT folder.
    pub fn open_adapter(folder: &Path) -> Result<Self, LlmError> {
        let path = folder.join("adapter_model.safetensors");
        if !path.exists() && folder.join("adapter_model.bin").exists() {
            return Err(LlmError::file(folder, format!("adapter_model.bin is not read, {CONVERT_ADAPTER}")));
        }
        let mut all = Self::empty(&path);
        all.read(&path)?;
        Ok(all)
    }

    /// Parses the bytes of one file; `path` is for error messages.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, LlmError> {
        let mut all = Self::empty(path);
        all.add(bytes.to_vec(), path)?;
        Ok(all)
    }

    fn empty(source: &Path) -> Self {
        Self { source: source.into(), files: vec![], tensors: BTreeMap::new(), bare: false, hash: Sha256::new() }
    }

    fn read(&mut self, path: &Path) -> Result<(), LlmError> {
        self.add(std::fs::read(path).map_err(|e| LlmError::io(path, e))?, path)
    }

    fn add(&mut self, bytes: Vec<u8>, path: &Path) -> Result<(), LlmError> {
        let damaged = |e: safetensors::SafeTensorError| {
            LlmError::file(path, format!("not a complete safetensors file (truncated or damaged): {e}"))
        };
        let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        let start = size_of::<u64>() + header; // the length of the header comes first
        for (name, info) in metadata.tensors() {
            let (from, to) = info.data_offsets;
            let (dtype, shape) = (info.dtype, info.shape.clone());
            let stored = Stored { file: self.files.len(), dtype, shape, bytes: start + from..start + to };
            self.tensors.insert(name, stored);
        }
        self.files.push((path.to_owned(), bytes));
        Ok(())
    }

    /// Entries of the index whose file lacks the tensor are ignored, as in transformers: a missing weight is noticed when it is taken.
    fn read_indexed(&mut self, folder: &Path, index: &Path) -> Result<(), LlmError> {
        let text = std::fs::read_to_string(index).map_err(|e| LlmError::io(index, e))?;
        let parsed: Index = serde_json::from_str(&text).map_err(|e| LlmError::Line {
            path: index.into(),
            line: e.line(),
            problem: format!("not an index of safetensors files: {e}"),
        })?;
        let mut files: Vec<&String> = parsed.weight_map.values().collect();
        files.sort();
        files.dedup();
        files.into_iter().try_for_each(|file| self.read(&folder.join(file)))
    }

    /// The name under which a tensor is stored.
    fn stored_name<'a>(&self, name: &'a str) -> &'a str {
        if self.bare { name.strip_prefix("model.").unwrap_or(name) } else { name }
    }

    /// Whether a tensor is there.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(self.stored_name(name))
    }

    /// Takes out a tensor of this shape, as f32.
    ///
    /// An error says that the tensor is missing, has another shape or a type that is no floating-point number, or holds a value that is
    /// not finite.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, LlmError> {
        let Some(stored) = self.tensors.remove(self.stored_name(name)) else {
            let hint = nearest(name, self.tensors.keys().map(String::as_str));
            return Err(LlmError::MissingTensor { path: self.source.clone(), name: name.into(), hint });
        };
        let (path, bytes) = &self.files[stored.file];
        if stored.shape != shape {
            let (path, name, expected) = (path.clone(), name.into(), shape.to_vec());
            return Err(LlmError::Shape { path, name, found: stored.shape, expected });
        }
        let bytes = &bytes[stored.bytes];
        let values = to_f32(bytes, stored.dtype).ok_or_else(|| {
            LlmError::file(path, format!("tensor `{name}` is {:?}, expected F32, BF16, F16 or F64", stored.dtype))
        })?;
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            let count = values.iter().filter(|v| !v.is_finite()).count();
            let problem = format!(
                "tensor `{name}` has {count} values that are not finite numbers, the first at {at}: the file is damaged, or was \
                 written by a run that diverged"
            );
            return Err(LlmError::file(path, problem));
        }
        self.hash.update(name.as_bytes());
        self.hash.update(bytes);
        Ok(values)
    }

    /// Names of the tensors not taken out.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// SHA-256 of the names and bytes of the tensors taken out, in hexadecimal digits.
    pub fn digest(&self) -> String {
        format!("{:x}", self.hash.clone().finalize())
    }
}

fn to_f32(bytes: &[u8], dtype: Dtype) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F32 => of_bytes(bytes, f32::from_le_bytes),
        Dtype::F64 => of_bytes(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::BF16 => of_bytes(bytes, |b| bf16::from_le_bytes(b).to_f32()),
        Dtype::F16 => of_bytes(bytes, |b| f16::from_le_bytes(b).to_f32()),
        _ => return None,
    })
}

fn of_bytes<const N: usize>(data: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _) = data.as_chunks::<N>();
    chunks.iter().map(|&b| value(b)).collect()
}
