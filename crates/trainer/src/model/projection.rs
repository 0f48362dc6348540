pub use jobs_core::lora::Module;
use jobs_core::lora::Widths;

use super::ModelConfig;

/// The widths of the projections follow from the model's.
impl From<&ModelConfig> for Widths {
    fn from(c: &ModelConfig) -> Self {
        let (queries, keys) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        Self { hidden: c.hidden, intermediate: c.intermediate, queries, keys }
    }
}
