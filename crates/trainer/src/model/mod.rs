//! A decoder as data: its configuration, its weights and the rows of tokens it reads.
//!
//! One decoder covers every [`Family`]; a family is a file in `families/` that states what differs from Llama. How a decoder
//! computes is in the modules `forward` (tensor operations) and `kernels` (fused and hand-written pieces).

mod config;
mod config_file;
mod decoder;
mod families;
mod load;
mod parameters;
mod projection;
mod rotary;
mod rows;

pub use self::config::{Biases, Caps, Factors, ModelConfig, RopeScaling, Yarn};
pub use self::decoder::{Around, Attention, Block, Decoder, Linear};
pub use self::families::{Activation, Family, Gemma, HeadNorms, Norms, TokenizerClass, Window};
pub(crate) use self::load::named;
pub use self::projection::Module;
pub use self::rotary::{Rotary, Turns};
pub use self::rows::{MicroBatch, Rows};
