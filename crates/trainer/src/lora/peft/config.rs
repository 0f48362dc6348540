//! `adapter_config.json`.

use serde_json::{Map, Value};

use super::targets::{EMBEDDING, HEAD, Layers, Names, Targets};
use crate::model::Family;

/// What the file says about an adapter.
pub(super) struct PeftConfig {
    pub(super) rank: usize,
    pub(super) alpha: f64,
    /// Whether the scale is alpha / sqrt(r) (Kalajdzievski 2023) instead of alpha / r.
    pub(super) rank_stabilised: bool,
    /// Whether weights are split into magnitude and direction (DoRA, Liu et al. 2024).
    pub(super) decomposed: bool,
    /// Whether adapters and copies of a tied embedding and head are tied too.
    pub(super) keeps_ties: bool,
    pub(super) dropout: f64,
    pub(super) targets: Targets,
    /// Ranks and scales of modules that differ from the others, by pattern.
    pub(super) ranks: Vec<(String, usize)>,
    pub(super) alphas: Vec<(String, f64)>,
}

/// Members read here.
const READ: [&str; 17] = [
    "alpha_pattern",
    "bias",
    "ensure_weight_tying",
    "exclude_modules",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "lora_alpha",
    "lora_dropout",
    "modules_to_save",
    "peft_type",
    "r",
    "rank_pattern",
    "target_modules",
    "task_type",
    "use_dora",
    "use_rslora",
];

/// Members that say nothing about the logits of a trained adapter.
const WITHOUT_EFFECT: [&str; 13] = [
    "auto_mapping",
    "base_model_name_or_path",
    "corda_config",
    "eva_config",
    "inference_mode",
    "loftq_config",
    "lora_ga_config",
    "megatron_config",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
];

/// Families for which PEFT targets `q_proj` and `v_proj` by default.
const WITH_DEFAULT_TARGETS: [&str; 6] = ["llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text"];

/// Initialisations that leave the base as it is. The others subtract the initial adapter from the base, which the adapter's files do not
/// show.
const HARMLESS_INITIALISATIONS: [&str; 3] = ["eva", "gaussian", "orthogonal"];

impl PeftConfig {
    /// Reads the members; any that selects another variant of LoRA is refused, also one that this crate has never heard of.
    pub(super) fn of(file: &Map<String, Value>, family: &Family) -> Result<Self, String> {
        let members = Members(file);
        match members.text("peft_type")? {
            Some("LORA") => {}
            other => return Err(format!("`peft_type` is {}, expected `LORA`", other.unwrap_or("missing"))),
        }
        members.check_variant()?;
        for name in ["lora_dropout", "rank_pattern", "alpha_pattern"] {
            if file.get(name).is_some_and(Value::is_null) {
                return Err(format!("`{name}` is null, which PEFT does not read"));
            }
        }
        let dropout = members.number("lora_dropout")?.unwrap_or(0.0);
        if !(0.0..1.0).contains(&dropout) {
            return Err(format!("`lora_dropout` is {dropout}, expected a probability of at least 0 and below 1"));
        }
        let rank = members.whole("r")?.ok_or("`r` is missing, expected the rank")?;
        if members.get("init_lora_weights").is_some_and(|init| init == "orthogonal") && !rank.is_multiple_of(2) {
            return Err(format!("`r` is {rank}, expected an even number for `init_lora_weights` = orthogonal"));
        }
        Ok(Self {
            rank,
            alpha: members.number("lora_alpha")?.ok_or("`lora_alpha` is missing, expected a number")?,
            rank_stabilised: members.is_true("use_rslora"),
            decomposed: members.is_true("use_dora"),
            keeps_ties: members.is_true("ensure_weight_tying"),
            dropout,
            targets: members.targets(family)?,
            ranks: members.pattern("rank_pattern", "a rank", |v| v.as_u64().map(|v| v as usize))?,
            alphas: members.pattern("alpha_pattern", "a number", Value::as_f64)?,
        })
    }
}

/// The members of the file by name; null is absence.
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether Python takes a member for true.
    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| match value {
            Value::Object(all) => !all.is_empty(),
            other => Self::selects(other),
        })
    }

    /// Whether a value selects a variant: not false, 0 or empty. An empty object does, as it stands for all defaults of a variant.
    fn selects(value: &Value) -> bool {
        match value {
            Value::Bool(on) => *on,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.is_empty(),
            Value::Array(all) => !all.is_empty(),
            _ => true,
        }
    }

    fn check_variant(&self) -> Result<(), String> {
        if let Some(bias) = self.text("bias")?.filter(|bias| *bias != "none") {
            return Err(format!("`bias` is `{bias}`, expected `none`"));
        }
        match self.get("init_lora_weights") {
            None | Some(Value::Bool(_)) => {}
            Some(Value::String(name)) if HARMLESS_INITIALISATIONS.contains(&name.as_str()) => {}
            Some(other) => {
                return Err(format!(
                    "`init_lora_weights` is {other}, which changes the base's weights: convert the adapter with PEFT's \
                     save_pretrained(..., path_initial_model_for_weight_conversion=...)"
                ));
            }
        }
        let known = |name: &str| READ.contains(&name) || WITHOUT_EFFECT.contains(&name);
        match self.0.keys().find(|name| !known(name) && self.get(name).is_some_and(Self::selects)) {
            Some(name) => Err(format!("`{name}` is set: this variant of LoRA is not supported")),
            None => Ok(()),
        }
    }

    fn targets(&self, family: &Family) -> Result<Targets, String> {
        let modules = match self.names("target_modules")? {
            Some(modules) => modules,
            None if WITH_DEFAULT_TARGETS.contains(&family.model_type) => {
                Names::Any(vec!["q_proj".into(), "v_proj".into()])
            }
            None => return Err(format!("`target_modules` is null, and PEFT has no default for {}", family.model_type)),
        };
        let layers = match self.get("layers_to_transform") {
            None => None,
            Some(value) => {
                let one = value.as_u64().map(|layer| vec![layer as usize]);
                let many = || value.as_array()?.iter().map(|v| v.as_u64().map(|v| v as usize)).collect();
                let list = one.or_else(many);
                Some(list.ok_or_else(|| expected("layers_to_transform", value, "a layer, or a list of layers"))?)
            }
        };
        if layers.is_some() && matches!(modules, Names::Pattern(_)) {
            return Err(
                "`layers_to_transform` is set although `target_modules` is a pattern: PEFT allows only one".into()
            );
        }
        let patterns = match self.names("layers_pattern")? {
            None => vec![],
            Some(Names::Pattern(pattern)) => vec![pattern],
            Some(Names::Any(patterns)) => patterns,
        };
        if layers.is_none() && !patterns.is_empty() {
            return Err("`layers_pattern` is set without `layers_to_transform`: PEFT needs both".into());
        }
        let layers = layers.filter(|layers| !layers.is_empty()).map(|indices| Layers { indices, patterns });
        let saved = match self.names("modules_to_save")? {
            None => vec![],
            Some(Names::Pattern(one)) => vec![one],
            Some(Names::Any(all)) => all,
        };
        let known = ["embed_tokens", EMBEDDING, HEAD];
        if let Some(other) = saved.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!("`modules_to_save` has `{other}`, expected only `embed_tokens` and `{HEAD}`"));
        }
        Ok(Targets { modules, excluded: self.names("exclude_modules")?, layers, saved })
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, String> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| expected(name, value, "a text"));
        self.get(name).map(text).transpose()
    }

    fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let number = |value: &Value| value.as_f64().ok_or_else(|| expected(name, value, "a number"));
        self.get(name).map(number).transpose()
    }

    fn whole(&self, name: &str) -> Result<Option<usize>, String> {
        let whole = |value: &Value| value.as_u64().ok_or_else(|| expected(name, value, "a whole number"));
        Ok(self.get(name).map(whole).transpose()?.map(|v| v as usize))
    }

    fn names(&self, name: &str) -> Result<Option<Names>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let list = || Some(Names::Any(value.as_array()?.iter().map(text).collect::<Option<_>>()?));
        let names = text(value).map(Names::Pattern).or_else(list);
        names.map(Some).ok_or_else(|| expected(name, value, "a list of module names, or a pattern"))
    }

    /// A member that maps patterns of module names to values.
    fn pattern<T>(
        &self,
        name: &str,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<(String, T)>, String> {
        let Some(value) = self.get(name) else { return Ok(vec![]) };
        let map = value.as_object().ok_or_else(|| expected(name, value, "an object"))?;
        let entry = |(key, v): (&String, &Value)| {
            let value = read(v).ok_or_else(|| expected(&format!("{name}.{key}"), v, what))?;
            Ok((key.clone(), value))
        };
        map.iter().map(entry).collect()
    }
}

fn expected(name: &str, found: &Value, expected: &str) -> String {
    format!("`{name}` is {found}, expected {expected}")
}
