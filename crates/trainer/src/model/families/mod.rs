//! Model families: one decoder with small differences.
//!
//! A family is a constant in a file of its own that states only what differs from [`Family::PLAIN`]. To add one, write that file and
//! add its constant to [`Family::ALL`]. A difference that no field describes yet needs a field here, its default in
//! [`Family::PLAIN`], and code where the decoder loads it (`model/load.rs`) and computes it (`forward/`, `kernels/cpu/`).

mod llama;
mod qwen2;
mod qwen3;

use crate::error::nearest;

/// What distinguishes a family of models from others.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// The class in transformers, as `architectures` names it.
    pub class: &'static str,
    /// Whether the projections of queries, keys and values have a bias.
    pub qkv_bias: bool,
    /// Whether each query and key head passes through an RMS norm over its own width.
    pub head_norms: bool,
}

impl Family {
    /// Every family that can be read.
    pub const ALL: [&'static Self; 3] = [&Self::LLAMA, &Self::QWEN2, &Self::QWEN3];

    /// A decoder without any of the differences.
    const PLAIN: Self = Self { model_type: "", class: "", qkv_bias: false, head_norms: false };

    /// The family with this `model_type`; the error lists all of them.
    pub fn from_model_type(model_type: &str) -> Result<&'static Self, String> {
        Self::ALL.into_iter().find(|family| family.model_type == model_type).ok_or_else(|| {
            let known = Self::ALL.map(|family| family.model_type);
            let hint = nearest(model_type, known);
            format!("model_type `{model_type}` is not supported, expected one of {}{hint}", known.join(", "))
        })
    }
}
