use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use super::config::PeftConfig;
use super::targets::{EMBEDDING, HEAD, by_pattern, name};
use crate::error::LlmError;
use crate::lora::{Adapter, Pair, Site, check_size};
use crate::model::{Decoder, Linear, ModelConfig};
use crate::weights::WeightFiles;

/// All names in an adapter's file begin with this.
const PREFIX: &str = "base_model.model";

/// Reads the parts of an adapter's files.
struct Reader<'a, B: Backend> {
    folder: &'a Path,
    config: PeftConfig,
    files: WeightFiles,
    device: B::Device,
}

impl<B: Backend> Adapter<B> {
    /// Reads a PEFT folder for a base. Adapters of the embedding and the output head, saved copies of either, and DoRA change the base;
    /// other adapters of the layers are the adapter.
    ///
    /// An error names the file, and the member or tensor that is missing, unknown, not supported or of the wrong shape.
    pub fn read_peft(folder: &Path, base: Decoder<B>) -> Result<(Decoder<B>, Self), LlmError> {
        let path = folder.join("adapter_config.json");
        let text = std::fs::read_to_string(&path).map_err(|e| LlmError::io(&path, e))?;
        let members = serde_json::from_str(&text).map_err(|e| LlmError::Line {
            path: path.clone(),
            line: e.line(),
            problem: format!("not a PEFT configuration: {e}"),
        })?;
        let config = PeftConfig::of(&members, base.config.family).map_err(|problem| LlmError::file(&path, problem))?;
        let files = WeightFiles::open_adapter(folder)?;
        let mut reader = Reader::<B> { folder, config, files, device: base.device() };
        let mut base = base;
        let adapter = reader.layers(&mut base)?;
        let base = reader.outside_layers(base)?;
        if adapter.sites.is_empty()
            && !reader.config.decomposed
            && !reader.is_target(HEAD)?
            && !reader.is_target(EMBEDDING)?
        {
            let problem =
                "`target_modules` fits no module of the model, such as `q_proj` or `model.layers.0.mlp.up_proj`";
            return Err(reader.wrong(problem));
        }
        reader.check_used()?;
        Ok((base, adapter))
    }
}

impl<B: Backend> Reader<'_, B> {
    /// An error about the configuration.
    fn wrong(&self, problem: impl Into<String>) -> LlmError {
        LlmError::file(self.folder.join("adapter_config.json"), problem)
    }

    fn is_target(&self, key: &str) -> Result<bool, LlmError> {
        self.config.targets.has(key).map_err(|e| self.wrong(e))
    }

    /// Rank, alpha and scale of a module.
    fn size(&self, key: &str) -> Result<(usize, f64, f64), LlmError> {
        let rank = by_pattern(&self.config.ranks, key).map_err(|e| self.wrong(format!("`rank_pattern`: {e}")))?;
        let alpha = by_pattern(&self.config.alphas, key).map_err(|e| self.wrong(format!("`alpha_pattern`: {e}")))?;
        let (rank, alpha) = (rank.unwrap_or(self.config.rank), alpha.unwrap_or(self.config.alpha));
        check_size(rank, alpha).map_err(|e| self.wrong(e.to_string()))?;
        let divisor = if self.config.rank_stabilised { (rank as f64).sqrt() } else { rank as f64 };
        Ok((rank, alpha, alpha / divisor))
    }

    fn take(&mut self, name: &str, shape: [usize; 2]) -> Result<Tensor<B, 2>, LlmError> {
        Ok(Tensor::from_data(TensorData::new(self.files.take(name, &shape)?, shape), (&self.device, DType::F32)))
    }

    fn layers(&mut self, base: &mut Decoder<B>) -> Result<Adapter<B>, LlmError> {
        let model = base.config.clone();
        self.check_layers(&model)?;
        let mut adapter = Adapter { sites: vec![], pairs: vec![], dropout: self.config.dropout, family: model.family };
        let of = |layer: usize| model.family.modules().iter().map(move |&module| (layer, module));
        for (layer, module) in (0..model.layers).flat_map(of) {
            let key = name(model.family, layer, module);
            if !self.is_target(&key)? {
                continue;
            }
            let (rank, alpha, scale) = self.size(&key)?;
            let [output, input] = model.shape(module);
            let a = self.take(&format!("{PREFIX}.{key}.lora_A.weight"), [rank, input])?;
            let b = self.take(&format!("{PREFIX}.{key}.lora_B.weight"), [output, rank])?;
            if self.config.decomposed {
                let mut magnitude = format!("{PREFIX}.{key}.lora_magnitude_vector");
                if !self.files.has(&magnitude) {
                    magnitude += ".weight"; // in files of older versions
                }
                let magnitude = self.files.take(&magnitude, &[output])?;
                let magnitude = Tensor::from_data(TensorData::new(magnitude, [output, 1]), (&self.device, DType::F32));
                if let Some(Linear { weight, .. }) = base.blocks[layer].module_mut(module) {
                    *weight = decomposed(weight.clone(), b.matmul(a) * scale, magnitude);
                }
            } else {
                adapter.sites.push(Site { layer, module, rank, alpha, scale });
                adapter.pairs.push(Pair { a, b });
            }
        }
        Ok(adapter)
    }

    fn check_layers(&self, model: &ModelConfig) -> Result<(), LlmError> {
        if let Some(&layer) = self.config.targets.layers.iter().flat_map(|l| &l.indices).find(|&&l| l >= model.layers) {
            let expected = format!("layers 0 to {}", model.layers - 1);
            return Err(self.wrong(format!("`layers_to_transform` has {layer}, expected {expected}")));
        }
        Ok(())
    }

    /// Saved copies of the embedding and the head replace them; adapters of them are added to them.
    fn outside_layers(&mut self, mut base: Decoder<B>) -> Result<Decoder<B>, LlmError> {
        let (shape, dtype, device) = (base.embedding.dims(), base.embedding.dtype(), self.device.clone());
        let tied = base.config.tied_head;
        let (mut embedding, mut head) = (self.saved(EMBEDDING, shape)?, self.saved(HEAD, shape)?);
        for (module, found) in [(EMBEDDING, &embedding), (HEAD, &head)] {
            let listed = self.config.targets.saved.iter().any(|name| module.ends_with(name.as_str()));
            if listed && found.is_none() {
                return Err(self.wrong(format!("`modules_to_save` lists `{module}`, of which the file has no copy")));
            }
        }
        if tied && embedding != head {
            if embedding.is_some() == head.is_some() || !self.config.targets.saved.is_empty() {
                let words = "but they are one tensor in the base (`tie_word_embeddings`)";
                return Err(self.wrong(format!("saves `{EMBEDDING}` and `{HEAD}` apart, {words}")));
            }
            // without `modules_to_save` PEFT overwrites the tensor that both share
            let shared = embedding.or(head);
            (embedding, head) = (shared.clone(), shared);
        }
        let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, shape), (&device, dtype));
        if let Some(values) = embedding {
            base.embedding = tensor(values);
        }
        if let Some(values) = head {
            base.head = tensor(values);
        }
        let mut untied = false;
        if self.config.decomposed && (self.is_target(HEAD)? || self.is_target(EMBEDDING)?) {
            return Err(self.wrong(format!("`use_dora` with `{HEAD}` or `{EMBEDDING}` as a target is not supported")));
        }
        let outside = self.is_target(HEAD)? || self.is_target(EMBEDDING)? || !self.config.targets.saved.is_empty();
        if self.config.keeps_ties && tied && outside {
            return Err(
                self.wrong("`ensure_weight_tying` is set, and the base's embedding and head are tied: not supported")
            );
        }
        let [vocabulary, hidden] = shape;
        if self.is_target(HEAD)? {
            let (rank, _, scale) = self.size(HEAD)?;
            let a = self.take(&format!("{PREFIX}.{HEAD}.lora_A.weight"), [rank, hidden])?;
            let b = self.take(&format!("{PREFIX}.{HEAD}.lora_B.weight"), [vocabulary, rank])?;
            base.head = added(base.head, b.matmul(a) * scale);
            untied = true;
        }
        if self.is_target(EMBEDDING)? {
            let (rank, _, scale) = self.size(EMBEDDING)?;
            let a = self.take(&format!("{PREFIX}.{EMBEDDING}.lora_embedding_A"), [rank, vocabulary])?;
            let b = self.take(&format!("{PREFIX}.{EMBEDDING}.lora_embedding_B"), [hidden, rank])?;
            base.embedding = added(base.embedding, b.matmul(a).transpose() * scale);
            untied = true;
        }
        base.config.tied_head = tied && !untied;
        Ok(base)
    }

    /// The saved copy of the embedding or the head, if there is one. Beside an adapter it is called `base_layer`.
    fn saved(&mut self, module: &str, shape: [usize; 2]) -> Result<Option<Vec<f32>>, LlmError> {
        let end = if self.is_target(module)? { "base_layer.weight" } else { "weight" };
        let name = format!("{PREFIX}.{module}.{end}");
        if self.files.has(&name) { self.files.take(&name, &shape).map(Some) } else { Ok(None) }
    }

    fn check_used(&self) -> Result<(), LlmError> {
        match self.files.left().next() {
            Some(name) => {
                let problem = format!("tensor `{name}` belongs to no module listed in adapter_config.json");
                Err(LlmError::file(self.folder.join("adapter_model.safetensors"), problem))
            }
            None => Ok(()),
        }
    }
}

/// The weight of a DoRA module, m (W + change) / |W + change| with the norm of each row and m [out, 1], computed in f32.
fn decomposed<B: Backend>(weight: Tensor<B, 2>, change: Tensor<B, 2>, magnitude: Tensor<B, 2>) -> Tensor<B, 2> {
    let dtype = weight.dtype();
    let whole = weight.cast(DType::F32) + change;
    let norm = whole.clone().powf_scalar(2.0).sum_dim(1).sqrt();
    (whole * (magnitude / norm)).cast(dtype)
}

/// W + change, computed in f32.
fn added<B: Backend>(weight: Tensor<B, 2>, change: Tensor<B, 2>) -> Tensor<B, 2> {
    let dtype = weight.dtype();
    (weight.cast(DType::F32) + change).cast(dtype)
}
