//! Adapters in PEFT's format: a folder with `adapter_config.json` and `adapter_model.safetensors`.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Adapter, LoraConfig, Module, Pair};
use crate::error::{LlmError, write_file};
use crate::model::{ModelConfig, named};
use crate::weights::{WeightFiles, encode};

/// `adapter_config.json`, with PEFT's member names. Variants of LoRA that change the arithmetic are rejected, not ignored.
#[derive(Serialize, Deserialize)]
struct PeftConfig {
    peft_type: String,
    #[serde(default)]
    task_type: Option<String>,
    #[serde(default)]
    base_model_name_or_path: Option<String>,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: f64,
    target_modules: TargetModules,
    #[serde(default)]
    layers_to_transform: Option<Layers>,
    #[serde(default)]
    layers_pattern: Option<serde_json::Value>,
    #[serde(default = "none")]
    bias: String,
    #[serde(default)]
    fan_in_fan_out: bool,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    use_dora: bool,
    #[serde(default)]
    rank_pattern: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    alpha_pattern: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    modules_to_save: Option<Vec<String>>,
    #[serde(default = "yes")]
    inference_mode: bool,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

/// Further members that select another variant of LoRA when set. (PEFT has many more that change no logits.)
const VARIANTS: [&str; 9] = [
    "alora_invocation_tokens",
    "arrow_config",
    "exclude_modules",
    "layer_replication",
    "lora_bias",
    "target_parameters",
    "trainable_token_indices",
    "use_bdlora",
    "use_qalora",
];

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TargetModules {
    Names(Vec<String>),
    Pattern(String),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Layers {
    One(usize),
    Many(Vec<usize>),
}

fn none() -> String {
    "none".into()
}

fn yes() -> bool {
    true
}

impl PeftConfig {
    fn of(config: &LoraConfig, base: &str) -> Self {
        Self {
            peft_type: "LORA".into(),
            task_type: Some("CAUSAL_LM".into()),
            base_model_name_or_path: Some(base.into()),
            r: config.rank,
            lora_alpha: config.alpha,
            lora_dropout: config.dropout,
            target_modules: TargetModules::Names(config.modules.iter().map(|m| m.name().to_owned()).collect()),
            layers_to_transform: Some(Layers::Many(config.layers.clone())),
            layers_pattern: None,
            bias: none(),
            fan_in_fan_out: false,
            use_rslora: false,
            use_dora: false,
            rank_pattern: BTreeMap::new(),
            alpha_pattern: BTreeMap::new(),
            modules_to_save: None,
            inference_mode: true,
            others: BTreeMap::new(),
        }
    }

    fn lora(self, model: &ModelConfig) -> Result<LoraConfig, String> {
        if self.peft_type != "LORA" {
            return Err(format!("peft_type `{}` is not supported, expected `LORA`", self.peft_type));
        }
        if let Some(name) = self.variant() {
            return Err(format!("`{name}` is set: this variant of LoRA is not supported"));
        }
        let layers = self.layers(model);
        let (rank, alpha, dropout) = (self.r, self.lora_alpha, self.lora_dropout);
        let config = LoraConfig { modules: self.modules()?, layers, rank, alpha, dropout };
        config.check(model).map_err(|e| e.to_string())?;
        Ok(config)
    }

    /// The first member that selects another variant of LoRA.
    fn variant(&self) -> Option<&'static str> {
        let known = [
            ("use_dora", self.use_dora),
            ("use_rslora", self.use_rslora),
            ("fan_in_fan_out", self.fan_in_fan_out),
            ("bias", self.bias != "none"),
            ("rank_pattern", !self.rank_pattern.is_empty()),
            ("alpha_pattern", !self.alpha_pattern.is_empty()),
            ("modules_to_save", self.modules_to_save.as_ref().is_some_and(|m| !m.is_empty())),
        ];
        let set = |value: &serde_json::Value| match value {
            serde_json::Value::Null => false,
            serde_json::Value::Bool(on) => *on,
            serde_json::Value::Array(all) => !all.is_empty(),
            serde_json::Value::Object(all) => !all.is_empty(),
            _ => true,
        };
        let others = VARIANTS.map(|name| (name, self.others.get(name).is_some_and(set)));
        known.into_iter().chain(others).find(|(_, set)| *set).map(|(name, _)| name)
    }

    fn modules(&self) -> Result<Vec<Module>, String> {
        let mut modules = match &self.target_modules {
            TargetModules::Names(names) => names.iter().map(|n| Module::from_name(n)).collect::<Result<Vec<_>, _>>()?,
            TargetModules::Pattern(p) if p == "all-linear" => Module::ALL.to_vec(),
            TargetModules::Pattern(p) => {
                return Err(format!("target_modules is the pattern `{p}`, expected a list of projections"));
            }
        };
        modules.sort();
        modules.dedup();
        Ok(modules)
    }

    fn layers(&self, model: &ModelConfig) -> Vec<usize> {
        let mut layers = match &self.layers_to_transform {
            None => (0..model.layers).collect(),
            Some(Layers::One(layer)) => vec![*layer],
            Some(Layers::Many(layers)) => layers.clone(),
        };
        layers.sort_unstable();
        layers.dedup();
        layers
    }
}

fn tensor_name(layer: usize, module: Module, factor: &str) -> String {
    format!("base_model.model.model.layers.{layer}.{}.lora_{factor}.weight", module.path())
}

impl<B: Backend> Adapter<B> {
    /// Writes a PEFT folder; `base` is the name of the base model. The configuration is written last, so a folder with one is complete.
    pub fn write_peft(&self, folder: &Path, base: &str) -> Result<(), LlmError> {
        let tensors: Vec<_> = self
            .sites()
            .zip(&self.pairs)
            .flat_map(|((l, m), p)| [named(&tensor_name(l, m, "A"), &p.a), named(&tensor_name(l, m, "B"), &p.b)])
            .collect();
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        write_file(&folder.join("adapter_model.safetensors"), &encode(&tensors, metadata)?)?;
        let path = folder.join("adapter_config.json");
        let mut json = serde_json::to_vec_pretty(&PeftConfig::of(&self.config, base))
            .map_err(|e| LlmError::file(&path, e.to_string()))?;
        json.push(b'\n');
        write_file(&path, &json)
    }

    /// Reads a PEFT folder for a model of this configuration.
    ///
    /// An error names the file, and the member or tensor that is missing, unknown or of the wrong shape.
    pub fn read_peft(folder: &Path, model: &ModelConfig, device: &B::Device) -> Result<Self, LlmError> {
        let path = folder.join("adapter_config.json");
        let text = std::fs::read_to_string(&path).map_err(|e| LlmError::io(&path, e))?;
        let raw: PeftConfig = serde_json::from_str(&text).map_err(|e| LlmError::Line {
            path: path.clone(),
            line: e.line(),
            problem: format!("not a PEFT configuration of a LoRA adapter: {e}"),
        })?;
        let config = raw.lora(model).map_err(|problem| LlmError::file(&path, problem))?;
        let mut files = WeightFiles::open_file(&folder.join("adapter_model.safetensors"))?;
        let mut take = |name: String, shape: [usize; 2]| -> Result<Tensor<B, 2>, LlmError> {
            Ok(Tensor::from_data(TensorData::new(files.take(&name, &shape)?, shape), device))
        };
        let mut pairs = vec![];
        for &layer in &config.layers {
            for &module in &config.modules {
                let [output, input] = module.shape(model);
                let a = take(tensor_name(layer, module, "A"), [config.rank, input])?;
                let b = take(tensor_name(layer, module, "B"), [output, config.rank])?;
                pairs.push(Pair { a, b });
            }
        }
        if let Some(name) = files.left().next() {
            let problem = format!("tensor `{name}` belongs to no module listed in adapter_config.json");
            return Err(LlmError::file(folder.join("adapter_model.safetensors"), problem));
        }
        Ok(Self { config, pairs })
    }
}
