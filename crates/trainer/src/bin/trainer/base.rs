//! What every command that opens a model shares.

use std::path::Path;

use burn::tensor::backend::Backend;
use trainer::LlmError;
use trainer::lora::Adapter;
use trainer::model::Decoder;

/// The base with the changes a PEFT folder makes to it, and the folder's adapter of the layers.
pub(crate) fn with_adapter<B: Backend>(
    base: Decoder<B>,
    folder: Option<&Path>,
) -> Result<(Decoder<B>, Option<Adapter<B>>), LlmError> {
    let Some(folder) = folder else { return Ok((base, None)) };
    let (base, adapter) = Adapter::read_peft(folder, base)?;
    Ok((base, Some(adapter)))
}
