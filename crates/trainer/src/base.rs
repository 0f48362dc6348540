use std::path::Path;

use burn::tensor::DType;

use super::LlmError;
use super::data::TextTokenizer;
use super::kernels::Kernels;
use super::model::{Decoder, ModelConfig};
use super::weights::WeightFiles;

/// What a setting calls the model that comes with this crate.
pub const BUILT_IN: &str = "built-in";

/// The files of the built-in model: a Llama trained by `trainer pretrain` on easy examples of the built-in tasks.
const FILES: [&[u8]; 3] = [
    include_bytes!("../models/tiny/config.json"),
    include_bytes!("../models/tiny/tokenizer.json"),
    include_bytes!("../models/tiny/model.safetensors"),
];

/// A model with its tokenizer.
#[derive(Clone, Debug)]
pub struct Base<B: Kernels> {
    /// What it was opened as.
    pub name: String,
    /// The model.
    pub decoder: Decoder<B>,
    /// Its tokenizer.
    pub tokenizer: TextTokenizer,
}

impl<B: Kernels> Base<B> {
    /// Opens [`BUILT_IN`] or a Hugging Face folder. An error where the device cannot compute in `dtype`.
    pub fn open(name: &str, dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        if dtype != DType::F32 && !B::supports_dtype(device, dtype) {
            let words = "this device cannot compute in it; use precision f32, or another device";
            return Err(LlmError::Device(format!("precision {}: {words}", dtype.name())));
        }
        if name == BUILT_IN {
            return Self::built_in(dtype, device);
        }
        let folder = Path::new(name);
        let decoder = Decoder::load(folder, dtype, device)?;
        let tokenizer = TextTokenizer::load(folder, &decoder.config)?;
        Ok(Self { name: name.to_owned(), decoder, tokenizer })
    }

    fn built_in(dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        let [config, tokenizer, weights] = FILES;
        let folder = Path::new(BUILT_IN);
        let config = ModelConfig::parse(&String::from_utf8_lossy(config), &folder.join("config.json"))?;
        let tokenizer = TextTokenizer::from_bytes(tokenizer, &folder.join("tokenizer.json"), &config)?;
        let files = WeightFiles::from_bytes(weights, &folder.join("model.safetensors"))?;
        let decoder = Decoder::from_files(config, files, folder, dtype, device)?;
        Ok(Self { name: BUILT_IN.into(), decoder, tokenizer })
    }
}

/// Writes the built-in model as a Hugging Face folder, for other programs.
pub fn write_built_in(folder: &Path) -> Result<(), LlmError> {
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    names.iter().zip(FILES).try_for_each(|(name, bytes)| super::error::write_file(&folder.join(name), bytes))
}
