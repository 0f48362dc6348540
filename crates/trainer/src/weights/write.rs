use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::{Dtype, View};

use crate::LlmError;

/// A tensor with its name, in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its name in the file.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values, row by row.
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

/// The tensors as a safetensors file in f32, with text metadata.
pub fn encode(tensors: &[NamedTensor], metadata: HashMap<String, String>) -> Result<Vec<u8>, LlmError> {
    safetensors::serialize(tensors.iter().map(|t| (t.name.as_str(), t)), Some(metadata))
        .map_err(|e| LlmError::file("", format!("the tensors cannot be written: {e}")))
}
