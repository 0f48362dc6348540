//! Tensors by name, in safetensors files.

mod read;
mod write;

pub use self::read::{WeightFiles, tensors_of};
pub use self::write::{NamedTensor, encode};
