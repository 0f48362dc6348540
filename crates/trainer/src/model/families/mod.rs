//! Model families: one decoder with small differences.
//!
//! A family is a constant in a file of its own that states only what differs from [`Family::PLAIN`]. To add one, write that file and
//! add its constant to [`Family::ALL`]. A difference that no field describes yet needs a field here, its default in
//! [`Family::PLAIN`], and code where the decoder loads it (`model/load.rs`) and computes it (`forward/`, `kernels/cpu/`).

mod gemma2;
mod gemma3;
mod granite;
mod llama;
mod mistral;
mod olmo2;
mod phi3;
mod qwen2;
mod qwen3;
mod smollm3;

use crate::error::nearest;

/// What distinguishes a family of models from others.
#[derive(Debug, PartialEq)]
pub struct Family {
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// The class in transformers, as `architectures` names it.
    pub class: &'static str,
    /// Whether queries, keys and values come from one projection, and both inputs of the MLP from one.
    pub fused: bool,
    /// Whether the projections of queries, keys and values always have a bias.
    pub qkv_bias: bool,
    /// Whether `attention_bias` gives all projections of attention a bias.
    pub attention_bias: bool,
    /// Whether `mlp_bias` gives the projections of the MLP a bias.
    pub mlp_bias: bool,
    /// RMS norms of queries and keys.
    pub head_norms: HeadNorms,
    /// Where the RMS norms of a layer are.
    pub norms: Norms,
    /// Whether the files hold the weights of norms as differences from 1.
    pub norms_from_one: bool,
    /// Constant of the RMS norms where `rms_norm_eps` is absent.
    pub norm_eps: f64,
    /// Activation of the MLP's gate.
    pub activation: Activation,
    /// Context where `max_position_embeddings` is absent.
    pub context: usize,
    /// Context of pre-training where `original_max_position_embeddings` is absent; `None`: the context.
    pub original_context: Option<usize>,
    /// Key-value heads where `num_key_value_heads` is absent; `None`: as many as query heads.
    pub kv_heads: Option<usize>,
    /// Width of a head where `head_dim` is absent; `None`: the hidden width divided by the number of heads.
    pub head_dim: Option<usize>,
    /// Whether `head_dim` may be null, which is as if it were absent.
    pub null_head_dim: bool,
    /// Whether `num_key_value_heads` may be null: as many as query heads.
    pub null_kv_heads: bool,
    /// Whether the hidden width must be a multiple of the number of heads, whatever their width.
    pub whole_heads: bool,
    /// Sliding window of attention.
    pub window: Window,
    /// Whether embedding and head are tied where `tie_word_embeddings` is absent.
    pub tied_head: bool,
    /// Base of the rotary frequencies where `rope_theta` is absent.
    pub rope_theta: f32,
    /// The same for layers with a window, where these have a base of their own and `rope_local_base_freq` is absent.
    pub local_rope_theta: Option<f32>,
    /// One layer in this many has no rotary embedding where `no_rope_layers` and `no_rope_layer_interval` are absent; `None`: every
    /// layer has one, whatever these keys say.
    pub no_rope_interval: Option<usize>,
    /// Where the tokenizer's normalizer and pre-tokenizer come from.
    pub tokenizer: TokenizerClass,
    /// Whether `embedding_multiplier`, `residual_multiplier`, `attention_multiplier` and `logits_scaling` apply.
    pub multipliers: bool,
    /// Factors and caps of Gemma.
    pub gemma: Option<Gemma>,
}

/// Where the RMS norms of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norms {
    /// Before attention and before the MLP.
    Before,
    /// After each of them, before their output joins the residual stream.
    After,
    /// Before and after each of them.
    Both,
}

/// RMS norms of queries and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadNorms {
    /// None.
    None,
    /// Of each head, over its own width.
    PerHead,
    /// Of all heads together.
    Whole,
}

/// Activation of the MLP's gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// z / (1 + exp(-z)), `hidden_act` = `silu`.
    Silu,
    /// The tanh approximation of GELU (Hendrycks & Gimpel 2016), `hidden_activation` = `gelu_pytorch_tanh`.
    Gelu,
}

/// What only the families of Gemma have: embeddings times sqrt(H), scores divided by sqrt(`query_pre_attn_scalar`), and values x capped
/// smoothly, c tanh(x / c).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gemma {
    /// Cap of the scores of attention where `attn_logit_softcapping` is absent; `None`: no cap, whatever this key says.
    pub attention_cap: Option<f64>,
    /// Cap of the logits where `final_logit_softcapping` is absent.
    pub logits_cap: Option<f64>,
}

/// When attention is limited to a window of the last tokens. A number is the width where `sliding_window` is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Never.
    Never,
    /// If `sliding_window` is a number.
    IfGiven,
    /// Unless `sliding_window` is null.
    Default(usize),
    /// If `use_sliding_window` is true; `None`: no width of its own.
    IfUsed(Option<usize>),
    /// In the layers that `layer_types` says; where it is absent, in all but every `full`-th.
    Layers {
        /// The width.
        width: usize,
        /// One layer in this many sees all tokens.
        full: usize,
        /// Whether `sliding_window_pattern` replaces `full`.
        pattern: bool,
    },
}

/// The class that transformers 5 makes a family's tokenizer of; some classes replace parts of `tokenizer.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenizerClass {
    /// The one that `tokenizer_class` names; the file as it is where none is named.
    Named,
    /// The file as it is, whatever class is named.
    OfTheFile,
    /// The one that is named, or this one where none is.
    Default(&'static str),
    /// This one, whatever class is named.
    Always(&'static str),
}

impl Family {
    /// Every family that can be read.
    pub const ALL: [&'static Self; 10] = [
        &Self::LLAMA,
        &Self::MISTRAL,
        &Self::QWEN2,
        &Self::QWEN3,
        &Self::SMOLLM3,
        &Self::GRANITE,
        &Self::OLMO2,
        &Self::GEMMA2,
        &Self::GEMMA3,
        &Self::PHI3,
    ];

    /// A decoder without any of the differences.
    const PLAIN: Self = Self {
        model_type: "",
        class: "",
        fused: false,
        qkv_bias: false,
        attention_bias: false,
        mlp_bias: false,
        head_norms: HeadNorms::None,
        norms: Norms::Before,
        norms_from_one: false,
        norm_eps: 1e-6,
        activation: Activation::Silu,
        context: 2048,
        original_context: None,
        kv_heads: None,
        head_dim: None,
        null_head_dim: false,
        null_kv_heads: true,
        whole_heads: false,
        window: Window::Never,
        tied_head: false,
        rope_theta: 10_000.0,
        local_rope_theta: None,
        no_rope_interval: None,
        tokenizer: TokenizerClass::Named,
        multipliers: false,
        gemma: None,
    };

    /// The family with this `model_type`; the error lists all of them.
    pub fn from_model_type(model_type: &str) -> Result<&'static Self, String> {
        Self::ALL.into_iter().find(|family| family.model_type == model_type).ok_or_else(|| {
            let known = Self::ALL.map(|family| family.model_type);
            let hint = nearest(model_type, known);
            format!("model_type `{model_type}` is not supported, expected one of {}{hint}", known.join(", "))
        })
    }
}
