use std::path::Path;

use burn::tensor::DType;
use burn::tensor::backend::Backend;

use crate::data::TextTokenizer;
use crate::error::{LlmError, write_file};
use crate::model::{Decoder, ModelConfig};
use crate::weights::WeightFiles;

/// Name of the model that is part of this crate.
pub const BUILT_IN: &str = "built-in";

/// Files of the built-in model: a Llama trained by `trainer pretrain` on easy examples of the built-in tasks.
const FILES: [&[u8]; 3] = [
    include_bytes!("../models/tiny/config.json"),
    include_bytes!("../models/tiny/tokenizer.json"),
    include_bytes!("../models/tiny/model.safetensors"),
];

/// What other programs need beside `tokenizer.json`.
pub(crate) const TOKENIZER_CONFIG: &str = r#"{
  "bos_token": "<s>",
  "eos_token": "</s>",
  "unk_token": "<unk>",
  "tokenizer_class": "PreTrainedTokenizerFast"
}
"#;

/// A base model with its tokenizer.
#[derive(Clone, Debug)]
pub struct Base<B: Backend> {
    /// Name it was opened with.
    pub name: String,
    /// Model.
    pub decoder: Decoder<B>,
    /// Tokenizer.
    pub tokenizer: TextTokenizer,
}

impl<B: Backend> Base<B> {
    /// Opens [`BUILT_IN`] or a Hugging Face folder. An error names the file at fault, or says that the device does not support `dtype`.
    pub fn open(name: &str, dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        if dtype != DType::F32 && !B::supports_dtype(device, dtype) {
            let words = "not supported by this device; use precision f32 or another device";
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

    /// What a reader should know about how the files were read, one sentence each.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.decoder.config.notes.iter().chain(self.tokenizer.notes());
        notes.map(|note| format!("{}: {note}", self.name)).collect()
    }

    fn built_in(dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        let [_, tokenizer, weights] = FILES;
        let folder = Path::new(BUILT_IN);
        let config = model_config(BUILT_IN)?;
        let tokenizer = TextTokenizer::from_bytes(tokenizer, &folder.join("tokenizer.json"), &config)?;
        let files = WeightFiles::from_bytes(weights, &folder.join("model.safetensors"))?;
        let decoder = Decoder::from_files(config, files, dtype, device)?;
        Ok(Self { name: BUILT_IN.into(), decoder, tokenizer })
    }
}

/// The configuration of [`BUILT_IN`] or of a Hugging Face folder, without its weights. An error names the file at fault.
pub fn model_config(name: &str) -> Result<ModelConfig, LlmError> {
    if name == BUILT_IN {
        return ModelConfig::parse(&String::from_utf8_lossy(FILES[0]), &Path::new(BUILT_IN).join("config.json"));
    }
    ModelConfig::read(&Path::new(name).join("config.json"))
}

/// Writes the built-in model as a Hugging Face folder, for use in other programs.
pub fn write_built_in(folder: &Path) -> Result<(), LlmError> {
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    names.iter().zip(FILES).try_for_each(|(name, bytes)| write_file(&folder.join(name), bytes))?;
    write_file(&folder.join("tokenizer_config.json"), TOKENIZER_CONFIG.as_bytes())
}
