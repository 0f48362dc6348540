use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use burn::tensor::backend::Backend;
use serde_json::json;

use super::targets::name;
use crate::error::{LlmError, write_file};
use crate::lora::{Adapter, Site};
use crate::model::named;
use crate::weights::encode;

impl<B: Backend> Adapter<B> {
    /// Writes a PEFT folder; `base` is the name of the base model. The configuration is written last, so a folder with one is complete.
    pub fn write_peft(&self, folder: &Path, base: &str) -> Result<(), LlmError> {
        let tensor = |site: &Site, factor: &str| {
            format!("base_model.model.{}.lora_{factor}.weight", name(self.family, site.layer, site.module))
        };
        let tensors: Vec<_> = self
            .sites
            .iter()
            .zip(&self.pairs)
            .flat_map(|(site, p)| [named(&tensor(site, "A"), &p.a), named(&tensor(site, "B"), &p.b)])
            .collect();
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        write_file(&folder.join("adapter_model.safetensors"), &encode(&tensors, metadata)?)?;
        let path = folder.join("adapter_config.json");
        let mut json =
            serde_json::to_vec_pretty(&self.peft_config(base)).map_err(|e| LlmError::file(&path, e.to_string()))?;
        json.push(b'\n');
        write_file(&path, &json)
    }

    /// Modules and layers where every layer has the same modules, full names otherwise; ranks and alphas that differ by pattern.
    fn peft_config(&self, base: &str) -> serde_json::Value {
        let (mut layers, mut modules): (Vec<_>, Vec<_>) = self.sites.iter().map(|s| (s.layer, s.module)).unzip();
        layers.dedup();
        modules.sort();
        modules.dedup();
        let grid = layers.len() * modules.len() == self.sites.len();
        let full = || self.sites.iter().map(|s| name(self.family, s.layer, s.module)).collect::<Vec<_>>();
        let targets =
            if grid { modules.iter().map(|m| self.family.module_name(*m).to_owned()).collect() } else { full() };
        let (rank, alpha) = self.sites.first().map_or((1, 1.0), |s| (s.rank, s.alpha));
        let escaped = |s: &Site| name(self.family, s.layer, s.module).replace('.', r"\.");
        let different = |s: &&Site| s.rank != rank;
        let ranks: BTreeMap<_, _> = self.sites.iter().filter(different).map(|s| (escaped(s), s.rank)).collect();
        let different = |s: &&Site| s.alpha != alpha;
        let alphas: BTreeMap<_, _> = self.sites.iter().filter(different).map(|s| (escaped(s), s.alpha)).collect();
        json!({
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "base_model_name_or_path": base,
            "r": rank,
            "lora_alpha": alpha,
            "lora_dropout": self.dropout,
            "target_modules": targets,
            "layers_to_transform": grid.then_some(layers),
            "layers_pattern": null,
            "bias": "none",
            "fan_in_fan_out": false,
            "use_rslora": self.sites.iter().any(|s| s.scale != s.alpha / s.rank as f64),
            "use_dora": false,
            "rank_pattern": ranks,
            "alpha_pattern": alphas,
            "modules_to_save": null,
            "inference_mode": true,
        })
    }
}
