//! Spaces: any vector decodes to a valid point, encoding comes back, neighbours and designs are valid.

#![allow(clippy::unwrap_used, missing_docs)]

use jobs_core::{Constraint, Role, SearchSpace, Seed, Value};
use proptest::prelude::*;

const EVERY_KIND: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b", "c"]
[[dimension]]
name = "rate"
kind = "real"
low = 1e-5
high = 1e-2
log = true
[[dimension]]
name = "dropout"
kind = "real"
low = 0.0
high = 0.1
[[dimension]]
name = "rank"
kind = "integer"
low = 1
high = 128
log = true
[[dimension]]
name = "layers"
kind = "integer"
low = -3
high = 4
[[dimension]]
name = "lora_q_proj"
kind = "boolean"
[[dimension]]
name = "lora_v_proj"
kind = "boolean"
[[dimension]]
name = "schedule"
kind = "categorical"
choices = ["linear", "cosine", "constant"]
"#;

fn space() -> SearchSpace {
    SearchSpace::from_toml_str(EVERY_KIND).unwrap()
}

proptest! {
    #[test]
    fn any_finite_vector_decodes_to_a_point_that_encodes_back(x in prop::collection::vec(-10.0..10.0f64, 12)) {
        let space = space();
        let point = space.decode(&x).unwrap();
        prop_assert!(space.point(point.values().to_vec()).is_ok(), "decoded to an invalid point");
        let encoded = space.encode(&point);
        let back = space.decode(&encoded).unwrap();
        for (a, b) in point.values().iter().zip(back.values()) {
            match (a, b) {
                (Value::Real(a), Value::Real(b)) => prop_assert!((a - b).abs() <= 1e-12 * a.abs().max(1e-9)),
                _ => prop_assert_eq!(a, b),
            }
        }
        let record = serde_json::to_string(&point.record()).unwrap();
        prop_assert_eq!(space.point_from_record(&serde_json::from_str(&record).unwrap()).unwrap(), point);
    }
}

#[test]
fn designs_fill_every_dimension_and_extend() {
    let space = space();
    let points = space.design(256, Seed(3));
    assert_eq!(points[..64], space.design(64, Seed(3)));
    assert_ne!(points[..64], space.design(64, Seed(4)));
    for i in 0..space.encoded_len() {
        let mean = points.iter().map(|p| space.encode(p)[i]).sum::<f64>() / 256.0;
        let expected = match i {
            0..3 => 1.0 / 3.0,
            7 | 8 => 2.0 / 3.0, // at least one of two fair booleans
            9..12 => 1.0 / 3.0,
            _ => 0.5,
        };
        assert!((mean - expected).abs() < 0.06, "coordinate {i} has mean {mean}, expected {expected}");
    }
    assert!(
        points.iter().any(|p| p.integer("layers") == Some(-3)) && points.iter().any(|p| p.integer("layers") == Some(4))
    );
}

#[test]
fn neighbours_are_valid_and_differ_in_one_dimension() {
    let space = space();
    for point in space.design(64, Seed(1)) {
        let neighbours = space.discrete_neighbours(&point);
        assert!(!neighbours.is_empty());
        for n in &neighbours {
            assert!(space.point(n.values().to_vec()).is_ok());
            let differing = n.values().iter().zip(point.values()).filter(|(a, b)| a != b).count();
            assert_eq!(differing, 1);
        }
        let (q, v) = (point.boolean("lora_q_proj").unwrap(), point.boolean("lora_v_proj").unwrap());
        let flips = neighbours
            .iter()
            .filter(|n| n.get("schedule") == point.get("schedule"))
            .filter(|n| n.integer("rank") == point.integer("rank") && n.integer("layers") == point.integer("layers"))
            .count();
        assert_eq!(flips, if q && v { 2 } else { 1 }, "the last module cannot be switched off");
    }
}

#[test]
fn modules_all_off_and_bad_mixtures_are_refused_in_words() {
    let space = space();
    let mut values = space.design(1, Seed(0))[0].values().to_vec();
    values[5] = Value::Boolean(false);
    values[6] = Value::Boolean(false);
    let error = space.point(values.clone()).unwrap_err().to_string();
    assert_eq!(error, "at least one of lora_q_proj, lora_v_proj must be on, all are off");
    values[6] = Value::Boolean(true);
    values[0] = Value::Simplex(vec![0.5, 0.5, 0.5]);
    let error = space.point(values.clone()).unwrap_err().to_string();
    assert_eq!(
        error,
        "`mixture` is a mixture that sums to 1.5, expected shares that sum to 1 (within 0.01); divided by their sum they are a 0.3333, b 0.3333, c 0.3333"
    );
    values[0] = Value::Simplex(vec![1.5, -0.5, 0.0]);
    assert!(space.point(values.clone()).unwrap_err().to_string().contains("mixture.b` is -0.5"));
    values[0] = Value::Simplex(vec![f64::NAN, 0.5, 0.5]);
    assert!(space.point(values).is_err());
    assert!(space.decode(&[f64::NAN; 12]).is_err());
    assert!(space.decode(&[0.0; 3]).is_err());
}

#[test]
fn toml_comes_back_and_the_module_constraint_is_written() {
    let space = space();
    assert_eq!(SearchSpace::from_toml_str(&space.to_toml_string()).unwrap(), space);
    let of = vec!["lora_q_proj".to_owned(), "lora_v_proj".to_owned()];
    assert_eq!(space.constraints(), [Constraint::AtLeastOne { of }]);
}

#[test]
fn modules_are_counted_by_role() {
    let module = |name: &str, keys: &str| format!("[[dimension]]\nname = \"{name}\"\nkind = \"boolean\"\n{keys}\n");
    let named = |name: &str, module_: &str| module(name, &format!("role = \"lora_module\"\nmodule = \"{module_}\""));
    let text = named("attention", "c_attn") + &named("lora_c_fc", "c_fc") + &module("other_proj", "");
    let space = SearchSpace::from_toml_str(&text).unwrap();
    let of = vec!["attention".to_owned(), "lora_c_fc".to_owned()];
    assert_eq!(space.constraints(), [Constraint::AtLeastOne { of }]);
    assert_eq!(space.roles(), [Some(Role::Module("c_attn".into())), Some(Role::Module("c_fc".into())), None]);
    let off = [false, false, true].map(Value::Boolean).to_vec();
    assert!(space.point(off).is_err(), "an adapter on no module");
    let without = text.replace("role = \"lora_module\"\nmodule = \"c_attn\"", "role = \"other\"");
    assert!(SearchSpace::from_toml_str(&without).unwrap().constraints().is_empty());
}

#[test]
fn errors_name_line_and_what_would_be_right() {
    for (text, expected) in [
        (
            "[[dimension]]\nname = \"x\"\nkind = \"reel\"\n",
            "<text>:1: dimension `x` has unknown kind `reel`, expected one of simplex, real, integer, boolean, categorical, fixed; did you mean `real`?",
        ),
        (
            "\n[[dimension]]\nname = \"x\"\nkind = \"real\"\nlow = 2\nhigh = 1\n",
            "<text>:2: dimension `x` needs finite bounds with low < high, has low = 2, high = 1",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nlow = 1\n",
            "<text>:1: dimension `x` is of kind boolean and takes no `low`",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"real\"\nlow = 0\nhigh = 1\nlog = true\n",
            "is logarithmic and so needs low > 0",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"real\"\nlow = 0\n",
            "<text>:1: dimension `x` is of kind real and needs `high`",
        ),
        ("[[dimension]]\nname = \"x\"\nkind = \"simplex\"\nparts = [\"a\"]\n", "needs at least two parts, has 1"),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\n[[dimension]]\nname = \"x\"\nkind = \"boolean\"\n",
            "<text>:4: dimension `x` is declared twice",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nrole = \"lora_modul\"\n",
            "<text>:1: dimension `x` has the unknown role `lora_modul`, expected one of lora_rank, lora_alpha, lora_dropout, lora_layers, lora_front_layers, other, lora_module; did you mean `lora_module`?",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nrole = \"lora_rank\"\n",
            "dimension `x` has the role `lora_rank` and is boolean, expected integer, real or categorical",
        ),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nrole = \"lora_module\"\n",
            "has the role `lora_module` and needs `module`",
        ),
        ("[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nmodule = \"m\"\n", "has `module`, which needs `role"),
        (
            "[[dimension]]\nname = \"lora_q_proj\"\nkind = \"boolean\"\n[[dimension]]\nname = \"x\"\nkind = \"boolean\"\nrole = \"lora_module\"\nmodule = \"q_proj\"\n",
            "<text>:4: dimension `x` has the same role as `lora_q_proj`",
        ),
        ("", "a space needs at least one [[dimension]]"),
        ("[[dimension]]\nname = \"x\"\nknd = \"boolean\"\n", "unknown field `knd`"),
        (
            "[[dimension]]\nname = \"x\"\nkind = \"boolean\"\n[[constraint]]\nkind = \"at_least_one\"\nof = [\"y\"]\n",
            "names `y`, which is no dimension",
        ),
    ] {
        let error = SearchSpace::from_toml_str(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\ngave: {error}\nexpected: {expected}");
    }
}
