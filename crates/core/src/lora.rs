//! The projections of a decoder layer that can carry a low-rank adapter (Hu et al. 2022), and their widths.
//!
//! An adapter of rank r on a weight `[out, in]` has `r (in + out)` parameters.
//!
//! ```
//! use jobs_core::lora::{LLAMA3_8B, Module};
//!
//! let module = Module::of_dimension("lora_k_proj").unwrap();
//! assert_eq!((module, module.shape(LLAMA3_8B), module.width(LLAMA3_8B)), (Module::K, [1024, 4096], 5120));
//! ```

use serde::{Deserialize, Serialize};

use crate::nearest::nearest;

/// Widths of a decoder layer, in numbers per token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Of the residual stream.
    pub hidden: usize,
    /// Of the MLP.
    pub intermediate: usize,
    /// Of all query heads together.
    pub queries: usize,
    /// Of all key heads together, and of all value heads together.
    pub keys: usize,
}

/// Llama-3-8B. Features of an adapter use the ratios of its widths for every model, as other models of the family have similar
/// ones.
pub const LLAMA3_8B: Widths = Widths { hidden: 4096, intermediate: 14336, queries: 4096, keys: 1024 };

/// A projection that can carry an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Module {
    /// Queries.
    #[serde(rename = "q_proj")]
    Q,
    /// Keys.
    #[serde(rename = "k_proj")]
    K,
    /// Values.
    #[serde(rename = "v_proj")]
    V,
    /// Output of attention.
    #[serde(rename = "o_proj")]
    O,
    /// Gate of the MLP.
    #[serde(rename = "gate_proj")]
    Gate,
    /// Input of the MLP.
    #[serde(rename = "up_proj")]
    Up,
    /// Output of the MLP.
    #[serde(rename = "down_proj")]
    Down,
}

impl Module {
    /// All of them, in the order of the forward pass.
    pub const ALL: [Self; 7] = [Self::Q, Self::K, Self::V, Self::O, Self::Gate, Self::Up, Self::Down];

    /// Its name in Hugging Face models.
    pub fn name(self) -> &'static str {
        match self {
            Self::Q => "q_proj",
            Self::K => "k_proj",
            Self::V => "v_proj",
            Self::O => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }

    /// Its path within a layer.
    pub fn path(self) -> String {
        let part = if self <= Self::O { "self_attn" } else { "mlp" };
        format!("{part}.{}", self.name())
    }

    /// Its number among the projections of all layers: its position in [`Self::ALL`] plus `7 layer`.
    pub fn site(self, layer: usize) -> u64 {
        (layer * Self::ALL.len() + self as usize) as u64
    }

    /// The module of this Hugging Face name.
    ///
    /// # Errors
    /// A message that names the known modules, and the nearest one where there is one.
    pub fn from_name(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|m| m.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name);
            let hint = nearest(name, &known).map_or(String::new(), |k| format!("; did you mean `{k}`?"));
            format!("unknown projection `{name}`, expected one of {}{hint}", known.join(", "))
        })
    }

    /// `[out, in]` of its weight.
    pub fn shape(self, model: impl Into<Widths>) -> [usize; 2] {
        let Widths { hidden, intermediate, queries, keys } = model.into();
        match self {
            Self::Q => [queries, hidden],
            Self::K | Self::V => [keys, hidden],
            Self::O => [hidden, queries],
            Self::Gate | Self::Up => [intermediate, hidden],
            Self::Down => [hidden, intermediate],
        }
    }

    /// Parameters of an adapter of rank 1 on it: `in + out`.
    pub fn width(self, model: impl Into<Widths>) -> usize {
        self.shape(model).iter().sum()
    }

    /// The module that a dimension `lora_<name>` switches on or off, as in `lora_q_proj`.
    pub fn of_dimension(name: &str) -> Option<Self> {
        let name = name.strip_prefix("lora_")?;
        Self::ALL.into_iter().find(|m| m.name() == name)
    }
}
