use super::{Family, HeadNorms, Module, Norms};

/// How rotary frequencies change for long contexts.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// Unchanged.
    None,
    /// All frequencies divided by a factor.
    Linear {
        /// The factor.
        factor: f32,
    },
    /// Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, and those in between blended.
    Llama3 {
        /// Stretch of long wavelengths.
        factor: f32,
        /// Wavelengths above `original_context / low` are long.
        low: f32,
        /// Wavelengths below `original_context / high` are short.
        high: f32,
        /// Context length of pre-training, in tokens.
        original_context: f32,
    },
    /// YaRN.
    Yarn(Yarn),
    /// LongRoPE (Ding et al. 2024), within the context of pre-training.
    Long {
        /// Divisor of each frequency, `[D/2]`.
        factors: Vec<f32>,
        /// Factor of cosines and sines.
        attention: f64,
    },
}

/// YaRN (Peng et al. 2023): frequencies of fewer than `slow` turns within the context of pre-training are divided by `factor`, those of
/// more than `fast` are kept, and those in between blended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Yarn {
    /// Stretch of long wavelengths.
    pub factor: f64,
    /// Turns within the context of pre-training above which a frequency is kept.
    pub fast: f64,
    /// Turns within the context of pre-training below which a frequency is divided.
    pub slow: f64,
    /// Whether the ends of the blend are rounded outwards to whole coordinates.
    pub truncate: bool,
    /// Context length of pre-training, in tokens.
    pub original_context: f64,
    /// Factor of cosines and sines.
    pub attention: f64,
}

/// Constant factors within the forward pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Of the embedding.
    pub embedding: f64,
    /// Of what attention and MLP add to the residual stream.
    pub residual: f64,
    /// Of the scores of attention; 1 / sqrt(D) in most families.
    pub attention: f64,
    /// Of the logits.
    pub logits: f64,
}

impl Factors {
    /// Those of a family without any of its own, for heads of width `head_dim`.
    pub fn plain(head_dim: usize) -> Self {
        Self { embedding: 1.0, residual: 1.0, attention: 1.0 / (head_dim as f64).sqrt(), logits: 1.0 }
    }
}

/// Bounds c of values x that are capped smoothly, c tanh(x / c).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Caps {
    /// Of the scores of attention.
    pub attention: Option<f64>,
    /// Of the logits.
    pub logits: Option<f64>,
}

/// Which projections have a bias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Biases {
    /// Queries, keys and values.
    pub qkv: bool,
    /// Output of attention.
    pub output: bool,
    /// The three projections of the MLP.
    pub mlp: bool,
}

impl Biases {
    /// Whether this projection has one.
    pub fn on(self, module: Module) -> bool {
        match module {
            Module::Q | Module::K | Module::V => self.qkv,
            Module::O => self.output,
            Module::Gate | Module::Up | Module::Down => self.mlp,
        }
    }
}

/// The configuration of a decoder, read from the `config.json` of a Hugging Face folder.
///
/// ```
/// use trainer::model::ModelConfig;
///
/// let text = r#"{"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
///                "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 61}"#;
/// let config = ModelConfig::parse(text, "config.json".as_ref())?;
/// assert_eq!((config.head_dim, config.group()), (8, 2));
/// # Ok::<(), trainer::LlmError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Model family.
    pub family: &'static Family,
    /// Width of the residual stream, H.
    pub hidden: usize,
    /// Width of the MLP, F.
    pub intermediate: usize,
    /// Number of decoder layers.
    pub layers: usize,
    /// Number of query heads.
    pub heads: usize,
    /// Number of key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head, D (even).
    pub head_dim: usize,
    /// Number of tokens, V.
    pub vocabulary: usize,
    /// Longest text, in tokens: the context, or the window of attention where that is shorter and holds in all layers.
    pub context: usize,
    /// How many of the last tokens each layer attends to, its own included; `None`: all of them.
    pub windows: Vec<Option<usize>>,
    /// Constant added to the mean square in RMS norms.
    pub norm_eps: f64,
    /// Base of the rotary frequencies.
    pub rope_theta: f32,
    /// Change of the rotary frequencies.
    pub rope_scaling: RopeScaling,
    /// Base of the rotary frequencies of layers with a window, without scaling, where it is another.
    pub local_rope_theta: Option<f32>,
    /// Whether the output head is the embedding.
    pub tied_head: bool,
    /// Token put before every sequence, if any.
    pub bos: Option<u32>,
    /// Which projections have a bias.
    pub biases: Biases,
    /// Layers without rotary embeddings, in increasing order.
    pub no_rope_layers: Vec<usize>,
    /// Constant factors within the forward pass.
    pub factors: Factors,
    /// Bounds within the forward pass.
    pub caps: Caps,
    /// Tokens that end a sequence, according to the model; the tokenizer's own end comes first. `None`: the file does not say.
    pub eos: Option<Vec<u32>>,
    /// What a reader should know about how the files were read, one sentence each.
    pub notes: Vec<String>,
}

impl ModelConfig {
    /// Query heads per key-value head.
    pub fn group(&self) -> usize {
        self.heads / self.kv_heads
    }

    /// Whether a layer has a window, however wide.
    pub(crate) fn windowed(&self, layer: usize) -> bool {
        self.windows.get(layer).is_some_and(Option::is_some)
    }

    /// Widths of the RMS norms of queries and keys, if there are any.
    pub fn head_norms(&self) -> Option<[usize; 2]> {
        match self.family.head_norms {
            HeadNorms::None => None,
            HeadNorms::PerHead => Some([self.head_dim; 2]),
            HeadNorms::Whole => Some([self.heads * self.head_dim, self.kv_heads * self.head_dim]),
        }
    }

    /// Number of parameters of the base model.
    pub fn parameters(&self) -> usize {
        let of = |module: &Module| {
            let [output, input] = self.shape(*module);
            output * input + if self.biases.on(*module) { output } else { 0 }
        };
        let projections: usize = self.family.modules().iter().map(of).sum();
        let norms = if self.family.norms == Norms::Both { 4 } else { 2 };
        let block = projections + self.head_norms().into_iter().flatten().sum::<usize>() + norms * self.hidden;
        let embeddings = self.vocabulary * self.hidden * if self.tied_head { 1 } else { 2 };
        self.layers * block + embeddings + self.hidden
    }
}
