//! Configurations as arguments of PEFT. The search space says what a dimension means ([`Role`]), the study file what the model is
//! ([`Model`]); nothing is derived from bounds.

use std::collections::BTreeMap;

use jobs_core::{Point, RecordValue, Role};
use serde_json::{Value, json};

use crate::burn;
use crate::loaded_study::LoadedStudy;
use crate::model::Model;
use crate::study_file::TrainerKind;

/// Points at which a study is tested for arguments that cannot be determined.
const TESTED: usize = 16;

/// Keyword arguments of PEFT's `LoraConfig`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peft {
    /// Every argument that is a dimension of the study.
    pub arguments: BTreeMap<String, Value>,
    /// Arguments or dimensions that cannot be determined, each with what would help. As long as there is one, the arguments do not
    /// describe the adapter that was trained.
    pub undetermined: BTreeMap<String, String>,
}

impl Peft {
    /// The arguments of a configuration.
    pub fn of(loaded: &LoadedStudy, point: &Point) -> Self {
        if loaded.file.trainer.kind != TrainerKind::Burn {
            return Self::by_role(point, loaded.model);
        }
        let directory = loaded.directory().map_err(|e| format!("{e:#}"));
        match directory.and_then(|folder| burn::peft_arguments(&loaded.file.trainer, &folder, point)) {
            Ok(arguments) => Self { arguments, undetermined: BTreeMap::new() },
            Err(e) => {
                let why = format!("the settings of the trainer cannot be used: {e}");
                Self { arguments: BTreeMap::new(), undetermined: BTreeMap::from([("peft".to_owned(), why)]) }
            }
        }
    }

    /// What cannot be determined for some configuration of a study.
    pub fn undetermined_in(loaded: &LoadedStudy) -> BTreeMap<String, String> {
        let points = loaded.problem.space.design(TESTED, loaded.problem.seed);
        let some = points.iter().map(|point| Self::of(loaded, point).undetermined);
        some.fold(BTreeMap::new(), |all, next| all.into_iter().chain(next).collect())
    }

    /// The arguments, if all are determined.
    pub fn whole(&self) -> Option<&BTreeMap<String, Value>> {
        self.undetermined.is_empty().then_some(&self.arguments)
    }

    /// One notice per argument that cannot be determined.
    pub fn notices(undetermined: &BTreeMap<String, String>, study: &std::path::Path) -> Vec<String> {
        let notice = |(name, why): (&String, &String)| {
            format!("{}: the arguments for PEFT cannot be determined: `{name}`: {why}", study.display())
        };
        undetermined.iter().map(notice).collect()
    }

    fn by_role(point: &Point, model: Model) -> Self {
        let (mut found, mut modules, record) = (Self::default(), None, point.record());
        let (mut count, mut front) = (None, model.front_layers);
        for (d, role) in point.space().dimensions().iter().zip(point.space().roles()) {
            // a dimension without a value is no argument, and a module without one is off
            let value = match (record.0.get(&d.name), role) {
                (Some(value), _) => value,
                (None, Some(Role::Module(_))) => &RecordValue::Boolean(false),
                (None, _) => continue,
            };
            match role {
                Some(Role::Rank) => found.number("r", &d.name, value, true),
                Some(Role::Alpha) => found.number("lora_alpha", &d.name, value, false),
                Some(Role::Dropout) => found.number("lora_dropout", &d.name, value, false),
                Some(Role::Module(module)) => {
                    let on: &mut Vec<&str> = modules.get_or_insert_default();
                    on.extend((*value == RecordValue::Boolean(true)).then_some(module.as_str()));
                }
                Some(Role::Layers) => count = Some(value),
                Some(Role::FrontLayers) => front = Some(*value == RecordValue::Boolean(true)),
                None if d.name.starts_with("lora_") => {
                    let help = "add `role` to this [[dimension]], for example role = \"lora_module\" with the module's name as \
                                `module`, or role = \"other\"";
                    found.undetermined.insert(d.name.clone(), help.to_owned());
                }
                Some(Role::Other) | None => {}
            }
        }
        match modules {
            Some(on) if on.is_empty() => found.refuse("target_modules", "no module is on in this configuration"),
            Some(on) => drop(found.arguments.insert("target_modules".to_owned(), json!(on))),
            None => {}
        }
        if let Some(count) = count {
            match layers(count, front, model.layers) {
                Ok(layers) => drop(found.arguments.insert("layers_to_transform".to_owned(), json!(layers))),
                Err(why) => found.refuse("layers_to_transform", &why),
            }
        }
        found
    }

    fn refuse(&mut self, argument: &str, why: &str) {
        self.undetermined.insert(argument.to_owned(), why.to_owned());
    }

    fn number(&mut self, argument: &str, dimension: &str, value: &RecordValue, whole: bool) {
        match number(value) {
            Some(v) if v.fract() == 0.0 && v.abs() < 9e15 && !matches!(value, RecordValue::Real(_) if !whole) => {
                self.arguments.insert(argument.to_owned(), json!(v as i64));
            }
            Some(v) if !whole => drop(self.arguments.insert(argument.to_owned(), json!(v))),
            _ => {
                let expected = if whole { "a whole number" } else { "a number" };
                let why =
                    format!("`{dimension}` is {}, expected {expected}; or set its role to \"other\"", json!(value));
                self.refuse(argument, &why);
            }
        }
    }
}

/// A number, or the number that a choice such as "16" stands for.
fn number(value: &RecordValue) -> Option<f64> {
    let value = match value {
        RecordValue::Integer(v) => *v as f64,
        RecordValue::Real(v) => *v,
        RecordValue::Choice(text) => text.trim().parse().ok()?,
        RecordValue::Boolean(_) | RecordValue::Shares(_) => return None,
    };
    value.is_finite().then_some(value)
}

/// The adapted layers, from their number.
fn layers(count: &RecordValue, front: Option<bool>, all: Option<u32>) -> Result<Vec<usize>, String> {
    let count = number(count).filter(|v| v.fract() == 0.0 && (1.0..1e6).contains(v)).map(|v| v as usize);
    let count = count.ok_or("the number of adapted layers is not a whole number of at least 1")?;
    let all = all.map(|n| n as usize);
    if let Some(all) = all.filter(|&all| count > all) {
        return Err(format!("{count} layers are adapted, but the model has {all}"));
    }
    let first = match front {
        _ if all == Some(count) => true,
        Some(first) => first,
        None => return Err("add front_layers = true (the first layers) or false (the last) to [model]".into()),
    };
    match (first, all) {
        (true, _) => Ok((0..count).collect()),
        (false, Some(all)) => Ok((all - count..all).collect()),
        (false, None) => Err(
            "add layers = N, the number of decoder layers of your model, to [model]; or folder, with its config.json"
                .into(),
        ),
    }
}

/// The weights of every mixture, by name.
pub fn dataset_weights(point: &Point) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mixtures = point.record().0.into_iter().filter_map(|(name, value)| match value {
        RecordValue::Shares(parts) => Some((name, parts)),
        _ => None,
    });
    mixtures.collect()
}

#[cfg(test)]
mod tests {
    use jobs_core::{SearchSpace, Value as V};

    use super::*;

    fn dimension(name: &str, rest: &str) -> String {
        format!("[[dimension]]\nname = \"{name}\"\n{rest}\n")
    }

    fn space() -> SearchSpace {
        let text = [
            dimension("mixture", "kind = \"simplex\"\nparts = [\"a\", \"b\"]"),
            dimension("lora_rank", "kind = \"categorical\"\nchoices = [\"8\", \"16\"]"),
            dimension("lora_alpha", "kind = \"real\"\nlow = 1.0\nhigh = 64.0"),
            dimension("lora_layers", "kind = \"integer\"\nlow = 1\nhigh = 16"),
            dimension("lora_front_layers", "kind = \"boolean\""),
            dimension("lora_q_proj", "kind = \"boolean\""),
            dimension("attention", "kind = \"boolean\"\nrole = \"lora_module\"\nmodule = \"c_attn\""),
        ];
        SearchSpace::from_toml_str(&text.concat()).unwrap()
    }

    fn point(space: &SearchSpace, layers: i64, front: bool) -> Point {
        let [mixture, rank, alpha] = [V::Simplex(vec![0.25, 0.75]), V::Categorical(1), V::Real(16.0)];
        let switches = [front, false, true].map(V::Boolean);
        space.point([mixture, rank, alpha, V::Integer(layers)].into_iter().chain(switches).collect()).unwrap()
    }

    #[test]
    fn the_model_and_the_roles_give_the_arguments() {
        let space = space();
        let known = Model { layers: Some(32), front_layers: None };
        let got = Peft::by_role(&point(&space, 2, false), known);
        assert!(got.undetermined.is_empty(), "{got:?}");
        assert_eq!((&got.arguments["r"], &got.arguments["lora_alpha"]), (&json!(16), &json!(16.0)));
        assert_eq!(got.arguments["target_modules"], json!(["c_attn"]));
        assert_eq!(got.arguments["layers_to_transform"], json!([30, 31]), "of the model, not of the bounds");
        assert_eq!(dataset_weights(&point(&space, 2, false))["mixture"]["b"], 0.75);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let space = space();
        let unknown = Peft::by_role(&point(&space, 2, false), Model::default());
        assert!(unknown.undetermined["layers_to_transform"].contains("add layers = N"), "{unknown:?}");
        assert!(unknown.whole().is_none() && !unknown.arguments.contains_key("layers_to_transform"));
        let first = Peft::by_role(&point(&space, 2, true), Model::default());
        assert_eq!(first.arguments["layers_to_transform"], json!([0, 1]), "the first layers are the same in any model");
        let small = Peft::by_role(&point(&space, 4, true), Model { layers: Some(3), front_layers: None });
        assert!(small.undetermined["layers_to_transform"].contains("4 layers are adapted, but the model has 3"));
    }

    #[test]
    fn an_adapter_dimension_without_a_role_is_refused() {
        let text = dimension("lora_c_attn", "kind = \"boolean\"")
            + &dimension("weight_decay", "kind = \"real\"\nlow = 0.0\nhigh = 1.0")
            + &dimension("lora_rank", "kind = \"categorical\"\nchoices = [\"small\", \"large\"]");
        let space = SearchSpace::from_toml_str(&text).unwrap();
        let got = Peft::by_role(&space.design(1, jobs_core::Seed(0))[0], Model::default());
        assert_eq!(got.undetermined.keys().collect::<Vec<_>>(), ["lora_c_attn", "r"], "{got:?}");
        let side = dimension("lora_layers", "kind = \"integer\"\nlow = 1\nhigh = 3");
        let space = SearchSpace::from_toml_str(&side).unwrap();
        let two = space.point(vec![V::Integer(2)]).unwrap();
        let known = Model { layers: Some(4), front_layers: None };
        assert!(Peft::by_role(&two, known).undetermined["layers_to_transform"].contains("front_layers"));
        let last = Model { front_layers: Some(false), ..known };
        assert_eq!(Peft::by_role(&two, last).arguments["layers_to_transform"], json!([2, 3]));
    }
}
