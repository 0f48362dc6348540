//! Configurations as arguments of PEFT, from the dimension names that `jobs init` writes.

use std::collections::BTreeMap;

use jobs_core::{Domain, Point, RecordValue};
use serde_json::{Value, json};

/// Keyword arguments of `LoraConfig`. `lora_layers` and `lora_front_layers` become the list of layers; the model's number of layers is
/// the upper bound of `lora_layers`.
pub fn peft(point: &Point) -> BTreeMap<String, Value> {
    let record = point.record();
    let mut arguments = BTreeMap::new();
    let mut modules = vec![];
    for (name, value) in &record.0 {
        match (name.as_str(), value) {
            ("lora_rank", RecordValue::Integer(v)) => drop(arguments.insert("r".to_owned(), json!(v))),
            ("lora_alpha" | "lora_dropout", RecordValue::Real(v)) => drop(arguments.insert(name.clone(), json!(v))),
            ("lora_alpha", RecordValue::Integer(v)) => drop(arguments.insert(name.clone(), json!(v))),
            (_, RecordValue::Boolean(on)) => {
                let module = name.strip_prefix("lora_").filter(|m| m.ends_with("_proj"));
                modules.extend(module.filter(|_| *on).map(str::to_owned));
            }
            _ => {}
        }
    }
    if !modules.is_empty() {
        arguments.insert("target_modules".into(), json!(modules));
    }
    let domain = point.space().dimensions().iter().find(|d| d.name == "lora_layers").map(|d| &d.domain);
    if let (Some(layers), Some(Domain::Integer { high, .. })) = (point.integer("lora_layers"), domain) {
        let front = point.boolean("lora_front_layers").unwrap_or(false);
        let layers: Vec<i64> = if front { (0..layers).collect() } else { (high - layers..*high).collect() };
        arguments.insert("layers_to_transform".into(), json!(layers));
    }
    arguments
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

    fn space() -> SearchSpace {
        let integer = |name: &str, high: u32| {
            format!("[[dimension]]\nname = \"{name}\"\nkind = \"integer\"\nlow = 1\nhigh = {high}\n")
        };
        let boolean = |name: &str| format!("[[dimension]]\nname = \"{name}\"\nkind = \"boolean\"\n");
        let text = [
            "[[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"a\", \"b\"]\n".to_owned(),
            integer("lora_rank", 64),
            integer("lora_layers", 8),
            boolean("lora_front_layers"),
            boolean("lora_q_proj"),
            boolean("lora_v_proj"),
        ];
        SearchSpace::from_toml_str(&text.concat()).unwrap()
    }

    #[test]
    fn names_become_arguments() {
        let values = |front| {
            vec![
                V::Simplex(vec![0.25, 0.75]),
                V::Integer(16),
                V::Integer(3),
                V::Boolean(front),
                V::Boolean(true),
                V::Boolean(false),
            ]
        };
        let point = space().point(values(false)).unwrap();
        let got = peft(&point);
        assert_eq!(got["r"], json!(16));
        assert_eq!(got["target_modules"], json!(["q_proj"]));
        assert_eq!(got["layers_to_transform"], json!([5, 6, 7]));
        assert_eq!(peft(&space().point(values(true)).unwrap())["layers_to_transform"], json!([0, 1, 2]));
        assert_eq!(dataset_weights(&point)["mixture"]["b"], 0.75);
    }
}
