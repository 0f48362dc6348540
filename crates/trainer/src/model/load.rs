use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use super::{Around, Attention, Block, Decoder, Linear, ModelConfig, Module, Norms, Rotary};
use crate::error::LlmError;
use crate::weights::{NamedTensor, WeightFiles};

/// Moves tensors from files to a device.
struct Loader<'a, B: Backend> {
    files: WeightFiles,
    dtype: DType,
    device: &'a B::Device,
}

impl<B: Backend> Loader<'_, B> {
    fn tensor<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Tensor<B, D>, LlmError> {
        let values = self.files.take(name, &shape)?;
        Ok(Tensor::from_data(TensorData::new(values, shape), (self.device, self.dtype)))
    }

    /// The weights of an RMS norm: as they are, in the precision of the model, or as differences from 1, in f32 as transformers adds them.
    fn norm(&mut self, name: &str, width: usize, c: &ModelConfig) -> Result<Tensor<B, 1>, LlmError> {
        if !c.family.norms_from_one {
            return self.tensor(name, [width]);
        }
        let values: Vec<f32> = self.files.take(name, &[width])?.into_iter().map(|v| 1.0 + v).collect();
        Ok(Tensor::from_data(TensorData::new(values, [width]), (self.device, DType::F32)))
    }

    fn linear(&mut self, layer: usize, module: Module, c: &ModelConfig) -> Result<Linear<B>, LlmError> {
        let name = format!("model.layers.{layer}.{}", c.family.module_path(module));
        let [output, input] = c.shape(module);
        let weight = self.tensor(&format!("{name}.weight"), [output, input])?;
        let bias = if c.biases.on(module) { Some(self.tensor(&format!("{name}.bias"), [output])?) } else { None };
        Ok(Linear { weight, bias })
    }

    /// A projection that some families have within another.
    fn unless_fused(&mut self, layer: usize, module: Module, c: &ModelConfig) -> Result<Option<Linear<B>>, LlmError> {
        c.family.modules().contains(&module).then(|| self.linear(layer, module, c)).transpose()
    }

    /// Embedding and head. Where they are tied, one of them is enough; two that differ are not tied after all, as in transformers.
    fn embeddings(&mut self, c: &mut ModelConfig) -> Result<[Tensor<B, 2>; 2], LlmError> {
        const NAMES: [&str; 2] = ["model.embed_tokens.weight", "lm_head.weight"];
        let shape = [c.vocabulary, c.hidden];
        if c.tied_head && NAMES.iter().any(|name| !self.files.has(name)) {
            let there = NAMES.into_iter().find(|name| self.files.has(name)).unwrap_or(NAMES[0]);
            let shared = self.tensor(there, shape)?;
            return Ok([shared.clone(), shared]);
        }
        let [embedding, head] = [self.files.take(NAMES[0], &shape)?, self.files.take(NAMES[1], &shape)?];
        if c.tied_head && embedding != head {
            c.tied_head = false;
            c.notes
                .push(format!("{} differs from {}: not tied, whatever `tie_word_embeddings` says", NAMES[1], NAMES[0]));
        }
        let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, shape), (self.device, self.dtype));
        let embedding = tensor(embedding);
        Ok([embedding.clone(), if c.tied_head { embedding } else { tensor(head) }])
    }

    fn block(&mut self, i: usize, c: &ModelConfig) -> Result<Block<B>, LlmError> {
        let h = c.hidden;
        let name = |part: &str| format!("model.layers.{i}.{part}");
        let head_norms = match c.head_norms() {
            Some([q, k]) => Some([
                self.norm(&name("self_attn.q_norm.weight"), q, c)?,
                self.norm(&name("self_attn.k_norm.weight"), k, c)?,
            ]),
            None => None,
        };
        let [attention, mlp] = c.family.norms.names();
        let mut around = |names: [Option<&str>; 2]| {
            let [before, after] = names.map(|part| part.map(|part| self.norm(&name(part), h, c)).transpose());
            Ok::<_, LlmError>(Around { before: before?, after: after? })
        };
        let (attention_norms, mlp_norms) = (around(attention)?, around(mlp)?);
        Ok(Block {
            attention_norms,
            attention: Attention {
                q: self.linear(i, Module::Q, c)?,
                k: self.unless_fused(i, Module::K, c)?,
                v: self.unless_fused(i, Module::V, c)?,
                o: self.linear(i, Module::O, c)?,
                head_norms,
            },
            mlp_norms,
            gate: self.linear(i, Module::Gate, c)?,
            up: self.unless_fused(i, Module::Up, c)?,
            down: self.linear(i, Module::Down, c)?,
        })
    }
}

impl<B: Backend> Decoder<B> {
    /// Reads `config.json` and the safetensors files of a Hugging Face folder, with the weights converted to `dtype`.
    ///
    /// Tensors that the configuration does not describe are ignored, as in transformers, and named in the notes of the configuration. An
    /// error names the file that is missing or damaged, or the tensor that is missing, not finite or of the wrong shape.
    pub fn load(folder: &Path, dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        if !folder.is_dir() {
            return Err(LlmError::file(
                folder,
                "no such folder; expected a Hugging Face model (config.json, *.safetensors)",
            ));
        }
        let config = ModelConfig::read(&folder.join("config.json"))?;
        Self::from_files(config, WeightFiles::open(folder)?, dtype, device)
    }

    /// Builds a decoder from its weights.
    pub fn from_files(
        mut config: ModelConfig,
        files: WeightFiles,
        dtype: DType,
        device: &B::Device,
    ) -> Result<Self, LlmError> {
        let mut loader = Loader::<B> { files, dtype, device };
        let [embedding, head] = loader.embeddings(&mut config)?;
        let blocks = (0..config.layers).map(|i| loader.block(i, &config)).collect::<Result<_, _>>()?;
        let norm = loader.norm("model.norm.weight", config.hidden, &config)?;
        config.notes.extend(extra_tensors(&loader.files));
        let digest = loader.files.digest();
        let (rotary, local_rotary) = (Rotary::new(&config), Rotary::local(&config));
        Ok(Self { rotary, local_rotary, config, embedding, blocks, norm, head, digest })
    }

    /// All weights under their Hugging Face names, for writing.
    pub fn named_tensors(&self) -> Vec<NamedTensor> {
        let mut all = vec![named("model.embed_tokens.weight", &self.embedding)];
        for (i, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("model.layers.{i}.{part}");
            for (names, norms) in
                self.config.family.norms.names().iter().zip([&block.attention_norms, &block.mlp_norms])
            {
                let norms = [&norms.before, &norms.after];
                all.extend(
                    names.iter().zip(norms).filter_map(|(part, norm)| Some(self.norm(&name((*part)?), norm.as_ref()?))),
                );
            }
            for module in Module::ALL {
                let Some(linear) = block.module(module) else { continue };
                let path = self.config.family.module_path(module);
                all.push(named(&name(&format!("{path}.weight")), &linear.weight));
                if let Some(bias) = &linear.bias {
                    all.push(named(&name(&format!("{path}.bias")), bias));
                }
            }
            for (part, norm) in ["q_norm", "k_norm"].iter().zip(block.attention.head_norms.iter().flatten()) {
                all.push(self.norm(&name(&format!("self_attn.{part}.weight")), norm));
            }
        }
        all.push(self.norm("model.norm.weight", &self.norm));
        if !self.config.tied_head {
            all.push(named("lm_head.weight", &self.head));
        }
        all
    }

    /// The weights of a norm as the family's files hold them.
    fn norm(&self, name: &str, norm: &Tensor<B, 1>) -> NamedTensor {
        let mut norm = named(name, norm);
        if self.config.family.norms_from_one {
            norm.values.iter_mut().for_each(|v| *v -= 1.0);
        }
        norm
    }
}

impl Norms {
    /// Names of the norms before and after attention, and before and after the MLP.
    fn names(self) -> [[Option<&'static str>; 2]; 2] {
        let (attention, mlp) = ("post_attention_layernorm.weight", "post_feedforward_layernorm.weight");
        match self {
            Self::Before => [[Some("input_layernorm.weight"), None], [Some(attention), None]],
            Self::After => [[None, Some(attention)], [None, Some(mlp)]],
            Self::Both => [
                [Some("input_layernorm.weight"), Some(attention)],
                [Some("pre_feedforward_layernorm.weight"), Some(mlp)],
            ],
        }
    }
}

/// A note about the tensors that were not needed, apart from buffers of old checkpoints.
fn extra_tensors(files: &WeightFiles) -> Option<String> {
    let mut extra = files.left().filter(|name| !name.ends_with("rotary_emb.inv_freq"));
    let first = extra.next()?;
    let more = extra.count();
    let more = if more > 0 { format!(" and {more} more tensors are") } else { " is".into() };
    Some(format!("`{first}`{more} ignored: config.json describes no such weight"))
}

/// A tensor's values in f32 under a name.
pub(crate) fn named<B: Backend, const D: usize>(name: &str, tensor: &Tensor<B, D>) -> NamedTensor {
    let data = tensor.clone().into_data().convert::<f32>();
    NamedTensor { name: name.to_owned(), shape: data.shape.to_vec(), values: data.iter::<f32>().collect() }
}
