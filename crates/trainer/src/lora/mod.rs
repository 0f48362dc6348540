//! Low-rank adapters (Hu et al. 2022): y = x W^T + (alpha / r) dropout(x) A^T B^T, with A [r, in] and B [out, r].

mod adapter;
mod config;
mod peft;

pub use self::adapter::{Adapter, Pair};
pub use self::config::LoraConfig;
pub use crate::model::Module;
