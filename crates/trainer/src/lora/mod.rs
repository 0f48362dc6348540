//! Low-rank adapters (Hu et al. 2022): y = x W^T + s dropout(x) A^T B^T, with A [r, in],
//! B [out, r] and s = alpha / r, or alpha / sqrt(r) where rank-stabilised (Kalajdzievski 2023).

mod adapter;
mod config;
mod peft;

pub use self::adapter::{Adapter, Pair, Site};
pub use self::config::LoraConfig;
pub(crate) use self::config::{check_module, check_size};
pub use crate::model::Module;
