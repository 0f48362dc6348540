use jobs_core::{Dimension, Domain as Values, Point, RecordValue, SearchSpace};

use super::TrainSettings;
use crate::error::{LlmError, nearest};
use crate::lora::{LoraConfig, check_module, check_size};
use crate::model::{ModelConfig, Module};

/// The part of a run's configuration that a point determines.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Share of each domain, in the order of the settings.
    pub weights: Vec<f64>,
    /// Adapter.
    pub lora: LoraConfig,
    /// Peak learning rate.
    pub learning_rate: f64,
}

const MIXTURE: &str = "mixture";
const NUMBERS: [&str; 5] = ["lora_rank", "lora_alpha", "lora_dropout", "lora_layers", "learning_rate"];
const FRONT: &str = "lora_front_layers";

/// The default search space for these domains and this model: mixture, number of layers, projections, rank, dropout, alpha, and whether
/// the first or last layers are adapted. It has the dimensions of the recorded Llama-3-8B runs.
pub fn default_space(settings: &TrainSettings, model: &ModelConfig) -> Result<SearchSpace, LlmError> {
    let dimension = |name: &str, domain: Values| Dimension { name: name.into(), domain };
    let parts: Vec<String> = settings.domains.iter().map(|d| d.name.clone()).collect();
    let mut dimensions = vec![];
    if parts.len() > 1 {
        dimensions.push(dimension(MIXTURE, Values::Simplex { parts }));
    }
    if model.layers > 1 {
        dimensions.push(dimension("lora_layers", Values::Integer { low: 1, high: model.layers as i64, log: false }));
    }
    let usual = [Module::Q, Module::V, Module::Up, Module::Down, Module::Gate];
    for module in usual.into_iter().filter(|module| model.family.modules().contains(module)) {
        dimensions.push(dimension(&format!("lora_{}", module.name()), Values::Boolean));
    }
    let most = (model.hidden as i64 / 2).clamp(2, 128);
    dimensions.push(dimension("lora_rank", Values::Integer { low: 1, high: most, log: true }));
    dimensions.push(dimension("lora_dropout", Values::Real { low: 0.0, high: 0.1, log: false }));
    dimensions.push(dimension("lora_alpha", Values::Real { low: 1.0, high: 48.0, log: true }));
    dimensions.push(dimension(FRONT, Values::Boolean));
    SearchSpace::new(dimensions, vec![]).map_err(|e| LlmError::setting("space", e, "a valid space"))
}

/// Checks that a run understands every dimension of a space. An error names the dimension and lists the known ones.
pub fn check_space(space: &SearchSpace, settings: &TrainSettings) -> Result<(), LlmError> {
    let modules = Module::ALL.map(|m| format!("lora_{}", m.name()));
    for d in space.dimensions() {
        let wrong =
            |expected: String| LlmError::setting(format!("space: dimension `{}`", d.name), d.domain.kind(), expected);
        let name = d.name.as_str();
        match &d.domain {
            Values::Simplex { parts } if name == MIXTURE => {
                let names: Vec<&str> = settings.domains.iter().map(|s| s.name.as_str()).collect();
                if let Some(part) = parts.iter().find(|p| !names.contains(&p.as_str())) {
                    let hint = nearest(part, names.iter().copied());
                    return Err(LlmError::setting(
                        format!("space: part `{part}` of the mixture"),
                        "not a domain",
                        format!("one of {}{hint}", names.join(", ")),
                    ));
                }
            }
            Values::Real { .. } | Values::Integer { .. } | Values::Ordered { .. } if NUMBERS.contains(&name) => {}
            Values::Fixed { value } if NUMBERS.contains(&name) && number(value).is_some() => {}
            Values::Boolean | Values::Fixed { value: RecordValue::Boolean(_) }
                if name == FRONT || modules.iter().any(|m| m == name) => {}
            _ => {
                let known: Vec<&str> =
                    [MIXTURE, FRONT].into_iter().chain(NUMBERS).chain(modules.iter().map(String::as_str)).collect();
                let hint = nearest(name, known.iter().copied());
                return Err(wrong(format!(
                    "mixture (simplex), {} (numbers), {FRONT} or {} (booleans){hint}",
                    NUMBERS.join(", "),
                    modules.join(", ")
                )));
            }
        }
    }
    Ok(())
}

/// Checks adapter settings and the space's bounds against the model.
pub(crate) fn check_model(space: &SearchSpace, settings: &TrainSettings, model: &ModelConfig) -> Result<(), LlmError> {
    let lora = &settings.lora;
    let layers = lora.layers.unwrap_or(model.layers);
    check_layers("lora.layers", layers, model)?;
    let layers = LoraConfig::some_layers(layers, lora.front, model.layers);
    let (modules, rank, alpha, dropout) = (lora.modules.clone(), lora.rank, lora.alpha, lora.dropout);
    LoraConfig { modules, layers, rank, alpha, dropout }.check(model)?;
    check_bounds(space, model)
}

fn number(value: &RecordValue) -> Option<f64> {
    match value {
        RecordValue::Integer(v) => Some(*v as f64),
        RecordValue::Real(v) => Some(*v),
        _ => None,
    }
}

/// Checks that every point of a space can be trained: a run that cannot start would be taken for one that diverged.
fn check_bounds(space: &SearchSpace, model: &ModelConfig) -> Result<(), LlmError> {
    let at = |name: &str, found: String, expected: &str| {
        Err(LlmError::setting(format!("space: dimension `{name}`"), found, expected))
    };
    let off = Values::Fixed { value: RecordValue::Boolean(false) };
    for d in space.dimensions().iter().filter(|d| d.domain != off) {
        if let Some(module) = Module::of_dimension(&d.name) {
            check_module(&format!("space: dimension `{}`", d.name), module, model)?;
        }
        let ends = match &d.domain {
            Values::Integer { low, high, .. } => Some((*low as f64, *high as f64)),
            Values::Real { low, high, .. } => Some((*low, *high)),
            Values::Ordered { choices } => choices.first().and_then(number).zip(choices.last().and_then(number)),
            Values::Fixed { value } => number(value).map(|v| (v, v)),
            _ => None,
        };
        let Some((low, high)) = ends else { continue };
        let found = format!("{low} to {high}");
        let name = d.name.as_str();
        match name {
            "lora_layers" if low.round() < 1.0 => return at(name, found, "at least 1"),
            "lora_layers" => check_layers("space: lora_layers", high.round() as usize, model)?,
            "lora_rank" if low.round() < 1.0 => return at(name, found, "at least 1"),
            "lora_rank" => check_size(high.round() as usize, 1.0)?,
            "lora_alpha" | "learning_rate" if low <= 0.0 => return at(name, found, "positive numbers"),
            "lora_dropout" if low < 0.0 || high >= 1.0 => {
                return at(name, found, "probabilities of at least 0 and below 1");
            }
            _ => {}
        }
    }
    let switch = |m: &Module| {
        let at = space.index_of(&format!("lora_{}", m.name()));
        at.is_some_and(|i| space.dimensions()[i].domain == Values::Boolean)
    };
    let fixed_on = |d: &Dimension| d.domain == Values::Fixed { value: RecordValue::Boolean(true) };
    if space.dimensions().iter().any(fixed_on) {
        return Ok(());
    }
    if let [only] = Module::ALL.into_iter().filter(switch).collect::<Vec<_>>()[..] {
        let expected =
            "no switch for a single projection, which would leave runs without an adapter: list it in `lora.modules`";
        return at(&format!("lora_{}", only.name()), "the only switch".into(), expected);
    }
    Ok(())
}

fn check_layers(name: &str, layers: usize, model: &ModelConfig) -> Result<(), LlmError> {
    if layers > model.layers {
        return Err(LlmError::setting(
            name,
            layers,
            format!("at most {}, the number of layers of the model", model.layers),
        ));
    }
    Ok(())
}

impl Choice {
    /// Reads a point; settings supply what it leaves open. An error names a setting that the model does not allow.
    pub fn of(point: &Point, settings: &TrainSettings, model: &ModelConfig) -> Result<Self, LlmError> {
        let number = |name: &str| point.real(name).or_else(|| point.integer(name).map(|v| v as f64));
        let count = |name: &str, otherwise: usize| {
            number(name).map_or(otherwise, |v| if v >= 0.0 { v.round() as usize } else { 0 })
        };
        let lora = &settings.lora;
        let switched = |m: &Module| point.boolean(&format!("lora_{}", m.name()));
        let some_switch = Module::ALL.iter().any(|m| switched(m).is_some());
        let on = |m: &Module| if some_switch { switched(m) == Some(true) } else { lora.modules.contains(m) };
        let layers = count("lora_layers", lora.layers.unwrap_or(model.layers));
        check_layers("lora layers", layers, model)?;
        let config = LoraConfig {
            modules: Module::ALL.into_iter().filter(on).collect(),
            layers: LoraConfig::some_layers(layers, point.boolean(FRONT).unwrap_or(lora.front), model.layers),
            rank: count("lora_rank", lora.rank),
            alpha: number("lora_alpha").unwrap_or(lora.alpha),
            dropout: number("lora_dropout").unwrap_or(lora.dropout),
        };
        config.check(model)?;
        Ok(Self {
            weights: weights(point, settings),
            lora: config,
            learning_rate: number("learning_rate").unwrap_or(settings.learning_rate),
        })
    }
}

/// Shares by domain; equal if the space has no mixture.
fn weights(point: &Point, settings: &TrainSettings) -> Vec<f64> {
    let space = point.space();
    let parts = space.index_of(MIXTURE).and_then(|i| match &space.dimensions()[i].domain {
        Values::Simplex { parts } => Some(parts),
        _ => None,
    });
    match (parts, point.shares(MIXTURE)) {
        (Some(parts), Some(shares)) => {
            let share = |name: &String| parts.iter().position(|p| p == name).map_or(0.0, |i| shares[i]);
            settings.domains.iter().map(|d| share(&d.name)).collect()
        }
        _ => vec![1.0 / settings.domains.len() as f64; settings.domains.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(family: &str) -> ModelConfig {
        let text = format!(
            r#"{{"model_type": "{family}", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "num_key_value_heads": 4, "vocab_size": 61}}"#
        );
        ModelConfig::parse(&text, "config.json".as_ref()).unwrap()
    }

    #[test]
    fn spaces_of_a_fused_family_have_its_modules() {
        let (phi3, llama) = (model("phi3"), model("llama"));
        let mut settings = TrainSettings::default();
        let space = default_space(&settings, &phi3).unwrap();
        let names = space.dimensions().iter().map(|d| d.name.as_str()).filter(|n| n.ends_with("_proj"));
        assert_eq!(names.collect::<Vec<_>>(), ["lora_q_proj", "lora_down_proj", "lora_gate_proj"]);
        let error = check_model(&space, &settings, &phi3).unwrap_err().to_string();
        assert!(error.contains("lora modules") && error.contains("v_proj"), "{error}");
        settings.lora.modules = vec![Module::Q, Module::Down];
        check_model(&space, &settings, &phi3).unwrap();
        let other = default_space(&settings, &llama).unwrap();
        let error = check_model(&other, &settings, &phi3).unwrap_err().to_string();
        assert!(
            error.contains("dimension `lora_v_proj`") && error.contains("gate_proj (for its gate_up_proj)"),
            "{error}"
        );
    }
}
