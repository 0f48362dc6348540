//! Numeric choices, steps and fixed values: every way to a point respects them, and they are kept as they were written.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs_core::{Domain, Point, RecordValue, Role, SearchSpace, Seed, Value};
use proptest::prelude::*;

const SPACE: &str = r#"
[[dimension]]
name = "mixture"
kind = "simplex"
parts = ["a", "b", "c"]
[[dimension]]
name = "lora_rank"
kind = "categorical"
choices = [32, 8, 16]
[[dimension]]
name = "batch"
kind = "integer"
low = 8
high = 64
step = 8
[[dimension]]
name = "rate"
kind = "real"
choices = [0, 1e-4, 3e-4, 1e-3]
[[dimension]]
name = "mixed"
kind = "categorical"
choices = [0.5, 1, 2]
[[dimension]]
name = "lora_alpha"
kind = "integer"
value = 32
[[dimension]]
name = "optimizer"
kind = "categorical"
choices = ["adamw"]
[[dimension]]
name = "decay"
kind = "real"
low = 0.1
high = 0.1
[[dimension]]
name = "lora_q_proj"
value = true
[[dimension]]
name = "lora_v_proj"
kind = "boolean"
[[dimension]]
name = "warmup"
kind = "fixed"
value = 0.03
"#;

fn space() -> SearchSpace {
    SearchSpace::from_toml_str(SPACE).unwrap()
}

fn parse(dimension: &str) -> Result<SearchSpace, String> {
    let text = format!("[[dimension]]\nname = \"x\"\n{dimension}\n[[dimension]]\nname = \"y\"\nkind = \"boolean\"\n");
    SearchSpace::from_toml_str(&text).map_err(|e| e.to_string())
}

/// What the file says of every value.
fn check(point: &Point) {
    let record = serde_json::to_value(point.record()).unwrap();
    let one_of =
        |name: &str, choices: &[serde_json::Value]| assert!(choices.contains(&record[name]), "{name}: {record}");
    one_of("lora_rank", &[8.into(), 16.into(), 32.into()]);
    one_of("rate", &[0.0.into(), 1e-4.into(), 3e-4.into(), 1e-3.into()]);
    one_of("mixed", &[0.5.into(), 1.into(), 2.into()]);
    let batch = record["batch"].as_i64().unwrap();
    assert!((8..=64).contains(&batch) && batch % 8 == 0, "{record}");
    for (name, value) in [
        ("lora_alpha", 32.into()),
        ("optimizer", "adamw".into()),
        ("decay", 0.1.into()),
        ("lora_q_proj", true.into()),
        ("warmup", serde_json::Value::from(0.03)),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
}

proptest! {
    #[test]
    fn any_vector_decodes_to_them_and_encodes_back(x in prop::collection::vec(-3.0..4.0f64, 8)) {
        let space = space();
        let point = space.decode(&x).unwrap();
        check(&point);
        prop_assert_eq!(space.point(point.values().to_vec()).unwrap(), point.clone());
        let encoded = space.encode(&point);
        prop_assert_eq!(&space.decode(&encoded).unwrap(), &point);
        let text = serde_json::to_string(&point.record()).unwrap();
        prop_assert_eq!(&space.point_from_record(&serde_json::from_str(&text).unwrap()).unwrap(), &point);
        for neighbour in space.discrete_neighbours(&point) {
            check(&neighbour);
        }
    }

    #[test]
    fn samples_and_designs_respect_them(seed in 0u64..1000) {
        let space = space();
        space.design(16, Seed(seed)).iter().for_each(check);
        check(&space.sample(&mut Seed(seed).stream("sample", 0)));
    }

    #[test]
    fn steps_reach_both_ends(low in -50i64..50, step in 2i64..9, count in 1i64..20) {
        let high = low + step * count;
        let space = parse(&format!("kind = \"integer\"\nlow = {low}\nhigh = {high}\nstep = {step}")).unwrap();
        let value = |u: f64| space.decode(&[u, 0.0]).unwrap().integer("x").unwrap();
        prop_assert_eq!((value(0.0), value(1.0)), (low, high));
        for i in 0..=count {
            let u = i as f64 / count as f64;
            prop_assert_eq!(value(u), low + i * step);
        }
        prop_assert_eq!(SearchSpace::from_toml_str(&space.to_toml_string()).unwrap(), space);
    }
}

#[test]
fn every_choice_is_reached_evenly() {
    let space = space();
    let points = space.design(300, Seed(1));
    for (name, counts) in [("lora_rank", 3), ("batch", 8)] {
        let mut found: Vec<i64> = points.iter().map(|p| p.integer(name).unwrap()).collect();
        found.sort_unstable();
        let share = |v: i64| found.iter().filter(|w| **w == v).count() as f64 / 300.0;
        let mut distinct = found.clone();
        distinct.dedup();
        assert_eq!(distinct.len(), counts, "{name}");
        assert!(distinct.iter().all(|v| (share(*v) - 1.0 / counts as f64).abs() < 0.03), "{name}");
    }
    let from_eight =
        space.point_from_record(&points.iter().find(|p| p.integer("lora_rank") == Some(8)).unwrap().record());
    let near: Vec<i64> =
        space.discrete_neighbours(&from_eight.unwrap()).iter().map(|p| p.integer("lora_rank").unwrap()).collect();
    assert!(near.contains(&16) && !near.contains(&32), "choices are ordered: {near:?}");
}

#[test]
fn fixed_values_change_nothing_for_the_rest_of_the_space() {
    let fixed = ["lora_alpha", "optimizer", "decay", "lora_q_proj", "warmup"];
    let space = space();
    let rest = space.dimensions().iter().filter(|d| !fixed.contains(&d.name.as_str())).cloned().collect();
    let rest = SearchSpace::new(rest, vec![]).unwrap();
    assert_eq!((space.encoded_len(), rest.encoded_len()), (8, 8));
    for (a, b) in space.design(64, Seed(3)).iter().zip(rest.design(64, Seed(3))) {
        assert_eq!(space.encode(a), rest.encode(&b));
    }
}

#[test]
fn a_space_comes_back_from_its_text_whatever_the_order_of_choices() {
    let space = space();
    let text = space.to_toml_string();
    assert_eq!(SearchSpace::from_toml_str(&text).unwrap(), space, "{text}");
    let other = SearchSpace::from_toml_str(&SPACE.replace("[32, 8, 16]", "[8, 16, 32]")).unwrap();
    assert_eq!(other, space);
    assert_eq!(other.to_toml_string(), text);
    assert!(text.contains("low = 8\nhigh = 64\nstep = 8") && text.contains("choices = [0.5, 1, 2]"), "{text}");
    assert_eq!(space.dimensions()[5].domain, Domain::Fixed { value: RecordValue::Integer(32) });
    let role = |name: &str| space.roles()[space.index_of(name).unwrap()].clone();
    assert_eq!((role("lora_rank"), role("lora_alpha")), (Some(Role::Rank), Some(Role::Alpha)));
    assert_eq!(role("lora_q_proj"), Some(Role::Module("q_proj".into())));
}

#[test]
fn a_module_that_is_fixed_on_is_the_module_that_must_be_on() {
    let space = space();
    let mut values = space.design(1, Seed(0))[0].values().to_vec();
    values[9] = Value::Boolean(false);
    assert!(space.point(values).is_ok());
    let off = SPACE.replace("value = true", "value = false");
    let off = SearchSpace::from_toml_str(&off).unwrap();
    assert!(off.design(32, Seed(0)).iter().all(|p| p.boolean("lora_v_proj") == Some(true)));
    let point = off.decode(&[0.0; 8]).unwrap();
    assert_eq!(point.boolean("lora_v_proj"), Some(true));
    let none = off
        .to_toml_string()
        .replace("name = \"lora_v_proj\"\nkind = \"boolean\"", "name = \"lora_v_proj\"\nvalue = false");
    let error = SearchSpace::from_toml_str(&none).unwrap_err().to_string();
    assert!(error.contains("wants one of lora_q_proj, lora_v_proj on, and all of them are fixed to false"), "{error}");
}

#[test]
fn values_that_are_not_chosen_are_refused() {
    let space = space();
    let record = space.design(1, Seed(0))[0].record();
    for (name, value, said) in [
        ("lora_rank", RecordValue::Integer(12), "`lora_rank` is 12, expected one of 8, 16, 32"),
        ("batch", RecordValue::Integer(20), "`batch` is 20, expected integer, 8 to 64 in steps of 8"),
        ("lora_alpha", RecordValue::Integer(16), "`lora_alpha` is 16, expected always 32"),
        ("optimizer", RecordValue::Choice("sgd".into()), "`optimizer` is sgd, expected always adamw"),
        ("lora_rank", RecordValue::Choice("8".into()), "`lora_rank` is 8, expected one of 8, 16, 32"),
    ] {
        let mut other = record.clone();
        other.0.insert(name.into(), value);
        assert_eq!(space.point_from_record(&other).unwrap_err().to_string(), said);
    }
    let mut written = record.clone();
    written.0.insert("lora_rank".into(), RecordValue::Real(16.0));
    let read = space.point_from_record(&written).unwrap();
    assert_eq!(read.record().0["lora_rank"], RecordValue::Integer(16), "as the file has it");
}

#[test]
fn dimensions_that_make_no_sense_are_named_with_what_would_be_right() {
    for (dimension, said) in [
        ("kind = \"float\"\nlow = 0\nhigh = 1", "did you mean `real`?"),
        ("kind = \"Int\"\nlow = 0\nhigh = 1", "did you mean `integer`?"),
        ("kind = \"bool\"", "did you mean `boolean`?"),
        ("kind = \"choice\"\nchoices = [1, 2]", "did you mean `categorical`?"),
        ("kind = \"constant\"\nvalue = 1", "did you mean `fixed`?"),
        ("low = 0\nhigh = 1", "needs `kind`, expected one of simplex, real"),
        ("kind = \"fixed\"", "is fixed and needs `value`"),
        ("kind = \"integer\"\nvalue = 1.5", "is of kind integer and has the value 1.5, expected a whole number"),
        ("kind = \"boolean\"\nvalue = 1", "expected true or false"),
        ("value = [1, 2]", "expected a number, a name, true or false"),
        ("value = nan", "is fixed to NaN, expected a finite number"),
        ("value = 9007199254740993", "a whole one within +-2^53"),
        ("kind = \"real\"\nvalue = 1\nlow = 0", "has both `value` and `low`, expected one of them"),
        ("kind = \"simplex\"\nparts = [\"a\", \"b\"]\nvalue = 1", "is of kind simplex and takes no `value`"),
        (
            "kind = \"categorical\"\nchoices = [8, \"16\"]",
            "has choices of several kinds, expected only numbers or only names",
        ),
        ("kind = \"categorical\"\nchoices = [true, false]", "for yes or no, kind = \"boolean\""),
        ("kind = \"categorical\"\nchoices = [8, 16, 8.0]", "has the choice 8 twice"),
        ("kind = \"categorical\"\nchoices = [1, inf]", "needs finite numbers as choices"),
        ("kind = \"categorical\"\nchoices = []", "needs at least two choices, has 0"),
        ("kind = \"integer\"\nchoices = [8, 16.5]", "has the value 16.5, expected a whole number"),
        ("kind = \"real\"\nchoices = [\"a\"]", "expected a number"),
        ("kind = \"integer\"\nchoices = []", "has no choices"),
        (
            "kind = \"integer\"\nlow = 8\nhigh = 60\nstep = 8",
            "does not reach high = 60 from low = 8 in steps of 8, expected high = 56 or 64",
        ),
        ("kind = \"integer\"\nlow = 1\nhigh = 64\nstep = 8", "expected high = 57 or 65, or low = 8"),
        ("kind = \"integer\"\nlow = 8\nhigh = 64\nstep = 0", "has step = 0, expected a whole number of at least 1"),
        ("kind = \"integer\"\nlow = 8\nhigh = 64\nstep = 2.5", "has step = 2.5"),
        ("kind = \"integer\"\nlow = 8\nhigh = 64\nstep = 8\nlog = true", "has both `log` and `step`"),
        ("kind = \"integer\"\nlow = 64\nhigh = 8\nstep = 8", "needs low < high"),
        ("kind = \"integer\"\nlow = 0\nhigh = 1000000\nstep = 2", "has 500001 steps, expected at most 10000"),
        ("kind = \"real\"\nlow = 0\nhigh = 1\nstep = 0.1", "takes no `step`; list its values as `choices`"),
    ] {
        let error = parse(dimension).unwrap_err();
        assert!(error.starts_with("<text>:1: dimension `x` ") && error.contains(said), "{dimension}: {error}");
    }
    let all = SearchSpace::from_toml_str("[[dimension]]\nname = \"x\"\nvalue = 1\n").unwrap_err().to_string();
    assert!(all.contains("every dimension is fixed: nothing is left to search"), "{all}");
    assert_eq!(
        parse("kind = \"integer\"\nlow = 1\nhigh = 9\nstep = 1"),
        parse("kind = \"integer\"\nlow = 1\nhigh = 9")
    );
}
