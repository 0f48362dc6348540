use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use super::{Attention, Block, Decoder, Linear, ModelConfig, Module, Rotary};
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

    fn linear(&mut self, name: &str, output: usize, input: usize, bias: bool) -> Result<Linear<B>, LlmError> {
        let weight = self.tensor(&format!("{name}.weight"), [output, input])?;
        let bias = if bias { Some(self.tensor(&format!("{name}.bias"), [output])?) } else { None };
        Ok(Linear { weight, bias })
    }

    fn block(&mut self, i: usize, c: &ModelConfig) -> Result<Block<B>, LlmError> {
        let (h, f, d) = (c.hidden, c.intermediate, c.head_dim);
        let (q, kv) = (c.heads * d, c.kv_heads * d);
        let bias = c.family.qkv_bias;
        let name = |part: &str| format!("model.layers.{i}.{part}");
        let head_norms = if c.family.head_norms {
            let mut norm = |part: &str| self.tensor(&name(&format!("self_attn.{part}.weight")), [d]);
            Some([norm("q_norm")?, norm("k_norm")?])
        } else {
            None
        };
        Ok(Block {
            attention_norm: self.tensor(&name("input_layernorm.weight"), [h])?,
            attention: Attention {
                q: self.linear(&name("self_attn.q_proj"), q, h, bias)?,
                k: self.linear(&name("self_attn.k_proj"), kv, h, bias)?,
                v: self.linear(&name("self_attn.v_proj"), kv, h, bias)?,
                o: self.linear(&name("self_attn.o_proj"), h, q, false)?,
                head_norms,
            },
            mlp_norm: self.tensor(&name("post_attention_layernorm.weight"), [h])?,
            gate: self.linear(&name("mlp.gate_proj"), f, h, false)?,
            up: self.linear(&name("mlp.up_proj"), f, h, false)?,
            down: self.linear(&name("mlp.down_proj"), h, f, false)?,
        })
    }
}

impl<B: Backend> Decoder<B> {
    /// Reads `config.json` and the safetensors files of a Hugging Face folder, with the weights converted to `dtype`.
    ///
    /// An error names the file that is missing or damaged, or the tensor that is missing, superfluous or of the wrong shape.
    pub fn load(folder: &Path, dtype: DType, device: &B::Device) -> Result<Self, LlmError> {
        if !folder.is_dir() {
            return Err(LlmError::file(
                folder,
                "no such folder; expected a Hugging Face model (config.json, *.safetensors)",
            ));
        }
        let config = ModelConfig::read(&folder.join("config.json"))?;
        Self::from_files(config, WeightFiles::open(folder)?, folder, dtype, device)
    }

    /// Builds a decoder from its weights; `folder` is for error messages.
    pub fn from_files(
        config: ModelConfig,
        files: WeightFiles,
        folder: &Path,
        dtype: DType,
        device: &B::Device,
    ) -> Result<Self, LlmError> {
        let mut loader = Loader::<B> { files, dtype, device };
        let vocabulary = [config.vocabulary, config.hidden];
        let embedding = loader.tensor("model.embed_tokens.weight", vocabulary)?;
        let head = if config.tied_head { embedding.clone() } else { loader.tensor("lm_head.weight", vocabulary)? };
        let blocks = (0..config.layers).map(|i| loader.block(i, &config)).collect::<Result<_, _>>()?;
        let norm = loader.tensor("model.norm.weight", [config.hidden])?;
        let known_extra = |name: &str| name == "lm_head.weight" || name.ends_with("rotary_emb.inv_freq");
        if let Some(name) = loader.files.left().find(|n| !known_extra(n)) {
            let problem = format!("unexpected tensor `{name}`: config.json describes no such weight");
            return Err(LlmError::file(folder, problem));
        }
        Ok(Self { rotary: Rotary::new(&config), config, embedding, blocks, norm, head })
    }

    /// All weights under their Hugging Face names, for writing.
    pub fn named_tensors(&self) -> Vec<NamedTensor> {
        let mut all = vec![named("model.embed_tokens.weight", &self.embedding)];
        for (i, block) in self.blocks.iter().enumerate() {
            let name = |part: &str| format!("model.layers.{i}.{part}");
            all.push(named(&name("input_layernorm.weight"), &block.attention_norm));
            all.push(named(&name("post_attention_layernorm.weight"), &block.mlp_norm));
            for module in Module::ALL {
                let linear = block.module(module);
                all.push(named(&name(&format!("{}.weight", module.path())), &linear.weight));
                if let Some(bias) = &linear.bias {
                    all.push(named(&name(&format!("{}.bias", module.path())), bias));
                }
            }
            for (part, norm) in ["q_norm", "k_norm"].iter().zip(block.attention.head_norms.iter().flatten()) {
                all.push(named(&name(&format!("self_attn.{part}.weight")), norm));
            }
        }
        all.push(named("model.norm.weight", &self.norm));
        if !self.config.tied_head {
            all.push(named("lm_head.weight", &self.head));
        }
        all
    }
}

/// A tensor's values in f32 under a name.
pub(crate) fn named<B: Backend, const D: usize>(name: &str, tensor: &Tensor<B, D>) -> NamedTensor {
    let data = tensor.clone().into_data().convert::<f32>();
    NamedTensor { name: name.to_owned(), shape: data.shape.to_vec(), values: data.iter::<f32>().collect() }
}
