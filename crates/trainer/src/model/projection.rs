pub use jobs_core::lora::Module;
use jobs_core::lora::Widths;

use super::{Family, ModelConfig};

/// The widths of the projections follow from the model's.
impl From<&ModelConfig> for Widths {
    fn from(c: &ModelConfig) -> Self {
        let (queries, keys) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        Self { hidden: c.hidden, intermediate: c.intermediate, queries, keys }
    }
}

impl Family {
    /// The projections of a layer. Where they are fused, [`Module::Q`] stands for queries, keys and values, and [`Module::Gate`] for both
    /// inputs of the MLP.
    pub fn modules(&self) -> &'static [Module] {
        if self.fused { &[Module::Q, Module::O, Module::Gate, Module::Down] } else { &Module::ALL }
    }

    /// A projection's name in the files.
    pub fn module_name(&self, module: Module) -> &'static str {
        match module {
            Module::Q if self.fused => "qkv_proj",
            Module::Gate if self.fused => "gate_up_proj",
            _ => module.name(),
        }
    }

    /// A projection's path within a layer.
    pub fn module_path(&self, module: Module) -> String {
        let part = if module <= Module::O { "self_attn" } else { "mlp" };
        format!("{part}.{}", self.module_name(module))
    }
}

impl ModelConfig {
    /// `[out, in]` of a projection's weight.
    pub fn shape(&self, module: Module) -> [usize; 2] {
        match module {
            Module::Q if self.family.fused => [self.qkv_widths().iter().sum(), self.hidden],
            Module::Gate if self.family.fused => [2 * self.intermediate, self.hidden],
            _ => module.shape(self),
        }
    }

    /// Widths of queries, keys and values.
    pub fn qkv_widths(&self) -> [usize; 3] {
        let keys = self.kv_heads * self.head_dim;
        [self.heads * self.head_dim, keys, keys]
    }
}
